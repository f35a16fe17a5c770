/** `tollgate keys …`: who may call `tollgate serve`. A key's secret is shown when it is made, and never again. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import {
  createKey,
  type IssuedKey,
  type Key,
  KeyError,
  type KeyStore,
  listKeys,
  revokeKey,
  rotateKey,
  stateOf,
} from '../adapters/sqlite/keys.ts';
import { formatToken } from '../adapters/sqlite/keys-token.ts';
import { statePaths } from '../adapters/sqlite/state.ts';
import { withLedger } from './audit.ts';
import { localTime, note, print, printJson, table, UsageError } from './output.ts';
import { openRecordsIfAny } from './records.ts';
import { type StateOptions, stateFolder } from './state-folder.ts';
import { agentKind, parseCount, parseLabels, parseSpan, workloadName } from './values.ts';

interface Common extends StateOptions {
  readonly json?: boolean;
}

export interface CreateOptions extends Common {
  readonly name: string;
  readonly namespace: string;
  readonly label: readonly string[];
  readonly agent?: string;
  readonly profile?: string;
  readonly expires?: string;
  readonly maxConcurrent?: string;
  readonly maxRequestBytes?: string;
}

/** @returns the exit code */
export async function create(options: CreateOptions): Promise<number> {
  const draft = {
    name: workloadName(options.name),
    namespace: namespaceName(options.namespace),
    labels: parseLabels(options.label),
    agent: options.agent === undefined ? null : agentKind(options.agent).id,
    profile: options.profile ?? null,
    maxConcurrent: countOrNull(options.maxConcurrent, '--max-concurrent'),
    maxRequestBytes: countOrNull(options.maxRequestBytes, '--max-request-bytes'),
    lifetimeMs: options.expires === undefined ? null : lifetime(options.expires),
  };
  const issued = await changing(options, 'keys create', (store) => createKey(store, draft));
  show(issued, options);
  return 0;
}

export interface RotateOptions extends Common {
  readonly grace: string;
  readonly expires?: string;
}

/** @returns the exit code */
export async function rotate(which: string, options: RotateOptions): Promise<number> {
  needRecords(options);
  const graceMs = parseSpan(options.grace, '--grace');
  const rotation =
    options.expires === undefined ? { graceMs } : { graceMs, lifetimeMs: lifetime(options.expires) };
  const issued = await changing(options, 'keys rotate', (store) => rotateKey(store, which, rotation));
  show(issued, options);
  const { oldUntil } = issued.key;
  note(
    oldUntil === null
      ? 'the secret before is no longer good'
      : `the secret before is good until ${localTime(oldUntil)}`,
  );
  return 0;
}

/** @returns the exit code */
export async function revoke(which: string, options: Common): Promise<number> {
  needRecords(options);
  const key = await changing(options, 'keys revoke', (store) => revokeKey(store, which));
  if (options.json) printJson(forMachines(key, Date.now()));
  else print(`The key ${key.name} (${key.id}) is revoked: its next call is refused.`);
  return 0;
}

/** @returns the exit code */
export function list(options: Common): number {
  const db = openRecordsIfAny(options);
  const now = Date.now();
  const keys = db ? listKeys(db, now) : [];
  db?.close();
  if (options.json) printJson(keys.map((key) => forMachines(key, now)));
  else if (keys.length === 0) print('There are no keys. Make one: tollgate keys create --name NAME');
  else for (const line of table([HEAD, ...keys.map((key) => rowOf(key, now))])) print(line);
  return 0;
}

/** The key alone goes to stdout, so that a script can take it from there. */
function show({ key, secret }: IssuedKey, { json }: Common): void {
  const token = formatToken({ id: key.id, secret });
  if (json) {
    printJson({ key: token, ...forMachines(key, Date.now()) });
    return;
  }
  print(token);
  const until = key.expiresAt === null ? '' : `, good until ${localTime(key.expiresAt)}`;
  note(`this is the key ${key.name} (${key.id})${until}. It is shown this once: only its hash is kept.`);
}

/** Beside its times in epoch ms. */
function forMachines(key: Key, now: number): object {
  return { ...key, state: stateOf(key, now) };
}

const HEAD = ['name', 'id', 'namespace', 'labels', 'limits', 'created', 'last used', 'state'];

function rowOf(key: Key, now: number): string[] {
  const { maxConcurrent, maxRequestBytes, agent, profile } = key;
  const limits = [
    maxConcurrent === null ? '' : `${maxConcurrent} at once`,
    maxRequestBytes === null ? '' : `${maxRequestBytes} bytes`,
    agent === null ? '' : `agent ${agent}`,
    profile === null ? '' : `profile ${profile}`,
  ].filter(Boolean);
  return [
    key.name,
    key.id,
    key.namespace,
    Object.entries(key.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    limits.join(', '),
    localTime(key.createdAt),
    key.usedAt === null ? 'never' : localTime(key.usedAt),
    stateInWords(key, now),
  ];
}

function stateInWords(key: Key, now: number): string {
  const state = stateOf(key, now);
  if (state === 'revoked') return `revoked ${localTime(key.revokedAt ?? 0)}`;
  if (state === 'expired') return `expired ${localTime(key.expiresAt ?? 0)}`;
  const expires = key.expiresAt === null ? '' : ` until ${localTime(key.expiresAt)}`;
  const old = (key.oldUntil ?? 0) > now ? `, the secret before until ${localTime(key.oldUntil ?? 0)}` : '';
  return `active${expires}${old}`;
}

async function changing<T>(
  options: StateOptions,
  command: string,
  change: (store: KeyStore) => Promise<T>,
): Promise<T> {
  const folder = stateFolder(options);
  try {
    return await withLedger({ folder }, command, ({ db, ledger }) =>
      change({ db, ledger, by: userInfo().username }),
    );
  } catch (error) {
    if (error instanceof KeyError) throw new UsageError(error.message, 1);
    throw error;
  }
}

/** A mistyped folder must not become a state folder: only the first key may make one. */
function needRecords(options: StateOptions): void {
  const folder = stateFolder(options);
  if (!existsSync(statePaths(folder).database))
    throw new UsageError(`there are no keys: nothing is recorded yet at ${folder}`);
}

/** As Kubernetes has it: a DNS label. */
function namespaceName(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new UsageError(
    `--namespace takes lower-case letters, digits and dashes, not ${JSON.stringify(text)}`,
  );
}

function countOrNull(text: string | undefined, flag: string): number | null {
  return text === undefined ? null : parseCount(text, flag);
}

function lifetime(text: string): number {
  const ms = parseSpan(text, '--expires');
  if (ms > 0) return ms;
  throw new UsageError('--expires takes a time from 1s up');
}
