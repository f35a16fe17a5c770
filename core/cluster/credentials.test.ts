import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { credentialSecrets } from './credentials.ts';

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
    assert.deepEqual(credentialSecrets(objects), { names: ['one', 'two'], refused: [] });
    assert.deepEqual(credentialSecrets([]), { names: [], refused: [] });
  });

  it("are never Tollgate's own certificates, whoever names them", () => {
    const own = ['tollgate-ca', 'tollgate-control-tls', 'tollgate-gateway-tls', 'tollgate-operator-tls'];
    const said = credentialSecrets([...own.map((name, n) => provider(`p${n}`, name)), provider('a', 'one')]);
    assert.deepEqual(said.names, ['one']);
    assert.deepEqual(
      said.refused,
      own.map((name, n) => `p${n}: ${name}`),
    );
  });
});
