/**
 * What people ask of the state database: exchanges, spend, counters, and all of it to take elsewhere.
 *
 *   leases, newest first ────┐
 *   refusals, newest first ──┴─ merged ──> exchange ──> its entries and leases ──> a row for people
 *
 * Reads only, so the database may be open to read only. Texts that somebody tampered with are shown as far as they can
 * be read: to find that out is verify's part.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Closed, Entry, Opened } from '../../core/audit/entry.ts';
import { exportLine } from '../../core/audit/export-line.ts';
import type { LeaseState } from '../../core/audit/source.ts';
import { type Amounts, NOTHING } from '../../core/ledger/fit.ts';
import { chargedOf, type LeaseRow, reservedOf } from './lease-row.ts';

export * from './spend.ts';

export interface ExchangeFilter {
  /** How many at most. */
  readonly limit: number;
  readonly session?: string;
  /** Only what was refused, as a whole or with one of its tool calls. */
  readonly refused?: boolean;
  /** Epoch ms. */
  readonly since?: number;
  /** Epoch ms: decides whether a call still runs. */
  readonly now?: number;
}

/** One exchange in a line. With a fallback, provider and model are those of the last attempt, amounts of all. */
export interface ExchangeRow {
  readonly exchange: string;
  /** Epoch ms. */
  readonly at: number;
  /** incomplete: its process ended, or lost the ledger, before it closed it. */
  readonly status: 'running' | 'closed' | 'incomplete';
  readonly namespace: string | null;
  readonly workload: string | null;
  readonly session: string | null;
  readonly agent: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  /** Null while it runs, and when it never was closed. */
  readonly verdict: 'allow' | 'deny' | null;
  readonly code: string | null;
  /** Of all attempts: codes of refusals, and names of limits, that were recorded and not enforced. */
  readonly observed: readonly string[];
  /** Tool calls that the model wanted to make, and how many of them were denied. */
  readonly toolCalls: number;
  readonly deniedCalls: number;
  /** What went wrong without ending it, such as upstream_404. */
  readonly faults: readonly string[];
  /** Nano-USD, tokens, requests. */
  readonly charged: Amounts;
  /** Held by attempts that have not ended. */
  readonly reserved: Amounts;
  /** In all; null while it runs. */
  readonly ms: number | null;
}

export interface LeaseView {
  readonly lease: string;
  readonly state: LeaseState;
  readonly openedAt: number;
  readonly expiresAt: number;
  readonly closedAt: number | null;
  readonly provider: string;
  readonly model: string;
  readonly cap: number;
  readonly reserved: Amounts;
  readonly charged: Amounts;
}

export interface ExchangeDetails {
  /** In the order in which they were written. */
  readonly entries: readonly Entry[];
  readonly leases: readonly LeaseView[];
}

/** @returns exchanges, newest first */
export function listExchanges(db: DatabaseSync, filter: ExchangeFilter): ExchangeRow[] {
  const found: ExchangeRow[] = [];
  const seen = new Set<string>();
  for (const exchange of newestFirst(db, filter)) {
    if (found.length >= filter.limit) break;
    if (seen.has(exchange)) continue;
    seen.add(exchange);
    const row = rowOf(exchange, showExchange(db, exchange), filter.now ?? Date.now());
    if (filter.session !== undefined && row.session !== filter.session) continue;
    if (filter.refused && row.verdict !== 'deny' && row.deniedCalls === 0) continue;
    found.push(row);
  }
  return found;
}

/** @returns ids of exchanges that begin so, at most ten; only the id itself when there is one that is the same */
export function findExchanges(db: DatabaseSync, beginning: string): string[] {
  const sql =
    'SELECT DISTINCT exchange FROM entries WHERE exchange >= ? AND exchange < ? ORDER BY exchange LIMIT 10';
  const found = db.prepare(sql).all(beginning, `${beginning}\u{10ffff}`) as { exchange: string }[];
  const ids = found.map(({ exchange }) => exchange);
  return ids.includes(beginning) ? [beginning] : ids;
}

/** @returns all entries and leases of an exchange; none when it is not known */
export function showExchange(db: DatabaseSync, exchange: string): ExchangeDetails {
  const texts = db
    .prepare('SELECT text FROM entries WHERE exchange = ? ORDER BY at, chain, seq')
    .all(exchange);
  const entries = texts.flatMap(({ text }) => parse(String(text)));
  const ids = new Set(entries.map((entry) => ('lease' in entry ? entry.lease : null)));
  const find = db.prepare('SELECT * FROM leases WHERE id = ?');
  const leases = [...ids].flatMap(
    (id) => find.all(typeof id === 'string' ? id : null) as unknown as LeaseRow[],
  );
  leases.sort((a, b) => a.opened_at - b.opened_at);
  return { entries, leases: leases.map(viewOf) };
}

/** @returns NDJSON, by chain and number: for each entry its hash and its text, as it is stored */
export function* exportEntries(db: DatabaseSync, since = 0): Generator<string> {
  const rows = db.prepare('SELECT text, hash FROM entries WHERE at >= ? ORDER BY chain, seq').iterate(since);
  for (const row of rows as Iterable<{ text: string; hash: string }>) yield exportLine(row);
}

/** Exchanges by when an attempt of theirs was opened or refused: some come several times. */
function* newestFirst(db: DatabaseSync, { since = 0, session }: ExchangeFilter): Generator<string> {
  const ofSession = session === undefined ? '' : 'session = ? AND';
  const naming = session === undefined ? '' : 'instr(text, ?) > 0 AND';
  const leases = db
    .prepare(
      `SELECT exchange, opened_at AS at FROM leases WHERE ${ofSession} opened_at >= ? ORDER BY opened_at DESC`,
    )
    .iterate(...(session === undefined ? [] : [session]), since) as unknown as Iterator<Dated>;
  const refusals = db
    .prepare(
      `SELECT exchange, at FROM entries WHERE apart = 1 AND kind = 'closed' AND ${naming} at >= ? ORDER BY at DESC`,
    )
    .iterate(
      ...(session === undefined ? [] : [`"session":${JSON.stringify(session)}`]),
      since,
    ) as unknown as Iterator<Dated>;
  let [lease, refusal] = [leases.next(), refusals.next()];
  while (!lease.done || !refusal.done) {
    if (refusal.done || (!lease.done && lease.value.at > refusal.value.at)) {
      yield lease.value.exchange;
      lease = leases.next();
    } else {
      yield refusal.value.exchange;
      refusal = refusals.next();
    }
  }
}

interface Dated {
  readonly exchange: string;
  readonly at: number;
}

function rowOf(exchange: string, { entries, leases }: ExchangeDetails, now: number): ExchangeRow {
  const opened = entries.filter((entry): entry is Entry & Opened => entry.kind === 'opened');
  const closed = entries.findLast((entry): entry is Entry & Closed => entry.kind === 'closed');
  const last = opened.at(-1);
  const asked = last ?? closed?.asked;
  const lease = leases.at(-1);
  const status = statusOf(lease, closed, now);
  const ended = status === 'closed' ? closed : undefined;
  const calls = listOf(ended?.calls);
  const spared = calls.flatMap(({ verdict, code }) => (verdict === 'observed' && code ? [code] : []));
  return {
    exchange,
    at: opened[0]?.at ?? leases[0]?.openedAt ?? closed?.at ?? 0,
    status,
    namespace: asked?.workload?.namespace ?? null,
    workload: asked?.workload?.name ?? null,
    session: asked?.workload?.session ?? null,
    agent: asked?.agent ?? null,
    provider: last?.provider ?? null,
    model: last?.model ?? asked?.requestedModel ?? null,
    verdict: ended?.verdict ?? null,
    code: ended?.code ?? null,
    observed: [...new Set([...opened.flatMap((entry) => listOf(entry.observed)), ...spared])],
    toolCalls: calls.length,
    deniedCalls: calls.filter(({ verdict }) => verdict === 'deny').length,
    faults: listOf(ended?.faults),
    charged: sumOf(leases.map(({ charged }) => charged)),
    reserved: sumOf(leases.filter(({ state }) => state === 'open').map(({ reserved }) => reserved)),
    ms: ended?.ms?.total ?? null,
  };
}

/** In an entry that somebody tampered with anything may stand. */
function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list : [];
}

function statusOf(
  lease: LeaseView | undefined,
  closed: Closed | undefined,
  now: number,
): ExchangeRow['status'] {
  if (lease?.state === 'open') return lease.expiresAt > now ? 'running' : 'incomplete';
  return lease?.state === 'expired' || !closed ? 'incomplete' : 'closed';
}

function sumOf(amounts: readonly Amounts[]): Amounts {
  const add = (a: Amounts, b: Amounts) => ({
    usd: a.usd + b.usd,
    tokens: a.tokens + b.tokens,
    requests: a.requests + b.requests,
  });
  return amounts.reduce(add, NOTHING);
}

function viewOf(row: LeaseRow): LeaseView {
  return {
    lease: row.id,
    state: row.state,
    openedAt: row.opened_at,
    expiresAt: row.expires_at,
    closedAt: row.closed_at,
    provider: row.provider,
    model: row.model,
    cap: row.cap,
    reserved: reservedOf(row),
    charged: chargedOf(row),
  };
}

/** Nothing for a text that is not an object in JSON. */
function parse(text: string): Entry[] {
  try {
    const entry: unknown = JSON.parse(text);
    return typeof entry === 'object' && entry !== null ? [entry as Entry] : [];
  } catch {
    return [];
  }
}
