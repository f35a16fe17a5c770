/** How long an API server waits for the webhook while 50 pods a second are created. */
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { review } from './review.ts';
import { ask, REVIEW, reviewOf, startTestWebhook, WANTS } from './testing-webhook.ts';

const PER_SECOND = 50;
const SECONDS = 10;
/**
 * The bar is 20 ms for 99 of 100; half of them have to be there even on a machine that is busy with something else. On one
 * where a request that is not judged at all takes long, a review may take some times as long.
 */
const BAR_MS = 20;

/** A pod of some size: 3 containers with 40 variables and 6 mounts each, and 10 volumes. */
function largePod(): object {
  const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
  const container = (n: number) => ({
    name: `c${n}`,
    image: 'registry.example/team/agent:1',
    env: many(40, (i) => ({ name: `VARIABLE_${i}`, value: 'x'.repeat(30) })),
    volumeMounts: many(6, (i) => ({ name: `v${i}`, mountPath: `/mnt/${i}` })),
    resources: { limits: { cpu: '1', memory: '1Gi' } },
  });
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { generateName: 'p-', namespace: 'team-a', annotations: WANTS, labels: { app: 'x' } },
    spec: { containers: many(3, container), volumes: many(10, (i) => ({ name: `v${i}`, emptyDir: {} })) },
  };
}

function percentiles(ms: readonly number[]): { p50: number; p99: number; most: number } {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

const say = ({ p50, p99, most }: ReturnType<typeof percentiles>) =>
  `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, most ${most.toFixed(2)} ms`;

describe('a review takes', { timeout: 300_000 }, () => {
  it('little time by itself', (t) => {
    const object = largePod() as V1Pod;
    const request = {
      uid: 'u',
      namespace: 'team-a',
      operation: 'CREATE',
      object,
      userInfo: { username: 'x' },
    };
    const took = Array.from({ length: 5_000 }, () => {
      const began = performance.now();
      assert.equal(review(request, REVIEW).allowed, true);
      return performance.now() - began;
    });
    t.diagnostic(`review(): ${say(percentiles(took.slice(500)))}`);
    assert.ok(percentiles(took).p50 < 2);
  });

  it('less than an API server notices, over TLS, while others are under way', async (t) => {
    const { running } = await startTestWebhook(t);
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const body = JSON.stringify(reviewOf(WANTS, { object: largePod() }));
    const took: number[] = [];
    const bare: number[] = [];
    const calls: Promise<void>[] = [];
    const call = async () => {
      const began = performance.now();
      const { status } = await ask(running.port, '/pods', { body, agent });
      took.push(performance.now() - began);
      assert.equal(status, 200);
      const then = performance.now();
      assert.equal((await ask(running.port, '/nowhere', { body, agent })).status, 404);
      bare.push(performance.now() - then);
    };
    const start = performance.now();
    for (let n = 0; n < PER_SECOND * SECONDS; n++) {
      await sleep(Math.max(0, start + (n * 1000) / PER_SECOND - performance.now()));
      calls.push(call());
    }
    await Promise.all(calls);
    t.diagnostic(`${PER_SECOND} pods/s, ${body.length} bytes each: ${say(percentiles(took))}`);
    t.diagnostic(`the same bytes where nothing is judged: ${say(percentiles(bare))}`);
    assert.ok(percentiles(took).p50 < Math.max(BAR_MS, 4 * percentiles(bare).p50));
  });
});
