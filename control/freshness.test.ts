/** What control does when the API server is not heard: nothing that a kill may have stopped is let through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LedgerUnavailable } from '../core/ports.ts';
import { type ApiParts, sidecarApi } from './api.ts';
import { readControlConfig } from './config.ts';
import { Freshness } from './freshness.ts';
import { OF } from './testing-entries.ts';

function freshness(heard: { at: number | undefined; now: number }) {
  const told: string[] = [];
  const tell = (_of: object | string, message = String(_of)) => void told.push(message);
  const log = { error: tell, info: tell } as never;
  const of = new Freshness({ heardAt: () => heard.at, staleMs: 600_000, log, clock: () => heard.now });
  return { of, told };
}

describe('what control knows of the cluster', () => {
  it('is gone by for ten minutes without news, then no longer, and again with the next', () => {
    const heard: { at: number | undefined; now: number } = { at: 1_000, now: 61_000 };
    const { of, told } = freshness(heard);
    assert.equal(of.problem(), undefined, 'an API server that is away for a minute');
    heard.now = 601_000;
    assert.equal(of.problem(), undefined);
    heard.now++;
    assert.match(of.problem() ?? '', /^the API server was not heard for 600 seconds/);
    assert.match(of.problem() ?? '', /kill switch/);
    heard.at = heard.now;
    assert.equal(of.problem(), undefined);
    assert.equal(told.length, 2, 'each change is told once');
  });

  it('is nothing before all was read', () => {
    assert.ok(freshness({ at: undefined, now: 0 }).of.problem());
  });

  it('refuses reservations while it is too old, as a ledger does that may answer later', async () => {
    const asked: string[] = [];
    const parts = {
      stale: () => 'the API server was not heard',
      cluster: { killed: () => void asked.push('killed') },
      policies: { of: () => void asked.push('policies') },
      ledger: { reserve: () => void asked.push('ledger'), extend: async () => void asked.push('extended') },
    };
    const api = sidecarApi(parts as unknown as ApiParts);
    const refused = api.reserve(OF, {} as never);
    await assert.rejects(
      refused,
      (error) => error instanceof LedgerUnavailable && /heard/.test(error.message),
    );
    assert.deepEqual(asked, []);
    await api.extend(OF, { leases: [] });
    assert.deepEqual(asked, ['extended'], 'calls that run go on');
  });

  it('has a bound that a quiet API server never comes near', () => {
    const config = {
      listen: { port: 1, metrics: 2 },
      tls: { cert: 'c', key: 'k' },
      tokens: { issuer: 'https://i', jwks: { url: 'https://j', ca: 'c', tokenFile: 't' } },
      redis: { urlFile: 'r' },
      mongodb: { urlFile: 'm' },
      namespace: 'tollgate-system',
    };
    const read = (more: object) => readControlConfig(JSON.stringify({ ...config, ...more }));
    assert.equal(read({}).staleMs, 600_000);
    assert.throws(() => read({ staleMs: 60_000 }), /staleMs/);
  });
});
