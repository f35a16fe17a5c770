import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { RENEWED, SELF_SIGNED } from '../../test/support/tls.ts';
import { type Serving, ServingCertificate } from './serving.ts';

describe("the webhook's certificate", () => {
  it('is what stands in its Secret, as soon as it does; what is broken or gone leaves the one before', async (t) => {
    const api = await FakeApi.start();
    const access = openAccess(api.url);
    const log = await createLog('silent');
    const errors: unknown[] = [];
    log.error = (line: unknown) => void errors.push(line);
    const serving = new ServingCertificate({
      client: new KubeClient(access, 'test'),
      namespace: 'ns',
      name: 'tls',
      log,
    });
    t.after(async () => {
      await serving.stop();
      await access.close();
      await api.close();
    });
    const put = (pair: Partial<Serving>, name = 'tls') => {
      const data = Object.entries(pair).map(([key, text]) => [
        key === 'cert' ? 'tls.crt' : 'tls.key',
        btoa(text),
      ]);
      api.store.put('/secrets', { metadata: { name, namespace: 'ns' }, data: Object.fromEntries(data) });
    };
    const told: string[] = [];
    serving.on(({ cert }) => told.push(cert));
    put({});
    put(RENEWED, 'another');
    serving.start();
    const becomes = (count: number) =>
      eventually(
        () => told.length + errors.length === count,
        3000,
        () => `${told.length} ${errors.length}`,
      );
    put(SELF_SIGNED);
    await becomes(1);
    assert.deepEqual(serving.current, { cert: SELF_SIGNED.cert, key: SELF_SIGNED.key });
    put({ cert: RENEWED.cert, key: SELF_SIGNED.key });
    await becomes(2);
    put({ cert: RENEWED.cert });
    await becomes(3);
    put({});
    api.store.delete('/secrets', 'tls', 'ns');
    put(SELF_SIGNED);
    assert.equal(serving.current?.cert, SELF_SIGNED.cert);
    put(RENEWED);
    await becomes(4);
    assert.deepEqual(told, [SELF_SIGNED.cert, RENEWED.cert]);
    assert.equal(errors.length, 2);
    assert.doesNotMatch(JSON.stringify(errors), /BEGIN|PRIVATE/);
    const late: string[] = [];
    serving.on(({ cert }) => late.push(cert));
    assert.deepEqual(late, [RENEWED.cert]);
  });
});
