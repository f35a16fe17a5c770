import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { Response } from 'express';
import { SidecarStreams, type StreamState } from './streams.ts';

/** A response that nobody reads: what was written to it. */
class Written extends EventEmitter {
  readonly events: string[] = [];
  readonly writableLength = 0;
  writeHead(): void {}
  end(): void {
    this.emit('close');
  }
  write(text: string): void {
    this.events.push(text.split('\n')[0]?.replace('event: ', '') ?? '');
  }
}

const POLICY = {
  hash: 'a',
  workload: { namespace: 'n', name: 'w', labels: {} },
  profile: null,
  manifests: [],
};
const STATE: StreamState = {
  policy: POLICY,
  problem: { problem: null },
  credentials: { credentials: {} },
  kill: { reason: null },
};

/** @param busyMs how long making one's state takes */
function opened(t: TestContext, count: number, state: () => StreamState, busyMs = 0) {
  const streams = new SidecarStreams<number>({
    namespaceOf: (n) => `team-${n}`,
    state: () => {
      for (const end = performance.now() + busyMs; performance.now() < end; );
      return state();
    },
  });
  const responses = Array.from({ length: count }, () => new Written());
  for (const [n, response] of responses.entries()) streams.open(n, response as unknown as Response);
  t.after(() => streams.close());
  return { streams, responses };
}

describe('streams to sidecars', () => {
  it('say what stops calls first, and then only what has changed', async (t) => {
    let state = STATE;
    const { streams, responses } = opened(t, 2, () => state);
    await streams.changed();
    state = { ...STATE, kill: { reason: 'enough' } };
    await streams.changed();
    state = { ...state, policy: { ...POLICY, hash: 'b' } };
    await streams.changed();
    for (const { events } of responses)
      assert.deepEqual(events, ['kill', 'credentials', 'problem', 'policy', 'kill', 'policy']);
  });

  it('of other namespaces are not told what concerns one alone', async (t) => {
    let asked = 0;
    const { streams, responses } = opened(t, 3, () => {
      asked++;
      return { ...STATE, kill: { reason: `time ${asked}` } };
    });
    const first = asked;
    await streams.changed('team-1');
    assert.equal(asked, first + 1);
    assert.deepEqual(
      responses.map(({ events }) => events.length),
      [4, 5, 4],
    );
    // One that concerns all is not narrowed by what concerns one.
    void streams.changed();
    await streams.changed('team-2');
    assert.equal(asked, first + 4);
  });

  it('let others have their turn while many are told, and not after each of them', async (t) => {
    const turns = async (busyMs: number) => {
      const { streams } = opened(t, 40, () => STATE, busyMs);
      let count = 0;
      let telling = true;
      const others = () => {
        count++;
        if (telling) setImmediate(others);
      };
      setImmediate(others);
      await streams.changed();
      telling = false;
      return count;
    };
    assert.ok((await turns(0)) < 20, 'telling takes no time');
    assert.ok((await turns(11)) >= 39, 'telling one takes longer than a turn');
  });
});
