/** `tollgate audit …`: looking at the audit log, verifying it, and what may be removed from it. */
import { userInfo } from 'node:os';
import { ContentReader, ContentUnavailable } from '../adapters/sqlite/content-reader.ts';
import { eraseSession } from '../adapters/sqlite/erase.ts';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { prune as pruneState } from '../adapters/sqlite/prune.ts';
import {
  type ExchangeDetails,
  type ExchangeRow,
  exportEntries,
  findExchanges,
  listExchanges,
  showExchange,
} from '../adapters/sqlite/queries.ts';
import { openReadOnly, openState, type StatePaths, statePaths } from '../adapters/sqlite/state.ts';
import { verifyDatabase } from '../adapters/sqlite/verify.ts';
import type { Entry } from '../core/audit/entry.ts';
import { formatUsd } from '../core/money/amount.ts';
import { VERSION } from '../core/version.ts';
import { newId } from '../sidecar/id.ts';
import { evenDecimals, localTime, note, plural, print, printJson, table, UsageError } from './output.ts';
import { type StateOptions, stateFolder } from './state-folder.ts';
import { parseSince } from './values.ts';

interface Common extends StateOptions {
  readonly json?: boolean;
}

export interface ListOptions extends Common {
  readonly limit: string;
  readonly session?: string;
  readonly refused?: boolean;
  readonly since?: string;
}

export function list(options: ListOptions): number {
  const limit = Number(options.limit);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new UsageError(`--limit takes a number from 1 up, not ${options.limit}`);
  const db = openReadOnly(statePaths(stateFolder(options)).database);
  const rows = listExchanges(db, {
    limit,
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(options.refused ? { verdict: 'deny' as const } : {}),
    ...(options.since === undefined ? {} : { since: parseSince(options.since) }),
  });
  db.close();
  if (options.json) printJson(rows);
  else if (rows.length === 0) print('Nothing is recorded.');
  else for (const line of listTable(rows)) print(line);
  return 0;
}

const HEAD = ['time', 'exchange', 'workload', 'model', 'spent', 'what became of it'];

function listTable(rows: readonly ExchangeRow[]): string[] {
  const spent = evenDecimals(rows.map(({ charged }) => formatUsd(charged.usd)));
  const cells = rows.map(({ at, exchange, workload, model, code, status }, n) => [
    localTime(at),
    exchange,
    workload ?? '',
    model ?? '',
    spent[n] ?? '',
    code ?? (status === 'closed' ? 'allowed' : status),
  ]);
  return table([HEAD, ...cells], ['left', 'left', 'left', 'left', 'right', 'left']);
}

export interface ShowOptions extends Common {
  readonly content?: boolean;
}

export async function show(beginning: string, options: ShowOptions): Promise<number> {
  const paths = statePaths(stateFolder(options));
  const db = openReadOnly(paths.database);
  const [exchange, ...more] = findExchanges(db, beginning);
  if (exchange === undefined) throw new UsageError(`no exchange begins with ${beginning}`, 1);
  if (more.length > 0) throw new UsageError(`several exchanges begin so: ${[exchange, ...more].join(', ')}`);
  const details = showExchange(db, exchange);
  const contents = options.content ? await readContents(exchange, details, paths, db) : undefined;
  db.close();
  if (options.json) printJson({ exchange, ...details, ...(contents === undefined ? {} : { contents }) });
  else for (const line of detailLines(details)) print(line);
  if (contents !== undefined && !options.json)
    for (const { what, text } of contents) print(`\n--- ${what}\n${text}`);
  return 0;
}

/** Entries as they are, a field a line: whoever looks at one exchange wants all of it. */
function detailLines({ entries, leases }: ExchangeDetails): string[] {
  const lines: string[] = [];
  for (const { kind, at, chain, seq, prev: _, ...facts } of entries) {
    lines.push(`${localTime(at)}  ${kind}  (entry ${seq} of chain ${chain})`);
    for (const [name, value] of Object.entries(facts))
      lines.push(`  ${name.padEnd(16)} ${JSON.stringify(value)}`);
  }
  for (const lease of leases) {
    const amounts = `reserved ${formatUsd(lease.reserved.usd)}, charged ${formatUsd(lease.charged.usd)}`;
    lines.push(`lease ${lease.lease}: ${lease.state}, ${amounts}`);
  }
  return lines;
}

interface Content {
  readonly what: string;
  readonly text: string;
}

/** Reading what was said is itself recorded, before it is shown. */
async function readContents(
  exchange: string,
  { entries }: ExchangeDetails,
  paths: StatePaths,
  db: ReturnType<typeof openReadOnly>,
): Promise<Content[]> {
  const by = userInfo().username;
  await withLedger(paths.folder, 'audit show --content', ({ ledger }) =>
    ledger.record({ kind: 'content_read', at: Date.now(), exchange, by }),
  );
  const reader = new ContentReader(db, paths.key);
  try {
    return entries.flatMap((entry) => contentsOf(entry, entries, reader));
  } catch (error) {
    if (error instanceof ContentUnavailable) throw new UsageError(error.message, 1);
    throw error;
  }
}

function contentsOf(entry: Entry, all: readonly Entry[], reader: ContentReader): Content[] {
  const session = all.map(sessionOf).find((known) => known !== undefined) ?? '';
  const found: Content[] = [];
  const request = entry.kind === 'closed' ? entry.asked?.content : entry.kind === 'opened' && entry.content;
  if (request) {
    const said = request.messages === null ? [] : reader.list(session, request.messages);
    found.push({
      what: 'request, without its messages',
      text: reader.get(session, request.envelope).toString(),
    });
    for (const [i, bytes] of said.entries()) found.push({ what: `message ${i + 1}`, text: bytes.toString() });
  }
  if (entry.kind === 'closed' && entry.content)
    found.push({ what: 'reply of the provider', text: reader.get(session, entry.content.reply).toString() });
  return found;
}

function sessionOf(entry: Entry): string | undefined {
  if (entry.kind === 'opened') return entry.workload.session;
  return entry.kind === 'closed' ? entry.asked?.workload.session : undefined;
}

export interface VerifyOptions extends Common {
  readonly db?: string;
  readonly ends?: string;
}

/** @returns 0 when nothing was found, 1 when something was */
export function verify(options: VerifyOptions): number {
  const paths = statePaths(stateFolder(options));
  const progress = process.stderr.isTTY
    ? (done: number, all: number) => note(`${done} of ${all} entries read`)
    : undefined;
  const report = verifyDatabase({
    database: options.db ?? paths.database,
    ends: options.ends ?? paths.ends,
    ...(progress === undefined ? {} : { onProgress: progress }),
  });
  if (options.json) {
    printJson(report);
    return report.clean ? 0 : 1;
  }
  for (const { kind, note: isNote, sentence } of report.findings)
    print(`${isNote ? 'note' : 'FOUND'} ${kind}: ${sentence}`);
  const read = `${plural(report.chains, 'chain')}, ${plural(report.entries, 'entry', 'entries')}, ${plural(report.leases, 'lease')}`;
  print(
    report.clean
      ? `The audit log is as it was written: ${read}.`
      : `The audit log was changed: ${read} were read.`,
  );
  return report.clean ? 0 : 1;
}

export function exportAll(options: StateOptions & { readonly since?: string }): number {
  const db = openReadOnly(statePaths(stateFolder(options)).database);
  const since = options.since === undefined ? 0 : parseSince(options.since);
  for (const line of exportEntries(db, since)) print(line);
  db.close();
  return 0;
}

export async function erase(session: string, options: StateOptions): Promise<number> {
  return withLedger(stateFolder(options), 'audit erase', async ({ db, paths, ledger }) => {
    const { complete, sentence } = await eraseSession(session, { db, paths, ledger });
    print(sentence);
    return complete ? 0 : 1;
  });
}

export async function prune(options: StateOptions & { readonly olderThan: string }): Promise<number> {
  const before = parseSince(options.olderThan);
  return withLedger(stateFolder(options), 'audit prune', async ({ db, paths, ledger }) => {
    const report = await pruneState({ db, paths, ledger, before });
    const removed = Object.entries(report).map(([what, count]) => `${count} ${what}`);
    print(`Removed what was older than ${localTime(before)}: ${removed.join(', ')}. The log still verifies.`);
    return 0;
  });
}

interface Opened {
  readonly db: ReturnType<typeof openState>['db'];
  readonly paths: StatePaths;
  readonly ledger: SqliteLedger;
}

/** Who writes to the log has a chain of its own in it, that says what was done. */
async function withLedger<T>(
  folder: string,
  command: string,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  // Opening creates what is not there; a mistyped folder must not become a state folder.
  openReadOnly(statePaths(folder).database).close();
  const { db, paths } = openState(folder);
  const ledger = new SqliteLedger({ db, paths, chain: newId(Date.now()) });
  await ledger.start({ version: VERSION, command });
  try {
    return await work({ db, paths, ledger });
  } finally {
    await ledger.stop();
  }
}
