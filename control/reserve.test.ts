/** What control makes of a reservation that a sidecar asks for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestFor, SMALL, SMALL_BOUND } from '../adapters/testing-drafts.ts';
import type { ReserveMessage } from '../control-api/messages.ts';
import type { Opened, OpenedDraft } from '../core/audit/entry.ts';
import { snapshotOf } from '../core/policy/testing.ts';
import type { ReserveRequest } from '../core/ports.ts';
import { problemOf } from './message.ts';
import { reserve } from './reserve.ts';
import { OF, proofs } from './testing-entries.ts';

const opened = requestFor({ lease: 'l' }).opened({ lease: 'l', cap: 0, amounts: SMALL, over: [] });
const message: ReserveMessage = { lease: 'l', bound: SMALL_BOUND, snapshot: 'a'.repeat(64), opened };

/** @returns the entry that the ledger is handed, and the answer, for what stands in `opened` */
async function reserved(draft: object) {
  let entry: OpenedDraft | undefined;
  const ledger = {
    now: () => 1,
    reserve: async (request: ReserveRequest) => {
      const granted = { lease: 'l', cap: 10, amounts: SMALL, over: ['over'] };
      entry = request.opened(granted);
      return { granted, opened: { ...entry, at: 5, counters: [], rates: [] } satisfies Opened };
    },
  };
  const asked = { ...message, opened: draft as OpenedDraft };
  const answer = await reserve(ledger, proofs, OF, snapshotOf([]), asked);
  assert.ok('granted' in answer);
  assert.ok(entry);
  return { entry, answer };
}

describe('a reservation', () => {
  it('has in its entry who asks and what is granted as control knows it, and nothing that it does not know', async () => {
    const other = { namespace: 'team-b', name: 'x', labels: {}, session: 's' };
    const forged = { ...opened, workload: other, reserved: { usd: 0, tokens: 0, requests: 0 }, proof: 'p' };
    const { entry } = await reserved({ ...forged, at: 9, counters: ['c'], filler: 'x'.repeat(1_000) });
    assert.equal(entry.workload.name, 'deployment/triage');
    assert.deepEqual([entry.reserved, entry.cap, entry.observed], [SMALL, 10, ['over']]);
    for (const field of ['filler', 'proof', 'at', 'counters']) assert.ok(!(field in entry), field);
  });

  it('is answered with proofs that its entries are known by', async () => {
    const { entry, answer } = await reserved(opened);
    assert.equal(await proofs.granted({ ...entry, ...answer.counted }, OF.pod.uid), true);
    const { lease, exchange } = entry;
    const closed = { lease, exchange, proof: answer.closedProof } as Parameters<typeof proofs.ended>[0];
    assert.equal(await proofs.ended(closed), true);
  });

  it('is asked for in its form, and the field that is wrong is named', () => {
    assert.equal(problemOf('reserve', message), undefined);
    const wrong = (change: object) => problemOf('reserve', { ...message, opened: { ...opened, ...change } });
    assert.match(wrong({ observed: 'x' }) ?? '', /^\/opened\/observed must be array/);
    assert.match(wrong({ findings: Array(1_001).fill('x') }) ?? '', /^\/opened\/findings must NOT/);
    assert.match(wrong({ exchange: 'a b' }) ?? '', /^\/opened\/exchange must match/);
    assert.match(wrong({ model: 'x'.repeat(2_000) }) ?? '', /^\/opened\/model must NOT/);
  });
});
