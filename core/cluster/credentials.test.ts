import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedSecrets } from './credentials.ts';

const provider = (name: string, secret?: unknown) => ({
  kind: 'Provider',
  metadata: { name },
  spec: {
    auth: { type: 'key', ...(secret === undefined ? {} : { secretRef: { name: secret, key: 'key' } }) },
  },
});

describe('the Secrets of credentials', () => {
  it('are those that Providers name, each once', () => {
    const objects = [
      provider('b', 'two'),
      provider('a', 'one'),
      provider('c', 'two'),
      provider('none'),
      provider('empty', ''),
      provider('odd', 7),
      { kind: 'Provider', metadata: { name: 'bare' } },
      { ...provider('other', 'three'), kind: 'ToolProfile' },
    ];
    assert.deepEqual(namedSecrets(objects), { credentials: ['one', 'two'], webhooks: [], refused: [] });
    assert.deepEqual(namedSecrets([]), { credentials: [], webhooks: [], refused: [] });
  });

  it('are those that BudgetPolicies sign their warnings with', () => {
    const budget = (name: string, secret?: string) => ({
      kind: 'BudgetPolicy',
      metadata: { name, namespace: 'team-a' },
      spec: {
        warnings: { webhook: secret === undefined ? {} : { secretRef: { name: secret, key: 'key' } } },
      },
    });
    const objects = [budget('a', 'signing'), budget('b'), provider('a', 'one'), budget('c', 'tollgate-ca')];
    assert.deepEqual(namedSecrets(objects), {
      credentials: ['one'],
      webhooks: ['signing'],
      refused: ['BudgetPolicy team-a/c: tollgate-ca'],
    });
  });

  it("are never Tollgate's own certificates, whoever names them", () => {
    const own = [
      'sh.helm.release.v1.tollgate.v1',
      'tollgate-ca',
      'tollgate-control-tls',
      'tollgate-gateway-tls',
      'tollgate-operator-tls',
    ];
    const said = namedSecrets([...own.map((name, n) => provider(`p${n}`, name)), provider('a', 'one')]);
    assert.deepEqual(said.credentials, ['one']);
    assert.deepEqual(
      said.refused,
      own.map((name, n) => `Provider p${n}: ${name}`),
    );
  });
});
