import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, TestCluster } from './testing-tokens.ts';
import type { TokenVerdict } from './tokens.ts';
import { VerifiedTokens } from './verified.ts';

/** Counts what is really verified; `at` is the clock, ms. */
async function reader(verdict: TokenVerdict = { caller: POD }) {
  const cluster = await TestCluster.create();
  const seen: string[] = [];
  const clock = { at: Date.now() };
  const tokens = new VerifiedTokens(
    async (token) => {
      seen.push(token);
      return verdict;
    },
    () => clock.at,
  );
  return { cluster, seen, clock, tokens };
}

describe('tokens that were good a moment ago', () => {
  it('are not verified again for a minute', async () => {
    const { cluster, seen, clock, tokens } = await reader();
    const token = await cluster.token();
    for (let n = 0; n < 3; n++) assert.deepEqual(await tokens.read(token), { caller: POD });
    assert.equal(seen.length, 1);
    clock.at += 59_999;
    await tokens.read(token);
    assert.equal(seen.length, 1);
    clock.at += 1;
    await tokens.read(token);
    assert.equal(seen.length, 2);
  });

  it('are verified again when they expire before that', async () => {
    const { cluster, seen, clock, tokens } = await reader();
    const exp = Math.floor(clock.at / 1_000) + 10;
    const token = await cluster.token({ exp });
    await tokens.read(token);
    clock.at = exp * 1_000;
    await tokens.read(token);
    assert.equal(seen.length, 2);
  });

  it('say nothing of another one, though only its signature differs', async () => {
    const { cluster, seen, tokens } = await reader();
    const token = await cluster.token();
    await tokens.read(token);
    await tokens.read(`${token.slice(0, token.lastIndexOf('.'))}.AAAA`);
    assert.equal(seen.length, 2);
  });

  it('are alone remembered: one that is not good, or could not be verified, is looked at each time', async () => {
    for (const verdict of [{ invalid: 'its signature is wrong' }, { unavailable: true }] as const) {
      const { cluster, seen, tokens } = await reader(verdict);
      const token = await cluster.token();
      assert.deepEqual(await tokens.read(token), verdict);
      await tokens.read(token);
      assert.equal(seen.length, 2);
    }
  });

  it('are forgotten in turn when there are too many', async () => {
    const { cluster, seen, tokens } = await reader();
    const first = await cluster.token();
    await tokens.read(first);
    // What is not signed differs as well: what was signed says when it expires.
    const claims = first.slice(0, first.lastIndexOf('.'));
    for (let n = 0; n < 20_000; n++) await tokens.read(`${claims}.${n}`);
    assert.equal(seen.length, 20_001);
    await tokens.read(first);
    assert.equal(seen.length, 20_002);
  });
});
