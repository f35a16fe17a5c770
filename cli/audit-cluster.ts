/**
 * `tollgate audit … --control`: what was said in a cluster, read and erased by whoever may run a command in control's
 * container. Both are recorded, in a chain of this process' own.
 */
import { hostname } from 'node:os';
import { ConfigError } from '../adapters/config/config.ts';
import { readWrappingKey } from '../adapters/contents/wrapping-key.ts';
import type { MongoAudit } from '../adapters/mongo/audit.ts';
import { ContentUnavailable } from '../adapters/mongo/contents.ts';
import { readControlConfig } from '../control/config.ts';
import { openAudit } from '../control/stores.ts';
import { advance, link, newChain } from '../core/audit/chain.ts';
import type { EntryDraft, RequestContent } from '../core/audit/entry.ts';
import { exportLine } from '../core/audit/export-line.ts';
import { LedgerUnavailable } from '../core/ports.ts';
import { VERSION } from '../core/version.ts';
import { plural } from '../core/wording.ts';
import { newId } from '../sidecar/id.ts';
import { localTime, print, printJson, UsageError } from './output.ts';
import { readConfigFile } from './service.ts';
import { parseSince } from './values.ts';

export interface ClusterOptions {
  /** Control's configuration. */
  readonly control: string;
  readonly content?: boolean;
  readonly json?: boolean;
}

interface Content {
  readonly what: string;
  readonly text: string;
}

/** @returns the exit code; @throws UsageError */
export function showInCluster(beginning: string, options: ClusterOptions): Promise<number> {
  return withAudit(options.control, async (audit, keyFile) => {
    const [found, ...more] = [...(await audit.exchanges(beginning))];
    if (found === undefined) throw new UsageError(`no exchange begins with ${JSON.stringify(beginning)}`, 1);
    if (more.length > 0)
      throw new UsageError(`several exchanges begin so: ${[found, ...more].map(([id]) => id).join(', ')}`);
    const [exchange, entries] = found;
    const contents = options.content ? await readContents(audit, keyFile, exchange, entries) : undefined;
    if (options.json) printJson({ exchange, entries, ...(contents && { contents }) });
    else for (const line of entries.flatMap(entryLines)) print(line);
    if (!options.json) for (const { what, text } of contents ?? []) print(`\n--- ${what}\n${text}`);
    return 0;
  });
}

/** Writes all entries as NDJSON, by chain and number. @returns the exit code; @throws UsageError */
export function exportInCluster(options: {
  readonly control: string;
  readonly since?: string;
}): Promise<number> {
  const since = options.since === undefined ? 0 : parseSince(options.since);
  return withAudit(options.control, async (audit) => {
    for await (const row of audit.stored(since)) print(exportLine(row));
    return 0;
  });
}

/** @returns the exit code; @throws UsageError when nothing is known of the session */
export function eraseInCluster(session: string, options: ClusterOptions): Promise<number> {
  return withAudit(options.control, async (audit) => {
    if (!(await audit.contents.knows(session)) && !(await audit.hasSession(session)))
      throw new UsageError(`Nothing is known of session ${session}.`, 1);
    const parts = await audit.contents.erase(session, Date.now());
    await record(audit, 'audit erase', { kind: 'erased', at: Date.now(), session });
    print(
      `The key of session ${session} was destroyed, and ${plural(parts, 'document')} of what was said in it removed. MongoDB's journal, oplog and backups may have copies until they are gone; without the Secret that wrapped the key they open nothing.`,
    );
    return 0;
  });
}

async function readContents(
  audit: MongoAudit,
  keyFile: string | undefined,
  exchange: string,
  entries: readonly EntryDraft[],
): Promise<Content[]> {
  if (keyFile === undefined)
    throw new UsageError('control has no key for contents: the value contents.existingSecret is not set', 1);
  const key = readWrappingKey(keyFile);
  const session = entries.map(sessionOf).find((known) => known !== undefined) ?? '';
  // Before it is shown.
  await record(audit, 'audit show --content', {
    kind: 'content_read',
    at: Date.now(),
    exchange,
    by: process.env.POD_NAME ?? hostname(),
  });
  const found: Content[] = [];
  for (const entry of entries) {
    const request = requestOf(entry);
    if (request !== undefined) {
      const envelope = await audit.contents.get(session, request.envelope, key);
      found.push({ what: 'request, without its messages', text: envelope.toString() });
      const said = request.messages === null ? [] : await audit.contents.list(session, request.messages, key);
      for (const [i, bytes] of said.entries())
        found.push({ what: `message ${i + 1}`, text: bytes.toString() });
    }
    if (entry.kind !== 'closed' || entry.content === undefined) continue;
    const reply = await audit.contents.get(session, entry.content.reply, key);
    found.push({ what: 'reply of the provider', text: reply.toString() });
  }
  return found;
}

function requestOf(entry: EntryDraft): RequestContent | undefined {
  if (entry.kind === 'opened') return entry.content;
  return entry.kind === 'closed' ? entry.asked?.content : undefined;
}

function sessionOf(entry: EntryDraft): string | undefined {
  if (entry.kind === 'opened') return entry.workload.session;
  return entry.kind === 'closed' ? entry.asked?.workload.session : undefined;
}

function entryLines({ kind, at, ...facts }: EntryDraft): string[] {
  const fields = Object.entries(facts).filter(([name]) => name !== 'prev');
  return [
    `${localTime(at)}  ${kind}`,
    ...fields.map(([name, value]) => `  ${name.padEnd(16)} ${JSON.stringify(value)}`),
  ];
}

async function record(audit: MongoAudit, command: string, draft: EntryDraft): Promise<void> {
  const now = Date.now();
  let state = newChain(newId(now));
  const drafts: readonly EntryDraft[] = [
    { kind: 'started', at: now, version: VERSION, command, predecessor: null },
    draft,
    { kind: 'stopped', at: Date.now() },
  ];
  const entries = drafts.map((entry) => {
    const linked = link(state, entry);
    state = advance(state, linked);
    return { ...linked, entry };
  });
  await audit.store(state.chain, entries);
}

async function withAudit(
  path: string,
  work: (audit: MongoAudit, keyFile: string | undefined) => Promise<number>,
): Promise<number> {
  const { mongodb, contents } = readConfigFile(path, readControlConfig);
  let audit: MongoAudit | undefined;
  try {
    audit = await openAudit(mongodb);
    return await work(audit, contents?.keyFile);
  } catch (error) {
    const kinds = [ConfigError, ContentUnavailable, LedgerUnavailable];
    if (error instanceof Error && kinds.some((kind) => error instanceof kind))
      throw new UsageError(error.message, 1);
    throw error;
  } finally {
    await audit?.close();
  }
}
