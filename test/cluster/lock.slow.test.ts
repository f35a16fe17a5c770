import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { alone } from './lock.ts';
import { processOf } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const quiet = () => {};

describe('who works alone', () => {
  it('is waited for, which is said once', async () => {
    const place = join(folder, 'waited');
    const order: string[] = [];
    const said: string[] = [];
    const first = alone(place, 'tests', quiet, async () => {
      while (said.length === 0) await sleep(20);
      order.push('first');
    });
    await alone(
      place,
      'waits',
      (line) => said.push(line),
      async () => order.push('second'),
    );
    await first;
    assert.deepEqual(order, ['first', 'second']);
    assert.deepEqual(said, [`process ${process.pid} tests; waiting for it`]);
  });

  it('leaves the way free after an error', async () => {
    const place = join(folder, 'error');
    await assert.rejects(
      alone(place, 'tests', quiet, async () => {
        throw new Error('no');
      }),
      /no/,
    );
    assert.equal(await alone(place, 'tests', quiet, async () => 'yes'), 'yes');
  });

  it('is not waited for when it is gone, also when another process has its number now', async () => {
    const place = join(folder, 'gone');
    mkdirSync(place);
    const other = { ...processOf(process.pid), started: '1' };
    writeFileSync(join(place, 'lock'), JSON.stringify(other));
    assert.equal(await alone(place, 'tests', quiet, async () => 'mine'), 'mine');
  });
});
