import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Key } from '../adapters/sqlite/keys.ts';
import type { FoundKey } from '../adapters/sqlite/keys-lookup.ts';
import { claudeCode } from '../core/agents/claude-code.ts';
import { KeyCallers } from './callers-keys.ts';
import { budgetFigures } from './figures.ts';

const KEY: Key = {
  id: 'abcdefgh',
  name: 'ci',
  namespace: 'payments',
  labels: { team: 'a' },
  agent: 'claude-code',
  profile: 'strict',
  maxConcurrent: 2,
  maxRequestBytes: 1_000,
  createdAt: 1,
  issuedAt: 1,
  expiresAt: null,
  revokedAt: null,
  oldUntil: null,
  usedAt: null,
};

const callers = (find: () => FoundKey) => new KeyCallers({ find, active: () => [{ ...KEY }] }, () => 1);
const request = { headers: { 'x-api-key': 'tg_' } };

describe('a caller with a key', () => {
  it('is what its key says, and the same object each time: the ledger’s checks are kept by it', () => {
    const all = callers(() => ({ key: { ...KEY } }));
    const identity = all.of(request);
    assert.deepEqual(identity, {
      payer: {
        workload: { namespace: 'payments', name: 'ci', labels: { team: 'a' } },
        session: 'abcdefgh',
      },
      agent: claudeCode,
      profile: 'strict',
      limits: { concurrent: 2, requestBytes: 1_000 },
    });
    assert.equal(all.of(request), identity);
    assert.equal(all.known(1)[0], identity);
  });

  it('of a kind that this release does not know is told by its user agent', () => {
    const identity = callers(() => ({ key: { ...KEY, agent: 'from-the-future' } })).of(request);
    assert.ok(!('code' in identity) && identity.agent === undefined);
  });

  it('is nobody where the keys can’t be read', () => {
    const refused = callers(() => {
      throw new Error('disk I/O error');
    }).of(request);
    assert.ok('code' in refused && refused.code === 'not_ready', 'it fails closed');
    assert.match(refused.params.detail ?? '', /the keys can't be read \(disk I\/O error\)/);
  });
});

describe('metrics', () => {
  it('tell the budgets of no more callers than a hundred', () => {
    const asked: number[] = [];
    const known = (most: number) => {
      asked.push(most);
      return [];
    };
    const never = () => assert.fail();
    budgetFigures({ known, of: never }, { of: never }, { counter: never });
    assert.deepEqual(asked, [100]);
  });
});
