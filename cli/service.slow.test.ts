import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

describe('a program that could not start', () => {
  it('ends, whatever it has opened, so that it is started again', { timeout: 300_000 }, () => {
    const script = `
      import { notStarted } from ${JSON.stringify(join(import.meta.dirname, 'service.ts'))};
      import { LedgerUnavailable } from ${JSON.stringify(join(import.meta.dirname, '../core/ports.ts'))};
      setInterval(() => {}, 1e6);
      try { notStarted(new LedgerUnavailable('Redis is away')); }
      catch (error) { console.log(error.name + ': ' + error.message); }`;
    const args = ['--input-type=module', '-e', script];
    const { status, signal, stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: 50_000,
    });
    assert.deepEqual([status, signal], [1, null]);
    assert.match(stdout, /^UsageError: Redis is away/);
  });
});
