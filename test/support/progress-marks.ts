/**
 * How far each call of a sidecar has come, written down as it gets there, in the process that tests kill. The product
 * knows nothing of it: methods of the real ledger, its database and the connections to providers are wrapped.
 *
 *   file:  state TAB exchange or tag      a line each, written before what comes next is done
 *
 * At the moment at which it is to be killed the process stops dead, with whatever locks it holds: so a kill never misses.
 */
import { openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { SqliteLedger } from '../../adapters/sqlite/ledger.ts';
import { Transaction } from '../../adapters/sqlite/transaction.ts';
import { UpstreamCall } from '../../sidecar/upstream/call.ts';
import { Upstreams } from '../../sidecar/upstream/upstreams.ts';
import { tagIn } from './exact-calls.ts';

/** In the order in which a call goes through them. */
export const STATES = [
  'before reserve',
  'in the reserve transaction',
  'reserve committed, ends not written',
  'reserved, not sent',
  'sent, no reply yet',
  'streaming',
  'settling',
  'in the settle transaction',
  'settle committed, ends not written',
  'settled',
] as const;
export type State = (typeof STATES)[number];

/** Where to stop dead: when this state is entered for the nth time. */
export interface Freeze {
  readonly state: State;
  readonly nth: number;
  /** Only calls of this model count; without it all do. */
  readonly model?: string;
}

export const FROZEN = 'frozen\n';
/** Of a call that ended without a reservation. */
export const REFUSED = 'refused';

/** Wraps, for good; to be called once in a process. */
export function markProgress(file: string, freeze?: Freeze): void {
  const fd = openSync(file, 'a');
  let entered = 0;
  const enter = (state: State | typeof REFUSED, calls: Iterable<string>): void => {
    const lines = [...calls].map((call) => `${state}\t${call}\n`).join('');
    if (lines === '') return;
    writeSync(fd, lines);
    if (state !== freeze?.state || !isMeant(calls, freeze.model) || ++entered !== freeze.nth) return;
    writeSync(fd, FROZEN);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  markLedger(enter);
  markTransactions(enter);
  markUpstreams(enter);
}

/** The model of each exchange, and of each tag. */
const models = new Map<string, string>();

function isMeant(calls: Iterable<string>, model: string | undefined): boolean {
  return model === undefined || [...calls].some((call) => models.get(call) === model);
}

type Enter = (state: State | typeof REFUSED, calls: Iterable<string>) => void;

function markLedger(enter: Enter): void {
  const { reserve, settle, record } = SqliteLedger.prototype;
  SqliteLedger.prototype.reserve = async function (request) {
    const { exchange, model } = request.facts;
    models.set(exchange, model);
    enter('before reserve', [exchange]);
    const answer = await reserve.call(this, request);
    if ('granted' in answer) enter('reserved, not sent', [exchange]);
    return answer;
  };
  SqliteLedger.prototype.settle = async function (lease, ...how) {
    enter('settling', [lease]);
    await settle.call(this, lease, ...how);
    enter('settled', [lease]);
  };
  SqliteLedger.prototype.record = function (entry) {
    if (entry.kind === 'closed') enter(REFUSED, [entry.exchange]);
    return record.call(this, entry);
  };
}

function markTransactions(enter: Enter): void {
  const reserving = new Set<string>();
  const settling = new Set<string>();
  const { reserve, settle } = Transaction.prototype;
  Transaction.prototype.reserve = function (request) {
    const answer = reserve.call(this, request);
    if ('granted' in answer) reserving.add(request.facts.exchange);
    return answer;
  };
  Transaction.prototype.settle = function (lease, ...how) {
    settle.call(this, lease, ...how);
    settling.add(lease);
  };
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql.startsWith('BEGIN')) {
      reserving.clear();
      settling.clear();
    }
    const isCommit = sql === 'COMMIT';
    if (isCommit) enter('in the reserve transaction', reserving);
    if (isCommit) enter('in the settle transaction', settling);
    exec.call(this, sql);
    if (isCommit) enter('reserve committed, ends not written', reserving);
    if (isCommit) enter('settle committed, ends not written', settling);
  };
}

function markUpstreams(enter: Enter): void {
  const tags = new WeakMap<UpstreamCall, string>();
  const { send } = Upstreams.prototype;
  Upstreams.prototype.send = function (provider, request, ...more) {
    const body = request.body ?? Buffer.alloc(0);
    const tag = tagIn(body) ?? 'unknown';
    if (body.length > 0) models.set(tag, (JSON.parse(body.toString()) as { model: string }).model);
    // Said before it is done: whoever is killed in between has sent nothing, and is counted as if it might have.
    enter('sent, no reply yet', [tag]);
    const call = send.call(this, provider, request, ...more);
    tags.set(call, tag);
    return call;
  };
  const { onResponseData } = UpstreamCall.prototype;
  UpstreamCall.prototype.onResponseData = function (controller, chunk) {
    enter('streaming', [tags.get(this) ?? 'unknown']);
    onResponseData.call(this, controller, chunk);
  };
}
