import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statePaths } from '../adapters/sqlite/state.ts';
import { verifyDatabase } from '../adapters/sqlite/verify.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

describe('records that are older than they are to be kept', () => {
  it('are removed when a sidecar starts; it works on, and the log still verifies', async (t) => {
    const before = await startTestSidecar(t);
    await (await before.ask('/say old')).text();
    await before.stop();
    const old = before.records().leases[0]?.id;
    assert.ok(old);
    const after = await startTestSidecar(t, { state: before.state, config: { keepMs: 1 } });
    await after.recorded(({ leases }) => leases.every(({ id }) => id !== old));
    assert.equal((await after.ask('/say new')).status, 200);
    await after.stop();
    assert.ok(after.logs().some(({ msg }) => msg === 'removed what was too old'));
    const { findings } = verifyDatabase(statePaths(after.state));
    assert.deepEqual([...new Set(findings.map(({ kind }) => kind))], ['pruned']);
  });

  it('stay where nothing was said of it', async (t) => {
    const before = await startTestSidecar(t);
    await (await before.ask('/say old')).text();
    await before.stop();
    const after = await startTestSidecar(t, { state: before.state });
    assert.equal((await after.assertWell()).leases.length, 2);
  });
});
