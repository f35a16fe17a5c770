/** Ledgers on test servers, opened as control would, and what stands in them. */
import { randomUUID } from 'node:crypto';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { atEnd, type Scope } from '../../test/support/output.ts';
import type { RedisConfig } from './config.ts';
import { RedisLedger, type RedisLedgerOptions } from './ledger.ts';
import { librarySource } from './library.ts';
import type { RebuildSource } from './rebuild.ts';
import type { TestRedis } from './testing-server.ts';

/** Where tests set the clock of CLOCKED, epoch ms. */
export const CLOCK = '{tollgate}:test-clock';

/** The functions as they are, but for their clock. */
export const CLOCKED = librarySource().replace(
  "local time = call('TIME')",
  `do return tonumber(call('GET', '${CLOCK}')) end local time`,
);

/** Nothing is known outside of Redis, and no answer is on its way. */
export const NOTHING_ELSE: RebuildSource = {
  audit: () => [],
  sidecars: () => [],
  killed: () => [],
  pauseMs: 0,
};

export interface OpenOptions extends Partial<Omit<RedisLedgerOptions, 'config'>> {
  readonly config?: Partial<RedisConfig>;
}

/** A ledger whose connections end with the test; whether it is open is left to the test. */
export async function connectLedger(
  t: Scope,
  server: TestRedis,
  options: OpenOptions = {},
): Promise<RedisLedger> {
  const { config, ...rest } = options;
  const ledger = await RedisLedger.open({ chain: randomUUID(), ...rest, config: server.config(config) });
  atEnd(t, () => ledger.stop());
  return ledger;
}

/** A ledger that can be spent from. */
export async function openLedger(
  t: Scope,
  server: TestRedis,
  options: OpenOptions = {},
): Promise<RedisLedger> {
  const ledger = await connectLedger(t, server, options);
  await ledger.rebuild(NOTHING_ELSE);
  return ledger;
}

/** @returns all entries that nobody has fetched, of all chains, also those that can still be withdrawn */
export async function entriesOf({ outbox }: RedisLedger): Promise<EntryDraft[]> {
  const all: EntryDraft[] = [];
  for (const chain of await outbox.chains()) {
    for (const { entry } of await outbox.entries(chain, '', 1_000_000, 'all')) all.push(entry);
  }
  return all;
}

/** As an audit log hands them over to count anew: one lease after another. */
export function byLease(entries: Iterable<EntryDraft>): EntryDraft[] {
  const id = (entry: EntryDraft) => Buffer.from(('lease' in entry ? entry.lease : null) ?? '');
  return [...entries].sort((a, b) => Buffer.compare(id(a), id(b)));
}

/** All keys but those that there always are. */
export async function keysOf(server: TestRedis): Promise<string[]> {
  const keys = await server.run((redis) => redis.keys('*'));
  const always = ['epoch', 'generations', 'test-clock'].map((name) => `{tollgate}:${name}`);
  return keys.filter((key) => !always.includes(key)).toSorted();
}
