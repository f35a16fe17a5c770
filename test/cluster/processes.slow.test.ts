import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { childOf, isAlive, kill, processOf } from './processes.ts';

describe('a process', () => {
  it('is known by number and start time, and ended by these only', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const found = processOf(child.pid ?? 0);
    assert.ok(found !== undefined && isAlive(found));
    const later = { ...found, started: String(Number(found.started) + 1) };
    assert.equal(isAlive(later), false);
    kill(later);
    // A signal that was sent takes a moment.
    await sleep(200);
    assert.ok(isAlive(found), 'a process that has its number now was ended');
    kill(found);
    await once(child, 'exit');
    assert.equal(isAlive(found), false);
    kill(found);
  });

  it('is found by who started it', async () => {
    const child = spawn('sh', ['-c', 'sleep 60; true']);
    try {
      await once(child, 'spawn');
      for (let tries = 0; childOf(child.pid ?? 0) === undefined && tries < 6_000; tries++) await sleep(10);
      const sleeping = childOf(child.pid ?? 0);
      assert.ok(sleeping !== undefined && sleeping.pid !== child.pid);
      kill(sleeping);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
