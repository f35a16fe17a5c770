import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILT_IN_TEXT, builtInManifests } from './built-in.ts';
import { CLUSTER_CHOICE } from './choose-profiles.ts';
import { SYSTEM_NAMESPACE } from './snapshot.ts';
import { budget, problemsOf, profile, provider, snapshotOf, trySnapshot, WORKLOAD } from './testing.ts';
import { runner } from './testing-runner.ts';

const limit = { name: 'day', window: 'day', usd: 1 };
const budgetsOf = (...texts: string[]) => snapshotOf(texts).budgets.map(({ name }) => name);
const profilesOf = (texts: string[], name?: string) =>
  snapshotOf(texts, name === undefined ? {} : { profile: name }).profiles.map((one) => one.name);

describe('budgets of a workload', () => {
  it('are all those of its namespace and of the whole cluster that select it', () => {
    assert.deepEqual(
      budgetsOf(
        budget(undefined, { name: 'silent' }),
        budget(undefined, { name: 'own', namespace: 'local' }),
        budget(undefined, { name: 'all', namespace: SYSTEM_NAMESPACE }),
        budget(undefined, { name: 'other', namespace: 'production' }),
      ),
      ['local/silent', 'local/own', `${SYSTEM_NAMESPACE}/all`],
    );
  });

  it('are selected by name and by labels, both of which must match', () => {
    const selected = (selector: object): boolean =>
      budgetsOf(budget({ limits: [limit], selector })).length === 1;
    for (const selector of [
      {},
      { workloads: ['cl*'] },
      { workloads: ['x', 'claude'] },
      { labels: { team: 'red' } },
      { labels: {} },
      { workloads: ['*'], labels: { team: 'red' } },
    ]) {
      assert.ok(selected(selector), JSON.stringify(selector));
    }
    for (const selector of [
      { workloads: [] },
      { workloads: ['claud'] },
      { labels: { team: 'blue' } },
      { labels: { team: 'red', tier: 'x' } },
      { workloads: ['x'], labels: { team: 'red' } },
      { labels: { constructor: '' } },
    ]) {
      assert.ok(!selected(selector), JSON.stringify(selector));
    }
  });

  it('are the built-in one where there is none, but not where there are some for others', () => {
    const names = (...texts: string[]) =>
      snapshotOf(texts, { builtIn: builtInManifests() }).budgets.map(({ name }) => name);
    assert.deepEqual(names(), ['local/built-in']);
    assert.deepEqual(names(profile(), provider()), ['local/built-in']);
    assert.deepEqual(names(budget(undefined, { namespace: 'production' })), ['local/built-in']);
    assert.deepEqual(names(budget()), ['local/x']);
    assert.deepEqual(names(budget({ limits: [limit], selector: { workloads: ['x'] } })), []);
  });

  it('have no twin: one that names the namespace and one that names none would share counters', () => {
    const twins = [budget(), budget(undefined, { namespace: 'local' })];
    assert.deepEqual(problemsOf(...twins), []);
    assert.deepEqual(trySnapshot(twins), { error: 'BudgetPolicy local/x is there twice, at f0:1 and f1:1' });
  });
});

describe('profiles of a workload', () => {
  const named = (name: string, namespace?: string) =>
    profile({}, { name, ...(namespace === undefined ? {} : { namespace }) });

  it('are the named one, else the one called default, else the only one', () => {
    assert.deepEqual(profilesOf([named('a')]), ['a']);
    assert.deepEqual(profilesOf([named('a'), named('default')]), ['default']);
    assert.deepEqual(profilesOf([named('a'), named('default')], 'a'), ['a']);
    assert.deepEqual(trySnapshot([named('a'), named('b')]), {
      error: 'which ToolProfile? There are a, b: name one with --profile, or call one of them default',
    });
    assert.deepEqual(trySnapshot([named('a')], { profile: 'z' }), {
      error: 'there is no ToolProfile z (there are a)',
    });
    assert.deepEqual(trySnapshot([], { profile: 'z' }), { error: 'there is no ToolProfile z' });
    assert.deepEqual(trySnapshot([named('a', 'other')], { profile: 'a' }), {
      error: 'there is no ToolProfile a',
    });
  });

  it('are the one called default in a cluster, where none goes without saying because it is the only one', () => {
    const builtIn = builtInManifests();
    const inCluster = (texts: string[], more: object = {}) =>
      snapshotOf(texts, { builtIn, ...CLUSTER_CHOICE, ...more }).profiles.map(({ name }) => name);
    const shipped = inCluster([]);
    assert.deepEqual(inCluster([named('wide')]), shipped, 'nobody has a right to it by saying nothing');
    assert.deepEqual(inCluster([named('wide'), named('b')]), shipped);
    assert.deepEqual(inCluster([named('wide'), named('default')]), ['default']);
    assert.deepEqual(inCluster([named('wide')], { profile: 'wide' }), ['wide']);
    assert.deepEqual(inCluster([named('wide'), named('house-rules', SYSTEM_NAMESPACE)]), ['house-rules']);
  });

  it('are beside it those of the whole cluster, which no name takes away', () => {
    const everywhere = named('house-rules', SYSTEM_NAMESPACE);
    assert.deepEqual(profilesOf([named('a'), everywhere]), ['a', 'house-rules']);
    assert.deepEqual(profilesOf([everywhere, named('b'), named('a')], 'b'), ['b', 'house-rules']);
    assert.deepEqual(profilesOf([everywhere]), ['house-rules']);
    const other = named('other-rules', SYSTEM_NAMESPACE);
    assert.deepEqual(profilesOf([other, everywhere, named('a')], 'house-rules'), [
      'house-rules',
      'other-rules',
    ]);
    assert.deepEqual(profilesOf([everywhere, named('house-rules')], 'house-rules'), [
      'house-rules',
      'house-rules',
    ]);
    assert.deepEqual(trySnapshot([everywhere], { profile: 'z' }), { error: 'there is no ToolProfile z' });
  });

  it('are the built-in one where there is none, which refuses nothing', () => {
    assert.deepEqual(profilesOf([]), ['built-in']);
    assert.equal(snapshotOf([]).profiles[0]?.enforce, false);
  });

  it('route only to providers that there are', () => {
    const routes = [{ model: 'claude-*', provider: 'elsewhere' }];
    assert.deepEqual(trySnapshot([profile({ models: { routes } })]), {
      error: 'ToolProfile x routes claude-* to an unknown Provider elsewhere',
    });
    assert.equal(
      snapshotOf([profile({ models: { routes } }), provider({}, { name: 'elsewhere' })]).profiles.length,
      1,
    );
    assert.equal(
      snapshotOf([profile({ models: { routes: [{ model: '*', provider: 'anthropic' }] } })]).profiles.length,
      1,
    );
  });
});

describe('providers', () => {
  it('are those of the manifests, in any namespace, and the built-in ones only for wires that none speaks', () => {
    const wired = (...texts: string[]) =>
      snapshotOf(texts).providers.map(({ name, wires }) => `${name}: ${wires.join(' ')}`);
    assert.deepEqual(wired(), [
      'anthropic: anthropic-messages',
      'openai: openai-chat openai-responses openai-embeddings',
    ]);
    assert.deepEqual(wired(provider({ wires: ['openai-chat', 'openai-embeddings'] }, { name: 'own' })), [
      'own: openai-chat openai-embeddings',
      'anthropic: anthropic-messages',
      'openai: openai-responses',
    ]);
    const names = (...texts: string[]) =>
      snapshotOf(texts).providers.flatMap(({ name, wires }) =>
        wires.includes('anthropic-messages') ? [name] : [],
      );
    assert.deepEqual(names(provider({}, { name: 'own' })), ['own']);
    assert.deepEqual(names(provider({}, { name: 'a', namespace: 'other' }), provider({}, { name: 'b' })), [
      'a',
      'b',
    ]);
  });

  it('are reached at their URL, with its version or version 1, and priced by a list of their own name', () => {
    const [one] = snapshotOf([
      provider({ url: 'https://GW.example:8443/anthropic//' }, { name: 'gw' }),
    ]).providers;
    assert.deepEqual(
      [one?.origin, one?.basePath, one?.priceList],
      ['https://gw.example:8443', '/anthropic/v1', 'gw'],
    );
    for (const [url, path] of [
      ['https://api.example', '/v1'],
      ['https://api.example/v1/', '/v1'],
      ['https://api.example/api/paas/v4', '/api/paas/v4'],
      ['https://api.example/v1beta/openai', '/v1beta/openai'],
      ['https://api.example/vendor', '/vendor/v1'],
    ] as const) {
      assert.equal(snapshotOf([provider({ url })]).providers[0]?.basePath, path);
    }
    const [listed] = snapshotOf([provider({ priceList: 'anthropic' })]).providers;
    assert.equal(listed?.priceList, 'anthropic');
  });

  it('have prices of their own, of which missing ones follow from the input’s', () => {
    const [one] = snapshotOf([
      provider({
        prices: [
          { model: 'a-*', input: '0.000000001', output: 2 },
          {
            model: '*',
            input: 4,
            output: 8,
            cacheRead: 1,
            cacheWrite5m: 2,
            cacheWrite1h: 3,
            contextWindow: 9,
          },
        ],
      }),
    ]).providers;
    assert.deepEqual(
      one?.prices.map(({ price }) => price),
      [
        { input: 1, output: 2e9, cacheRead: 1, cacheWrite5m: 2, cacheWrite1h: 2 },
        { input: 4e9, output: 8e9, cacheRead: 1e9, cacheWrite5m: 2e9, cacheWrite1h: 3e9, contextWindow: 9 },
      ],
    );
    assert.deepEqual(
      one?.prices.map(({ matches }) => [matches('a-1'), matches('b')]),
      [
        [true, false],
        [true, true],
      ],
    );
  });
});

describe('the hash of a snapshot', () => {
  const texts = [budget(), profile(), provider()];
  const { hash } = snapshotOf(texts);

  it('is the same for the same policy, whatever the order of files and fields', () => {
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(snapshotOf([...texts].reverse()).hash, hash);
    const two = [budget(), budget(undefined, { name: 'y' })];
    assert.equal(snapshotOf([...two].reverse()).hash, snapshotOf(two).hash);
    const turned = `{"spec":{"limits":[{"usd":1,"window":"day","name":"day"}]},"metadata":{"name":"x"},"kind":"BudgetPolicy","apiVersion":"tollgate.dev/v1alpha1"}`;
    assert.equal(snapshotOf([turned, profile(), provider()]).hash, hash);
    assert.equal(
      snapshotOf([budget({ limits: [limit], enforce: true }), profile(), provider()]).hash,
      hash,
      'defaults',
    );
  });

  it('changes with whatever is in force, and with the workload', () => {
    const others = [
      snapshotOf([budget({ limits: [{ ...limit, usd: 2 }] }), profile(), provider()]),
      snapshotOf([budget({ limits: [limit], enforce: false }), profile(), provider()]),
      snapshotOf([budget(undefined, { name: 'y' }), profile(), provider()]),
      snapshotOf([budget(), profile({ tier: 'web_automation' }), provider()]),
      snapshotOf([budget(), profile(), provider({ url: 'https://other.example' })]),
      snapshotOf([...texts, budget(undefined, { name: 'more' })]),
      snapshotOf([budget(), provider()]),
      snapshotOf(texts, { workload: { ...WORKLOAD, labels: { team: 'blue' } } }),
      snapshotOf(texts, { workload: { ...WORKLOAD, name: 'other' } }),
    ];
    assert.equal(new Set([hash, ...others.map((one) => one.hash)]).size, others.length + 1);
  });

  it('does not change with what is not for this workload', () => {
    const selector = { workloads: ['somebody-else'] };
    assert.equal(
      snapshotOf([...texts, budget({ limits: [limit], selector }, { name: 'theirs' })]).hash,
      hash,
    );
  });
});

describe('what is not in force', () => {
  const notes = (...texts: string[]) =>
    snapshotOf(texts)
      .notInForce.filter(({ place }) => place !== undefined)
      .map(({ code, sentence, place }) => [code, sentence, place]);

  it('are the stages that there are not yet, always', () => {
    assert.deepEqual(
      snapshotOf([]).notInForce.map(({ code }) => code),
      ['data', 'security', 'approval', 'capabilities'],
    );
  });

  it('is said of manifests that are for others', () => {
    const theirs = budget({ limits: [limit], selector: { workloads: ['x'] } });
    assert.deepEqual(notes(theirs), [
      ['BudgetPolicy/x', 'BudgetPolicy x is not for local/claude: it is for workloads named x', 'f0:1'],
    ]);
    const whyNot = (...texts: string[]) => notes(...texts).map(([, sentence]) => sentence?.split(': ')[1]);
    const selecting = (selector: object) => whyNot(budget({ limits: [limit], selector }));
    assert.deepEqual(selecting({ labels: { team: 'blue' } }), [
      'it is for workloads with the label team=blue',
    ]);
    assert.deepEqual(selecting({ workloads: ['x', 'y*'], labels: { team: 'red', tier: 'z' } }), [
      'it is for workloads named x or y* with the labels team=red, tier=z',
    ]);
    assert.deepEqual(selecting({ workloads: [] }), ['it is for no workload']);
    assert.deepEqual(whyNot(budget(undefined, { namespace: 'other' })), ['it is in other']);
    assert.deepEqual(whyNot(profile({}, { name: 'a' }), profile({}, { name: 'default' })), [
      'the profile is default (--profile chooses another)',
    ]);
  });

  it('is said of fields that only a cluster can honour, each by its topmost name', () => {
    assert.deepEqual(notes(profile({ network: { work: { access: 'local' }, setup: { hosts: [] } } })), [
      ['ToolProfile/x spec.network', 'ToolProfile/x: only a cluster can honour spec.network', 'f0:1'],
    ]);
    assert.deepEqual(notes(provider({ auth: { secretRef: { name: 'a', key: 'b' } } })), [
      ['Provider/x spec.auth.secretRef', 'Provider/x: only a cluster can honour spec.auth.secretRef', 'f0:1'],
    ]);
    assert.deepEqual(notes(profile(), provider(), budget()), []);
  });

  it('is said of AgentRunners, which are read like all others', () => {
    assert.deepEqual(notes(runner({}, { name: 'nightly' })), [
      ['AgentRunner/nightly', 'AgentRunner/nightly: AgentRunners run in a cluster only', 'f0:1'],
    ]);
  });

  it('is said of limits and rates per runner, and they are not counted', () => {
    const runner = { ...limit, name: 'run', per: 'runner' };
    const pace = { name: 'pace', per: 'runner', concurrent: 1 };
    const text = budget({
      limits: [limit, runner],
      rates: [pace, { ...pace, name: 'other', per: 'session' }],
    });
    assert.deepEqual(notes(text), [
      [
        'BudgetPolicy/x run',
        'BudgetPolicy/x: run is per runner, and this workload is of none (they exist in a cluster only)',
        'f0:1',
      ],
      [
        'BudgetPolicy/x pace',
        'BudgetPolicy/x: pace is per runner, and this workload is of none (they exist in a cluster only)',
        'f0:1',
      ],
    ]);
    const [compiled] = snapshotOf([text]).budgets;
    assert.deepEqual(
      compiled?.limits.map(({ id }) => id),
      ['local/x/day'],
    );
    assert.deepEqual(
      compiled?.rates.map(({ id }) => id),
      ['local/x/other'],
    );
  });

  it('is not said of them to a workload of an AgentRunner, for which they count', () => {
    const text = budget({
      limits: [{ ...limit, per: 'runner' }],
      rates: [{ name: 'pace', per: 'runner', concurrent: 1 }],
    });
    const workload = { ...WORKLOAD, name: 'agentrunner/nightly', runner: 'nightly' };
    const { budgets, notInForce } = snapshotOf([text], { workload });
    assert.deepEqual(
      [...(budgets[0]?.limits ?? []), ...(budgets[0]?.rates ?? [])].map(({ id, per }) => [id, per]),
      [
        ['local/x/day', 'runner'],
        ['local/x/pace', 'runner'],
      ],
    );
    assert.ok(notInForce.every(({ code }) => !code.startsWith('BudgetPolicy')));
  });
});

describe('the built-in policies', () => {
  it('limit what is spent in a day, refuse no tool, and speak to Anthropic and OpenAI', () => {
    assert.deepEqual(problemsOf(BUILT_IN_TEXT), []);
    const { budgets, profiles, providers } = snapshotOf([BUILT_IN_TEXT]);
    assert.deepEqual(budgets[0]?.limits, [
      {
        id: 'local/built-in/per-day',
        per: 'namespace',
        window: 'day',
        timeZone: 'UTC',
        unit: 'usd',
        amount: 10e9,
        refuse: true,
        warns: { amount: 10e9, percents: [50, 80, 95], send: false },
      },
    ]);
    assert.deepEqual([profiles[0]?.enforce, profiles[0]?.tier], [false, 'full_vm_tools']);
    assert.deepEqual(
      providers.map(({ origin, basePath }) => origin + basePath),
      ['https://api.anthropic.com/v1', 'https://api.openai.com/v1'],
    );
  });
});
