import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInManifests } from '../core/policy/built-in.ts';
import { buildSnapshot } from '../core/policy/snapshot.ts';
import { proxyProblem } from './proxies.ts';

const workload = { namespace: 'local', name: 'x', labels: {} };
const snapshot = buildSnapshot({ manifests: [], builtIn: builtInManifests(), workload });
assert.ok(!('error' in snapshot));
const { providers } = snapshot;
const PROXY = 'http://me:s3cret@proxy.corp:3128';
const local = providers.map((provider) => ({ ...provider, origin: 'http://llm.corp:8000' }));

describe('a proxy of the environment', () => {
  it('is not what Tollgate goes by, which is said with what to do and without the password in it', () => {
    for (const variable of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
      const said = proxyProblem(providers, { [variable]: PROXY }) ?? '';
      assert.match(
        said,
        new RegExp(`^${variable} is set.*Provider anthropic is called directly.*spec\\.proxy`),
      );
      assert.ok(!said.includes('s3cret'));
    }
    assert.match(proxyProblem(local, { HTTP_PROXY: PROXY }) ?? '', /^HTTP_PROXY/);
  });

  it('is no problem where it is not for these hosts, or their Provider names one', () => {
    for (const env of [
      {},
      { HTTPS_PROXY: ' ' },
      { HTTP_PROXY: PROXY },
      { HTTPS_PROXY: PROXY, NO_PROXY: '*' },
      { HTTPS_PROXY: PROXY, NO_PROXY: 'api.openai.com, .anthropic.com' },
      { HTTPS_PROXY: PROXY, no_proxy: '*.openai.com api.ANTHROPIC.com' },
    ])
      assert.equal(proxyProblem(providers, env), undefined, JSON.stringify(env));
    assert.equal(proxyProblem(local, { HTTPS_PROXY: PROXY }), undefined);
    const named = providers.map((provider) => ({ ...provider, proxy: 'http://proxy.corp:3128' }));
    assert.equal(proxyProblem(named, { HTTPS_PROXY: PROXY }), undefined);
  });

  it('is a problem where only others are excepted, or only some of them', () => {
    const said = (NO_PROXY: string) => proxyProblem(providers, { HTTPS_PROXY: PROXY, NO_PROXY }) ?? '';
    for (const others of ['corp', 'thropic.com', 'api.anthropic.com.evil'])
      assert.match(said(others), /Provider anthropic/, others);
    assert.match(said('api.anthropic.com'), /Provider openai/);
  });
});
