import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Shortage } from '../core/ledger/fit.ts';
import type { RateShortage } from '../core/ledger/rate.ts';
import {
  type Grant,
  type Ledger,
  LedgerUnavailable,
  type Reservation,
  type ReserveRequest,
} from '../core/ports.ts';
import { RunningLeases } from './leases.ts';
import { reservePatiently } from './patience.ts';
import { TIMES, type Times } from './times.ts';

const NEVER = 1e8;
const GRANTED: Reservation = {
  granted: { lease: 'l', cap: 1, amounts: { usd: 1, tokens: 1, requests: 1 }, over: [] } satisfies Grant,
};
const LIMIT = {
  id: 'a/b/c',
  counter: 'c',
  unit: 'usd',
  amount: 5,
  refuse: true,
  resetsAt: undefined,
} as const;
const RESERVED: Reservation = {
  refused: { kind: 'reserved', limit: LIMIT, left: 1, needed: 2 } satisfies Shortage,
};
const tooFast = (retryAfterMs: number): Reservation => ({
  refused: {
    kind: 'rate',
    check: { id: 'a/b/r', key: 'r', refuse: true },
    what: 'tokens',
    retryAfterMs,
  } satisfies RateShortage,
});

class CountedLeases extends RunningLeases {
  waiting = 0;

  override whenEnded(wake: () => void): () => void {
    const forget = super.whenEnded(wake);
    this.waiting++;
    return () => {
      this.waiting--;
      forget();
    };
  }
}

/** A ledger that answers what it is given, in order, and a call that asks it. */
function calling(answers: (Reservation | Error)[], times: Partial<Times> = {}) {
  let asked = 0;
  const ledger: Pick<Ledger, 'reserve' | 'extend'> = {
    reserve: async () => {
      asked++;
      const answer = answers.shift() ?? GRANTED;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    extend: async () => undefined,
  };
  const leases = new CountedLeases(ledger, NEVER);
  const agent = {
    gone: false,
    wake: () => undefined as undefined,
    whenGone(callback: () => void) {
      this.wake = () => {
        this.gone = true;
        callback();
        return undefined;
      };
    },
  };
  const request = () => ({}) as ReserveRequest;
  const answer = reservePatiently({ ledger, leases, times: { ...TIMES, ...times } }, request, agent);
  return { answer, leases, agent, asked: () => asked };
}

async function settled(): Promise<void> {
  for (let n = 0; n < 3; n++) await turn();
}

describe('asking the ledger', () => {
  it('asks again as soon as a lease has ended here', async () => {
    const { answer, leases, asked } = calling([tooFast(50_000)]);
    await settled();
    assert.equal(asked(), 1);
    leases.end('another');
    const { reservation } = await answer;
    assert.equal(reservation, GRANTED);
    assert.equal(asked(), 2);
  });

  it('misses no end that comes while the ledger is being asked', async () => {
    const { answer, leases, asked } = calling([tooFast(50_000)]);
    // The answer is on its way, and nobody waits yet.
    leases.end('another');
    await answer;
    assert.equal(asked(), 2);
  });

  it('begins no wait that is known to be too long', async () => {
    const { answer, asked } = calling([tooFast(60_001)]);
    assert.ok('refused' in (await answer).reservation);
    assert.equal(asked(), 1);
  });

  it('is given up when the agent has gone', async () => {
    const { answer, agent, asked } = calling([tooFast(50_000), tooFast(50_000)]);
    await settled();
    agent.wake();
    assert.ok('refused' in (await answer).reservation);
    assert.equal(asked(), 2);
  });

  it('looks again for a budget that other processes have reserved, for a while', async () => {
    const { answer, asked } = calling(
      Array.from({ length: 99 }, () => RESERVED),
      { reserved: 250 },
    );
    const { reservation, waitedMs } = await answer;
    assert.equal(reservation, RESERVED);
    assert.ok(asked() >= 2 && asked() <= 4, `${asked()}`);
    assert.ok(waitedMs >= 250 && waitedMs < 60_000, `${waitedMs}`);
  });

  it('tries a ledger that cannot be written again, for a while, and then says so', async () => {
    const failing = () => new LedgerUnavailable('locked');
    const once = calling([failing()]);
    assert.equal((await once.answer).reservation, GRANTED);
    const { answer, asked } = calling([failing(), failing(), failing(), failing()], { ledger: 300 });
    const { reservation } = await answer;
    assert.ok('unavailable' in reservation && reservation.unavailable.code === 'ledger_unavailable');
    // On a busy machine the wait in between may take all of the time.
    assert.ok(asked() >= 2 && asked() <= 3, `${asked()}`);
  });

  it('does not take an error of its own for one of the ledger', async () => {
    await assert.rejects(calling([new TypeError('a bug')]).answer, /a bug/);
  });

  it('forgets who waited, so that nothing grows while no lease ends', async () => {
    const { answer, leases } = calling(Array.from({ length: 5 }, () => tooFast(1)));
    await answer;
    assert.equal(leases.waiting, 0);
  });
});
