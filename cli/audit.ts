/** `tollgate audit …`: looking at one exchange, verifying the log, taking it elsewhere, and what may be removed from it. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ContentReader, ContentUnavailable } from '../adapters/sqlite/content-reader.ts';
import { eraseSession } from '../adapters/sqlite/erase.ts';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { prune as pruneState } from '../adapters/sqlite/prune.ts';
import {
  type ExchangeDetails,
  exportEntries,
  findExchanges,
  type LeaseView,
  showExchange,
} from '../adapters/sqlite/queries.ts';
import { type openReadOnly, openState, type StatePaths, statePaths } from '../adapters/sqlite/state.ts';
import { verifyDatabase } from '../adapters/sqlite/verify.ts';
import type { Entry } from '../core/audit/entry.ts';
import { formatUsd } from '../core/money/amount.ts';
import { VERSION } from '../core/version.ts';
import { plural } from '../core/wording.ts';
import { newId } from '../sidecar/id.ts';
import { localTime, note, print, printJson, UsageError, withUnits } from './output.ts';
import { nothingYet, openRecords } from './records.ts';
import { type StateOptions, stateFolder } from './state-folder.ts';
import { parseAge, parseSince } from './values.ts';

interface Common extends StateOptions {
  readonly json?: boolean;
}

export interface ShowOptions extends Common {
  readonly content?: boolean;
}

/**
 * @param beginning of the exchange's id
 * @returns the exit code; @throws UsageError when no exchange, or several, begin so
 */
export async function show(beginning: string, options: ShowOptions): Promise<number> {
  const { db, paths } = openRecords(options);
  const [exchange, ...more] = findExchanges(db, beginning);
  if (exchange === undefined) throw new UsageError(`no exchange begins with ${JSON.stringify(beginning)}`, 1);
  if (more.length > 0) throw new UsageError(`several exchanges begin so: ${[exchange, ...more].join(', ')}`);
  const details = showExchange(db, exchange);
  const contents = options.content ? await readContents(exchange, details, paths, db) : undefined;
  db.close();
  if (options.json) {
    const leases = details.leases.map(leaseForMachines);
    printJson({
      exchange,
      entries: details.entries,
      leases,
      ...(contents === undefined ? {} : { contents }),
    });
  } else for (const line of detailLines(details)) print(line);
  if (contents !== undefined && !options.json)
    for (const { what, text } of contents) print(`\n--- ${what}\n${text}`);
  return 0;
}

function leaseForMachines(lease: LeaseView): object {
  return { ...lease, reserved: withUnits(lease.reserved), charged: withUnits(lease.charged) };
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
  await withLedger(paths, 'audit show --content', ({ ledger }) =>
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
  const database = options.db ?? paths.database;
  if (!existsSync(database))
    throw new UsageError(
      options.db === undefined ? nothingYet(options) : `there is no database at ${database}`,
    );
  const ends = options.ends ?? paths.ends;
  if (!existsSync(ends))
    throw new UsageError(`the hashes kept apart are not at ${ends}: name their folder with --ends`);
  const progress = process.stderr.isTTY
    ? (done: number, all: number) => note(`${done} of ${all} entries read`)
    : undefined;
  const report = verifyDatabase({
    database,
    ends,
    key: paths.key,
    ...(progress === undefined ? {} : { onProgress: progress }),
  });
  if (options.json) {
    printJson(report);
    return report.clean ? 0 : 1;
  }
  for (const { kind, note: isNote, sentence } of report.findings)
    print(`${isNote ? 'note' : 'FOUND'} ${kind}: ${sentence}`);
  if (report.omitted > 0) print(`… and ${report.omitted} more`);
  const read = `${plural(report.chains, 'chain')}, ${plural(report.entries, 'entry', 'entries')}, ${plural(report.leases, 'lease')}`;
  print(
    report.clean
      ? `The audit log is as it was written: ${read}.`
      : `The audit log was changed: ${read} were read.`,
  );
  return report.clean ? 0 : 1;
}

/** How many lines are written before it is looked whether anybody still reads them. */
const LINES_AT_ONCE = 1_000;

/** Writes all entries as NDJSON. @returns the exit code; @throws UsageError */
export async function exportAll(options: StateOptions & { readonly since?: string }): Promise<number> {
  const since = options.since === undefined ? 0 : parseSince(options.since);
  const { db } = openRecords(options);
  let lines = 0;
  for (const line of exportEntries(db, since)) {
    print(line);
    if (++lines % LINES_AT_ONCE === 0) await nextTurn();
  }
  db.close();
  return 0;
}

/** @returns the exit code: 1 when traces are left; @throws StateError when nothing is known of the session */
export async function erase(session: string, options: StateOptions): Promise<number> {
  const { complete, sentence } = await withLedger(recordedAt(options), 'audit erase', (opened) =>
    eraseSession(session, opened),
  );
  print(sentence);
  return complete ? 0 : 1;
}

/** @returns the exit code: 1 when something had to be kept; @throws UsageError for an age that can't be read */
export async function prune(options: StateOptions & { readonly olderThan: string }): Promise<number> {
  const before = Date.now() - parseAge(options.olderThan, '--older-than', 0);
  const { entries, leases, messages, sessions, counters, kept } = await withLedger(
    recordedAt(options),
    'audit prune',
    (opened) => pruneState({ ...opened, before }),
  );
  const removed = [
    plural(entries, 'entry', 'entries'),
    plural(leases, 'lease'),
    plural(messages, 'message'),
    plural(sessions, 'session'),
    plural(counters, 'counter'),
  ];
  for (const sentence of kept) print(sentence);
  const verifies = kept.length === 0 ? ' The log still verifies.' : '';
  print(`Removed what was older than ${localTime(before)}: ${removed.join(', ')}.${verifies}`);
  return kept.length === 0 ? 0 : 1;
}

interface Opened {
  readonly db: ReturnType<typeof openState>['db'];
  readonly paths: StatePaths;
  readonly ledger: SqliteLedger;
}

/** Opening to write creates what is not there; a mistyped folder must not become a state folder. @throws UsageError */
function recordedAt(options: StateOptions): StatePaths {
  const { db, paths } = openRecords(options);
  db.close();
  return paths;
}

/** Who writes to the log has a chain of its own in it, that says what was done. */
export async function withLedger<T>(
  { folder }: Pick<StatePaths, 'folder'>,
  command: string,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const { db, paths } = openState(folder);
  const ledger = new SqliteLedger({ db, paths, chain: newId(Date.now()) });
  await ledger.start({ version: VERSION, command });
  try {
    return await work({ db, paths, ledger });
  } finally {
    await ledger.stop();
  }
}
