import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readManifests } from './manifests.ts';
import { formatProblem, nearest } from './problem.ts';
import { budget, load, manifest, problemsOf, profile, provider } from './testing.ts';

const HEAD = 'apiVersion: tollgate.dev/v1alpha1\n';
const YAML = `${HEAD}kind: BudgetPolicy
metadata:
  name: laptop
spec:
  # how much
  limits:
    - name: per-day
      window: day
      usd: 10
`;

/** @returns the problems of the sample with one line in the place of another, without the file's name */
function with_(from: string, to: string): string[] {
  assert.ok(YAML.includes(from));
  return problemsOf(YAML.replace(from, to)).map((problem) => problem.replace(/^f0:/, ''));
}

describe('manifests', () => {
  it('that are valid are read, with their defaults filled in', () => {
    const [loaded, ...more] = load(YAML);
    assert.equal(more.length, 0);
    assert.ok(loaded);
    const { kind, metadata, spec } = loaded.manifest;
    assert.deepEqual([kind, metadata.name, loaded.file, loaded.line], ['BudgetPolicy', 'laptop', 'f0', 1]);
    assert.deepEqual(spec, {
      enforce: true,
      timeZone: 'UTC',
      limits: [{ name: 'per-day', window: 'day', usd: 10, per: 'workload', atLimit: 'deny' }],
      rates: [],
      warnings: { at: [50, 80, 95] },
      minOutputTokens: 1024,
      onDisconnect: 'drain',
    });
    const [tools] = load(profile());
    assert.deepEqual(tools?.manifest.spec, {
      enforce: true,
      tier: 'locked',
      tools: { allow: [], deny: [] },
      models: { aliases: [], routes: [], fallbacks: [], defaultOutputTokens: 16384 },
      unknownBetas: 'remove',
      audit: { content: 'none' },
    });
    const [answers] = load(provider());
    assert.deepEqual(answers?.manifest.spec, {
      url: 'https://api.example',
      wires: ['anthropic-messages'],
      auth: { type: 'key' },
      privateAddresses: false,
      prices: [],
      allowedFields: [],
      allowedBetas: [],
      outputCapField: 'max_completion_tokens',
    });
  });

  it('may stand several in a file, with comments and empty documents, each known by its line', () => {
    const { manifests, problems } = readManifests([
      { path: 'a', text: `# comment\n---\n${YAML}---\n\n---\n${YAML.replace('laptop', 'second')}` },
      { path: 'b', text: '' },
      { path: 'c', text: '# nothing\n' },
    ]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      manifests.map(({ manifest, line }) => `${manifest.metadata.name}:${line}`),
      ['laptop:3', 'second:16'],
    );
  });

  it('of others are left alone, and told of', () => {
    const { manifests, problems, foreign } = readManifests([
      {
        path: 'a',
        text: 'apiVersion: v1\nkind: Secret\ndata: {a: b}\n---\napiVersion: tollgate.devil/v1\nkind: Budget\n',
      },
    ]);
    assert.deepEqual([manifests, problems], [[], []]);
    assert.deepEqual(foreign, ['a:1 Secret (v1)', 'a:5 Budget (tollgate.devil/v1)']);
  });

  it('keep the good ones of a file beside the bad', () => {
    const { manifests, problems } = readManifests([
      { path: 'a', text: `${YAML}---\n${YAML.replace('10', '-1')}` },
    ]);
    assert.equal(manifests.length, 1);
    assert.equal(problems.length, 1);
  });
});

describe('what is wrong with a manifest', () => {
  it('is said with line, field, and what to do', () => {
    for (const [from, to, says] of [
      ['limits:', 'limit:', '7: spec.limit: unknown field. Did you mean "limits"?'],
      ['usd: 10', 'euro: 10', /^10: spec\.limits\[0\]\.euro: unknown field\. Known are name, per, /],
      [
        'window: day',
        'window: Day',
        '9: spec.limits[0].window: must be one of request, hour, day, month, lifetime, not "Day".',
      ],
      ['      window: day\n', '', '8: spec.limits[0]: the field window is missing.'],
      [
        'usd: 10',
        'usd: 1.5',
        '10: spec.limits[0].usd: a number with decimals must be a string. Write "1.5", in quotes.',
      ],
      ['usd: 10', 'usd: .nan', '10: spec.limits[0].usd: must be an amount such as 5 or "0.50", not null.'],
      ['usd: 10', 'usd: [1]', '10: spec.limits[0].usd: must be an amount such as 5 or "0.50", not [1].'],
      [
        'usd: 10',
        'usd: "$5"',
        '10: spec.limits[0].usd: "$5" is not an amount in US dollars. Write dollars with at most 9 decimals, such as "0.50".',
      ],
      ['usd: 10', 'usd: -1', '10: spec.limits[0].usd: must be at least 0, not -1.'],
      ['usd: 10', 'usd: 9000001', '10: spec.limits[0].usd: must be at most 9000000, not 9000001.'],
      [
        'usd: 10',
        'usd: "9000000.1"',
        /^10: spec\.limits\[0\]\.usd: "9000000.1" is more than 9000000 US dollars, .*[^.]\.$/,
      ],
      ['usd: 10', 'tokens: 1.5', '10: spec.limits[0].tokens: must be a whole number, not 1.5.'],
      [
        'name: per-day',
        'name: Per Day',
        '8: spec.limits[0].name: "Per Day" is not a name. Use lower-case letters, digits and dashes, with a letter or digit at both ends.',
      ],
      ['name: per-day', 'name: ""', '8: spec.limits[0].name: must not be empty.'],
      ['name: laptop', 'name: Laptop', /^4: metadata\.name: "Laptop" is not a name\. /],
      ['name: laptop', 'namespace: x', '3: metadata: the field name is missing.'],
      ['spec:', 'specs:', '1: the field spec is missing.'],
      ['v1alpha1', 'v1', '1: apiVersion: must be "tollgate.dev/v1alpha1", not "tollgate.dev/v1".'],
      ['BudgetPolicy', 'BudgetPolice', '2: kind: unknown kind "BudgetPolice". Did you mean "BudgetPolicy"?'],
      [
        'BudgetPolicy',
        'Foo',
        '2: kind: unknown kind "Foo". Known are BudgetPolicy, ToolProfile, Provider, AgentRunner.',
      ],
      ['BudgetPolicy', 'constructor', /^2: kind: unknown kind "constructor"\. Known are /],
      [
        '  limits:',
        '  timeZone: Mars/Olympus\n  limits:',
        '7: spec.timeZone: unknown time zone "Mars/Olympus". Use an IANA name such as Europe/Berlin, or UTC.',
      ],
      ['  limits:', '  enforce: no\n  limits:', '7: spec.enforce: must be true or false, not "no".'],
      ['  limits:', '  __proto__: {}\n  limits:', /^7: spec\.__proto__: unknown field/],
    ] as [string, string, string | RegExp][]) {
      const [problem = 'no problem'] = with_(from, to);
      if (typeof says === 'string') assert.equal(problem, says);
      else assert.match(problem, says);
    }
    assert.deepEqual(problemsOf(profile({ models: { allow: ['a', 'b', 'a'] } })), [
      'f0:1: spec.models.allow[2]: stands in the list twice.',
    ]);
  });

  it('is said of all its fields at once', () => {
    assert.equal(with_('usd: 10', 'usd: -1\n      per: nobody\n      extra: 1').length, 3);
  });

  it('is said of its rules, zones and conditions as well, where another field has the wrong form', () => {
    const text = budget({
      timeZone: 'Mars/Olympus',
      minOutputTokens: 'many',
      limits: [
        { name: 'a', window: 'day', usd: 1, tokens: 1 },
        { name: 'b', window: 'day', usd: '$5' },
        { name: 'a', window: 'dya' },
      ],
      rates: [{ name: 'r' }],
    });
    assert.deepEqual(
      problemsOf(text).map((problem) => problem.split(': ')[1]),
      [
        'spec.limits[1].usd',
        'spec.limits[2].window',
        'spec.minOutputTokens',
        'spec.limits[0]',
        'spec.rates[0]',
        'spec.timeZone',
      ],
    );
    const tools = { deny: [{ name: 'Bash', when: 'foo(args)' }], classes: ['shel'] };
    assert.equal(problemsOf(profile({ tools })).length, 2);
    for (const spec of [null, 1, [], { limits: null }, { limits: [null, 1], rates: {} }])
      assert.ok(problemsOf(budget(spec as object)).length > 0);
  });

  it('may be its YAML', () => {
    for (const [text, says] of [
      ['a:\n\tb: 1', 'f0:2: not valid YAML: Tabs are not allowed as indentation.'],
      ['a: 1\na: 2', 'f0:2: not valid YAML: Map keys must be unique.'],
      ['a: !!js/function x', /^f0:1: not valid YAML: Unresolved tag/],
      ['a: [1', /^f0:1: not valid YAML/],
      ['%FOO bar\n---\na: 1', /^f0:1: not valid YAML: Unknown directive/],
      ['a: *nowhere', /^f0:1: not valid YAML: .*alias/i],
      ['a: &a [*a]', 'f0:1: not valid YAML: an alias names what it stands in.'],
      [
        YAML.replace('limits:', 'limits: &l\n    - *l'),
        'f0:1: not valid YAML: an alias names what it stands in.',
      ],
      ['just text', 'f0:1: not a manifest: it has no apiVersion and kind.'],
      ['- a', 'f0:1: not a manifest: it has no apiVersion and kind.'],
      ['apiVersion: 1\nkind: x', 'f0:1: not a manifest: it has no apiVersion and kind.'],
      ['a: 1\n---\nkind: x', 'f0:1: not a manifest: it has no apiVersion and kind.'],
      ['x'.repeat(1_000_001), 'f0:1: the file is larger than 1000000 characters.'],
    ] as [string, string | RegExp][]) {
      const [problem = 'no problem'] = problemsOf(text);
      if (typeof says === 'string') assert.equal(problem, says);
      else assert.match(problem, says);
    }
  });

  it('may be a bomb: aliases of aliases, or depth without end, are problems and no crash', () => {
    const level = (name: string, inner: string) => `${name}: &${name} [${Array(9).fill(inner).join(',')}]\n`;
    const bomb = level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c') + level('e', '*d');
    assert.match(problemsOf(bomb)[0] ?? '', /Excessive alias count/);
    for (const text of [
      '['.repeat(10_000),
      '{a: '.repeat(10_000),
      `a: ${'['.repeat(8_000)}${']'.repeat(8_000)}`,
    ]) {
      assert.ok(problemsOf(text).length > 0);
    }
  });

  it('may be that it is there already', () => {
    const other = YAML.replace('usd: 10', 'usd: 11');
    assert.deepEqual(problemsOf(YAML, other), [
      'f1:1: metadata.name: BudgetPolicy laptop is there already, at f0:1. Rename one.',
    ]);
    assert.deepEqual(
      problemsOf(YAML, YAML.replace('  name: laptop', '  name: laptop\n  namespace: other')),
      [],
    );
    assert.deepEqual(problemsOf(YAML, profile({}, { name: 'laptop' })), []);
    assert.deepEqual(problemsOf(provider({}, { namespace: 'a' }), provider({}, { namespace: 'b' })), [
      'f1:1: metadata.name: Provider x is there already, at f0:1. Rename one.',
    ]);
  });

  it('may be a condition that is none', () => {
    for (const [when, says] of [
      ['args.x ==', /spec\.tools\.deny\[1\]\.when: the condition is not valid: /],
      ['nope == 1', /there is no variable nope; there are args, tool, class, workload, labels\./],
      ['foo(args)', /there is no function foo\.$/],
      ['args', /it gives map, not bool/],
      ['args.c.matches("(")', /missing/],
    ] as const) {
      const deny = [{ name: 'A' }, { name: 'B', when }];
      assert.match(problemsOf(profile({ tools: { deny } })).join(), says);
      assert.match(problemsOf(profile({ tools: { allow: deny } })).join(), /spec\.tools\.allow\[1\]\.when/);
    }
  });

  it('may be a webhook that could not be reached: none that is a URL, or private addresses behind a name', () => {
    const problem = (webhook: object) =>
      problemsOf(budget({ limits: [{ name: 'a', window: 'day', usd: 1 }], warnings: { webhook } })).join();
    assert.match(
      problem({ url: 'https://[::1' }),
      /f0:1: spec\.warnings\.webhook\.url: "https:.* is not a URL/,
    );
    const named = { url: 'https://hooks.example.com/x', privateAddresses: true };
    assert.match(
      problem(named),
      /spec\.warnings\.webhook\.privateAddresses: hooks\.example\.com is a name.* Name the address/,
    );
    for (const host of ['10.0.0.1:8080', '[fd00::1]', 'localhost', '127.0.0.1'])
      assert.equal(problem({ url: `http://${host}/x`, privateAddresses: true }), '');
    assert.equal(problem({ url: 'https://hooks.example.com/x' }), '');
  });

  it('may be a URL or a price that fits its pattern and is none', () => {
    assert.match(
      problemsOf(provider({ url: 'https://[::1' })).join(),
      /f0:1: spec\.url: "https:\/\/\[::1" is not a URL/,
    );
    assert.match(problemsOf(provider({ proxy: 'http://:x' })).join(), /spec\.proxy: .* is not a URL/);
    assert.match(
      problemsOf(provider({ prices: [{ model: '*', input: 1, output: 2, cacheRead: 100_001 }] })).join(),
      /spec\.prices\[0\]\.cacheRead: must be at most 100000/,
    );
  });
});

describe('words of the design that this release does not honour', () => {
  it('are refused by name, not as typing mistakes', () => {
    const limit = { name: 'a', window: 'day', usd: 1 };
    const wires = (wire: string) => provider({ wires: [wire] });
    for (const [text, word] of [
      [profile({ tools: { hold: [] } }), 'spec.tools.hold'],
      [profile({ tools: { approval: [] } }), 'spec.tools.approval'],
      [profile({ approvals: {} }), 'spec.approvals'],
      [profile({ data: {} }), 'spec.data'],
      [profile({ security: {} }), 'spec.security'],
      [profile({ capabilities: {} }), 'spec.capabilities'],
      [profile({ pod: {} }), 'spec.pod'],
      [profile({ resources: {} }), 'spec.resources'],
      [profile({ audit: { content: 'redacted' } }), 'spec.audit.content'],
      [budget({ limits: [{ ...limit, atLimit: 'hold' }] }), 'spec.limits[0].atLimit'],
      [provider({ auth: { type: 'oauth' } }), 'spec.auth.type'],
      [provider({ auth: { type: 'sigv4' } }), 'spec.auth.type'],
      [provider({ auth: { type: 'gcp' } }), 'spec.auth.type'],
      [provider({ auth: { type: 'azure' } }), 'spec.auth.type'],
      [wires('gemini'), 'spec.wires[0]'],
      [manifest('Approval', {}), 'kind'],
    ] as const) {
      const problems = problemsOf(text);
      assert.equal(problems.length, 1, text);
      assert.match(
        problems[0] ?? '',
        /This release does not have .*, and does not pretend to; remove it\.$/,
        text,
      );
      assert.ok(problems[0]?.startsWith(`f0:1: ${word}: `), problems[0]);
    }
  });
});

describe('problems', () => {
  it('are lines that a person can click on', () => {
    assert.equal(formatProblem({ file: 'a.yaml', line: 3, field: '', message: 'm' }), 'a.yaml:3: m.');
    assert.equal(
      formatProblem({ file: 'a', line: 1, field: 'spec.x', message: 'm', fix: 'Do.' }),
      'a:1: spec.x: m. Do.',
    );
  });

  it('suggest a word that is at most two typing mistakes away', () => {
    const words = ['limits', 'rates', 'per', 'usd'];
    assert.equal(nearest('Limit', words), 'limits');
    assert.equal(nearest('limist', words), 'limits');
    assert.equal(nearest('ratess', words), 'rates');
    assert.equal(nearest('limitation', words), undefined);
    assert.equal(nearest('xyz', words), undefined);
  });
});
