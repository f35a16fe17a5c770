/** Redis has lost what was spent: it is counted anew, with what only sidecars know. Real Redis and a real MongoDB server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { TestRedis } from '../adapters/redis/testing-server.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { closedDraft, requestFor } from '../adapters/testing-drafts.ts';
import { checksFor } from '../core/ledger/checks.ts';
import type { PolicyObject } from '../core/policy/objects.ts';
import type { ReserveRequest, Settlement } from '../core/ports.ts';
import { binary } from '../test/cluster/binaries.ts';
import { openSpending } from './spending.ts';
import { caller, connectSidecar, type FakeCluster, startTestControl, type TestControl } from './testing.ts';

const POD = 'spender';
const COUNTER = 'team-a/team/all|namespace:team-a|lifetime|usd';
/** What a call may cost: 500 tokens of input and 500 of output at 1,000,000,000 nano-USD a million. */
const BOUND = 1_000_000;
const BUDGET: PolicyObject = {
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'BudgetPolicy',
  metadata: { name: 'team', namespace: 'team-a' },
  spec: { limits: [{ name: 'all', per: 'namespace', window: 'lifetime', usd: '1' }] },
};

let mongo: TestMongo;
before(async () => {
  mongo = await startTestMongo(await binary('ferretdb'));
});
after(() => mongo.close());

function call({ policies }: TestControl, lease: string): ReserveRequest {
  const { payer } = caller('deployment/w', POD);
  const answer = policies.of(payer.workload, undefined);
  assert.ok('policy' in answer);
  const { snapshot } = answer.policy;
  const draft = requestFor({ lease, exchange: lease });
  return {
    ...draft,
    bound: {
      inputTokens: 500,
      cap: 500,
      minCap: 500,
      requests: 1,
      rates: { input: 1_000_000_000, output: 1_000_000_000 },
    },
    ...checksFor(snapshot.budgets, payer, Date.now()),
    opened: (grant) => ({
      ...draft.opened(grant),
      workload: { ...payer.workload, session: payer.session },
      snapshot: snapshot.hash,
    }),
  };
}

describe('spending that Redis has lost', { timeout: 600_000 }, () => {
  it('is counted with what only a sidecar knows, which it can bring while nothing can be settled', async (t) => {
    const redis = await TestRedis.start(t);
    const fake: FakeCluster = { pods: new Map([[POD, caller('deployment/w', POD)]]), killed: new Map() };
    const control = await startTestControl(t, redis, mongo.url, fake, [BUDGET]);
    const { ledger, spool } = connectSidecar(t, control.url, POD, 'its-chain');
    ledger.start({ version: '0', command: 'sidecar', predecessor: null });
    const granted = await Promise.all(['ended', 'runs'].map((lease) => ledger.reserve(call(control, lease))));
    // Before it has told the audit log of them.
    control.kill();
    assert.ok(granted.every((answer) => 'granted' in answer));
    const settlement: Settlement = { outcome: 'settled', amounts: { usd: 7, tokens: 1, requests: 1 } };
    await ledger.settle('ended', settlement, closedDraft({ lease: 'ended', exchange: 'ended' }, settlement));
    await redis.run((client) => client.flushall());

    const log = await createLog('silent');
    const audit = { byLease: () => control.audit.byLease(), hasCalls: async () => true };
    // Long enough for what it waits for, however slow the machine is: a sidecar tries again after ten seconds at most.
    const opening = openSpending({ ledger: control.ledger, audit, log, bringMs: 30_000 });
    // Whoever opens control finds that it is at it.
    while ((await redis.run((client) => client.exists('{tollgate}:rebuild'))) === 0) await sleep(5);
    await startTestControl(t, redis, mongo.url, fake, [BUDGET], Number(new URL(control.url).port));
    await opening;
    assert.deepEqual(await control.ledger.counters([COUNTER]), [{ spent: 7, reserved: BOUND }]);

    // The other call ends, and nothing is counted twice.
    await ledger.settle('runs', settlement, closedDraft({ lease: 'runs', exchange: 'runs' }, settlement));
    for (let n = 0; !spool.isEmpty; n++) {
      assert.ok(n < 4_000, 'what is in the spool is not acknowledged');
      await sleep(25);
    }
    assert.deepEqual(await control.ledger.counters([COUNTER]), [{ spent: 14, reserved: 0 }]);
  });
});
