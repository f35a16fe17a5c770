import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { countCpu, descendants, familyOf, familyResidentMb, parentIn, settled } from './family.ts';
import { cpuSeconds, residentMb } from './process.ts';

/** Uses a core for 0.2 s, however many others want it. */
const BUSY = 'while (process.cpuUsage().user < 200_000);';

describe('a family of processes', () => {
  it('is found by parents, however deep and in whatever order', () => {
    const parents = new Map([
      [9, 7],
      [2, 1],
      [7, 2],
      [8, 2],
      [3, 1],
    ]);
    assert.deepEqual(
      descendants(2, parents).toSorted((a, b) => a - b),
      [2, 7, 8, 9],
    );
    assert.deepEqual(descendants(5, parents), [5]);
  });

  it('is read past names with blanks and parentheses', () => {
    assert.equal(parentIn('4711 (a) (b c) S 42 4711 4711 0 -1 4194304'), 42);
  });

  it('is waited for until it does nothing', async () => {
    const child = spawn(process.execPath, ['-e', `${BUSY} setTimeout(() => {}, 20_000)`], {
      stdio: 'ignore',
    });
    const pid = child.pid ?? 0;
    try {
      await settled(pid, 15_000);
      assert.ok(cpuSeconds(pid) > 0.2, 'it was busy before');
      const used = countCpu(pid);
      await settled(pid, 15_000);
      assert.ok(used() < 0.02);
    } finally {
      child.kill();
    }
  });

  it('uses CPU time and memory together', async () => {
    const child = `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${BUSY} console.log(1); setTimeout(() => {}, 20_000)`)}]); c.stdout.on('data', () => console.log(c.pid)); setTimeout(() => {}, 20_000)`;
    const parent = spawn(process.execPath, ['-e', child], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = parent.pid ?? 0;
    const used = countCpu(pid);
    const [line] = await once(parent.stdout, 'data');
    const grandchild = Number(String(line));
    try {
      assert.deepEqual(familyOf(pid), [pid, grandchild]);
      assert.ok(used() > 0.2, 'what the child used counts too');
      const [both, one] = [familyResidentMb(pid), residentMb(pid)];
      assert.ok(both > one + 20, `${both} MB, ${one} of them the parent's`);
    } finally {
      process.kill(grandchild);
      parent.kill();
    }
  });
});
