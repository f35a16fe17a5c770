import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AGENTS, sdk } from '../core/agents/agents.ts';
import { claudeCode } from '../core/agents/claude-code.ts';
import { builtInManifests } from '../core/policy/built-in.ts';
import { buildSnapshot } from '../core/policy/snapshot.ts';
import { governedEnvironment } from './environment.ts';

const builtIn = builtInManifests();
const snapshot = buildSnapshot({
  manifests: builtIn,
  builtIn,
  workload: { namespace: 'local', name: 'x', labels: {} },
});
assert.ok(!('error' in snapshot));
const { providers, budgets } = snapshot;
const sidecar = { url: 'http://127.0.0.1:4141', key: 'dummy', providers, budgets };

const FOR_EVERY_PROGRAM = {
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:4141',
  ANTHROPIC_API_URL: 'http://127.0.0.1:4141',
  ANTHROPIC_API_BASE: 'http://127.0.0.1:4141',
  OPENAI_BASE_URL: 'http://127.0.0.1:4141/v1',
  OPENAI_API_BASE: 'http://127.0.0.1:4141/v1',
  OPENAI_API_KEY: 'dummy',
  OPENAI_AGENTS_DISABLE_TRACING: '1',
};

describe('the environment of a governed command', () => {
  it('has the sidecar and the dummy key in the place of the provider, and no provider key', () => {
    const own = {
      HOME: '/h',
      ANTHROPIC_API_KEY: 'real',
      ANTHROPIC_AUTH_TOKEN: 'real',
      ANTHROPIC_BASE_URL: 'https://elsewhere',
      ANTHROPIC_API_URL: 'https://elsewhere',
      CLAUDE_CODE_OAUTH_TOKEN: 't',
      OPENAI_API_KEY: 'real',
      OPENAI_ADMIN_KEY: 'real',
      OPENAI_API_BASE: 'https://elsewhere',
      CODEX_API_KEY: 'real',
      CODEX_ACCESS_TOKEN: 'real',
    };
    const env = governedEnvironment(own, { ...sidecar, agent: sdk });
    assert.deepEqual(env, { HOME: '/h', ...FOR_EVERY_PROGRAM, ANTHROPIC_API_KEY: 'dummy' });
  });

  it('has a key and base URL for each wire in each variable that an SDK reads, whatever the agent', () => {
    for (const agent of [...AGENTS, sdk]) {
      const env = governedEnvironment({}, { ...sidecar, agent });
      for (const [name, value] of Object.entries(FOR_EVERY_PROGRAM)) assert.equal(env[name], value, agent.id);
      assert.equal(env[agent.keyVariable], 'dummy', agent.id);
    }
  });

  it('has no secret that warnings are signed with', () => {
    const webhook = { url: 'https://hooks.example.com', secretEnv: 'HOOK', privateAddresses: false };
    const own = { HOOK: 'a', TOLLGATE_WEBHOOK_SECRET: 'b', OTHER: 'c' };
    const env = governedEnvironment(own, { ...sidecar, budgets: [{ webhook }, {}], agent: sdk });
    assert.deepEqual([env.HOOK, env.TOLLGATE_WEBHOOK_SECRET, env.OTHER], [undefined, undefined, 'c']);
  });

  it('gives Claude Code a token, so that it neither asks about a key nor uses a login of its own', () => {
    const env = governedEnvironment({ ANTHROPIC_API_KEY: 'real' }, { ...sidecar, agent: claudeCode });
    assert.equal(env.ANTHROPIC_AUTH_TOKEN, 'dummy');
    assert.equal(env.ANTHROPIC_API_KEY, undefined);
    assert.equal(env.CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK, '1');
  });

  it('leaves everything else alone, PATH included', () => {
    const own = { PATH: '/a:/b/node_modules/.bin', LANG: 'C', npm_config_cache: '/c' };
    const env = governedEnvironment(own, { ...sidecar, agent: sdk });
    assert.equal(env.PATH, own.PATH);
    assert.equal(env.LANG, 'C');
  });

  it('takes away what npm added, where Tollgate was started through npm', () => {
    const own = {
      PATH: '/p/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/npm/x/node-gyp-bin:/usr/bin:/home/node_modules/.bin/x',
      npm_lifecycle_event: 'demo',
      npm_config_user_agent: 'npm',
      INIT_CWD: '/p',
      OWN: 'kept',
    };
    const env = governedEnvironment(own, { ...sidecar, agent: sdk });
    const without = governedEnvironment({}, { ...sidecar, agent: sdk });
    assert.deepEqual(env, { ...without, PATH: '/usr/bin:/home/node_modules/.bin/x', OWN: 'kept' });
  });

  it('keeps the sidecar out of a proxy, and adds nothing where there is none', () => {
    const env = governedEnvironment(
      { HTTPS_PROXY: 'http://p', NO_PROXY: 'corp' },
      { ...sidecar, agent: sdk },
    );
    assert.equal(env.NO_PROXY, 'corp,127.0.0.1,localhost');
    assert.equal(env.no_proxy, '127.0.0.1,localhost');
    assert.equal(governedEnvironment({}, { ...sidecar, agent: sdk }).NO_PROXY, undefined);
  });
});
