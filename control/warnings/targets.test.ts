import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import type { Budget } from '../../core/policy/budget.ts';
import { atEnd } from '../../test/support/output.ts';
import { WEBHOOK_SECRET } from '../../test/support/webhook-receiver.ts';
import { WebhookSecrets } from './secrets.ts';
import { targetOf } from './targets.ts';

const SYSTEM = 'tollgate-system';

async function secretsOf(t: TestContext, labels: object, text = WEBHOOK_SECRET): Promise<WebhookSecrets> {
  const api = await FakeApi.start();
  atEnd(t, () => api.close());
  const data = { key: Buffer.from(text).toString('base64') };
  api.store.put('/secrets', { metadata: { name: 'signing', namespace: SYSTEM, labels }, data });
  api.store.put('/secrets', { metadata: { name: 'signing', namespace: 'team-a', labels }, data });
  const access = openAccess(api.url);
  atEnd(t, () => access.close());
  const secrets = new WebhookSecrets({
    client: new KubeClient(access, 'test'),
    namespace: SYSTEM,
    hooks: {},
  });
  atEnd(t, () => secrets.stop());
  secrets.watch(['signing']);
  await secrets.synced(10_000);
  return secrets;
}

const budget = (more: object = {}, namespace = 'team-a'): Budget => ({
  name: `${namespace}/team`,
  enforce: true,
  limits: [],
  rates: [],
  minOutputTokens: 1,
  onDisconnect: 'drain',
  webhook: {
    url: 'https://hooks.example.com/x',
    secretEnv: 'SECRET',
    secretRef: { name: 'signing', key: 'key' },
    privateAddresses: false,
    ...more,
  },
});
const OURS = { 'tollgate.dev/webhook': 'team-a' };

describe('the webhook of a BudgetPolicy in a cluster', () => {
  it('is signed with the Secret in Tollgate’s namespace that is for the policy’s namespace', async (t) => {
    const secrets = await secretsOf(t, OURS);
    const target = targetOf(budget(), secrets);
    assert.ok(typeof target === 'object');
    assert.deepEqual([target.policy, target.url.host], ['team-a/team', 'hooks.example.com']);
    assert.equal(`whsec_${target.secret.toString('base64')}`, WEBHOOK_SECRET);
  });

  it('is not told with a Secret of others, a provider’s key, or one that is not there', async (t) => {
    const labelled = [
      { 'tollgate.dev/webhook': 'team-b' },
      { 'tollgate.dev/webhook': '' },
      { 'tollgate.dev/credential': 'true' },
    ];
    for (const labels of labelled) {
      const said = targetOf(budget(), await secretsOf(t, labels));
      assert.match(String(said), /Secret tollgate-system\/signing is not there, or .* label .*=team-a/);
    }
    const secrets = await secretsOf(t, OURS);
    const other = budget({ secretRef: { name: 'signing', key: 'other' } });
    assert.match(String(targetOf(other, secrets)), /the key other of Secret/);
    assert.match(String(targetOf(budget({}, 'team-b'), secrets)), /team-b\/team: .*=team-b/);
  });

  it('is not told without a secretRef, nor with a secret that is none, which is never shown', async (t) => {
    const secrets = await secretsOf(t, OURS, 'hunter2-hunter2');
    const { secretRef: _, ...webhook } = budget().webhook ?? ({} as never);
    assert.match(String(targetOf({ ...budget(), webhook }, secrets)), /it has no secretRef/);
    const said = String(targetOf(budget(), secrets));
    assert.match(said, /holds no signing secret/);
    assert.doesNotMatch(said, /hunter2/);
  });

  it('reaches private addresses for policies of the whole cluster alone', async (t) => {
    const inside = { url: 'http://10.0.0.7:8080/', privateAddresses: true };
    const ours = targetOf(budget(inside), await secretsOf(t, OURS));
    assert.match(String(ours), /privateAddresses is for policies in tollgate-system alone/);
    const secrets = await secretsOf(t, { 'tollgate.dev/webhook': SYSTEM });
    assert.equal(typeof targetOf(budget(inside, SYSTEM), secrets), 'object');
    const literal = targetOf(budget({ url: 'https://10.0.0.7/' }), await secretsOf(t, OURS));
    assert.match(String(literal), /10\.0\.0\.7 is not a public address/);
  });
});
