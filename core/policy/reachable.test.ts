import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyGlob, compileGlob } from './glob.ts';
import type { ProviderSpec } from './provider.ts';
import { reachableProviders } from './reachable.ts';

const PROVIDERS = ['anthropic', 'groq', 'openai'].map((name) => ({ name }) as ProviderSpec);

interface Asked {
  readonly allow?: readonly string[];
  readonly routes?: readonly (readonly [model: string, provider: string])[];
  readonly enforce?: boolean;
}

function profile({ allow, routes = [], enforce = true }: Asked) {
  return {
    enforce,
    routes: routes.map(([pattern, provider]) => ({ pattern, matches: compileGlob(pattern), provider })),
    ...(allow === undefined ? {} : { models: { patterns: allow, matches: anyGlob(allow) } }),
  };
}

const reached = (...profiles: readonly Asked[]) =>
  reachableProviders(profiles.map(profile), PROVIDERS).map(({ name }) => name);
const ALL = ['anthropic', 'groq', 'openai'];

describe('the Providers that a workload can reach', () => {
  it('are all where a model without a route may be asked for: its path names one', () => {
    assert.deepEqual(reached({}), ALL);
    assert.deepEqual(reached({ allow: ['claude-*'] }), ALL);
    assert.deepEqual(reached({ routes: [['claude-*', 'anthropic']] }), ALL);
    assert.deepEqual(reached({ allow: ['claude-*', 'gpt-5'], routes: [['claude-*', 'anthropic']] }), ALL);
    assert.deepEqual(reached({ allow: ['claude-*'], routes: [['claude-opus-*', 'anthropic']] }), ALL);
  });

  it('are those of the routes where each model that is allowed has one', () => {
    assert.deepEqual(reached({ routes: [['*', 'groq']] }), ['groq']);
    assert.deepEqual(reached({ allow: ['claude-opus-*'], routes: [['claude-*', 'anthropic']] }), [
      'anthropic',
    ]);
    const both = [['gpt-*', 'openai'] as const, ['*-oss-*', 'groq'] as const];
    assert.deepEqual(reached({ allow: ['gpt-5*', 'x-oss-1'], routes: both }), ['groq', 'openai']);
    assert.deepEqual(reached({ allow: [], routes: both }), []);
  });

  it('are not those of routes that no model takes: it is not allowed, or a route before it has it', () => {
    const routes = [['claude-*', 'anthropic'] as const, ['gpt-*', 'openai'] as const];
    assert.deepEqual(reached({ allow: ['claude-*'], routes }), ['anthropic']);
    assert.deepEqual(
      reached({
        routes: [
          ['*', 'groq'],
          ['gpt-*', 'openai'],
        ],
      }),
      ['groq'],
    );
    assert.deepEqual(
      reached({
        routes: [
          ['gpt-*', 'openai'],
          ['*', 'groq'],
        ],
      }),
      ['groq', 'openai'],
    );
  });

  it('go by routes of all profiles, and by the lists of those that are enforced', () => {
    const cluster = { allow: ['claude-*'], routes: [['claude-*', 'anthropic'] as const] };
    assert.deepEqual(reached({}, cluster), ['anthropic']);
    assert.deepEqual(reached({}, { ...cluster, enforce: false }), ALL);
    assert.deepEqual(reached({ routes: [['*', 'groq']] }, cluster), ['groq']);
    assert.deepEqual(reached({ routes: [['claude-3', 'groq']] }, cluster), ['anthropic', 'groq']);
  });

  it('do not miss one for patterns that meet in the middle', () => {
    for (const [a, b, meet] of [
      ['a*c', '*b*', true],
      ['a*', '*a', true],
      ['a*b', 'ab', true],
      ['ab*', 'a', false],
      ['*x', '*y', false],
      ['a**b', 'a*b', true],
      ['', '*', true],
      ['abc', 'abd', false],
    ] as const) {
      const found = reached({
        allow: [a, 'covered'],
        routes: [
          [b, 'groq'],
          ['*', 'openai'],
        ],
      });
      assert.equal(found.includes('groq'), meet, `${a} ${b}`);
    }
  });
});
