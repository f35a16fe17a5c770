/** Each rule of the CRDs has a manifest that breaks it and nothing else, and one beside it that does not. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { brokenRules } from './rules.ts';
import { budget, problemsOf, profile, provider } from './testing.ts';
import { RUNNER_CHANGES, RUNNER_RULES, type RuleCase, VARIABLES } from './testing-runner.ts';

const limit = { name: 'a', window: 'day' };

/** By message: what breaks the rule, what does not, and the field that is named. */
const CASES: Readonly<Record<string, RuleCase>> = {
  ...RUNNER_RULES,
  'give exactly one of usd, tokens and requests': {
    breaks: [
      budget({ limits: [limit] }),
      budget({ limits: [{ ...limit, usd: 1, tokens: 1 }] }),
      budget({ limits: [{ ...limit, usd: '0.5', requests: 0 }] }),
      budget({ limits: [{ ...limit, tokens: 0, requests: 1 }] }),
      budget({ limits: [{ ...limit, usd: 0, tokens: 0, requests: 0 }] }),
    ],
    keeps: [{ usd: 0 }, { usd: '0.5' }, { tokens: 0 }, { requests: 0 }].map((one) =>
      budget({ limits: [{ ...limit, ...one }] }),
    ),
    field: 'spec.limits[0]',
  },
  'a limit in requests needs a window longer than one request; use hour, day, month or lifetime': {
    breaks: [budget({ limits: [{ name: 'a', window: 'request', requests: 1 }] })],
    keeps: [
      budget({ limits: [{ name: 'a', window: 'request', usd: 1 }] }),
      budget({ limits: [{ name: 'a', window: 'hour', requests: 1 }] }),
    ],
    field: 'spec.limits[0]',
  },
  'give at least one of requestsPerMinute, tokensPerMinute and concurrent': {
    breaks: [budget({ rates: [{ name: 'a' }] }), budget({ rates: [{ name: 'a', per: 'session' }] })],
    keeps: [{ requestsPerMinute: 1 }, { tokensPerMinute: 1 }, { concurrent: 1 }].map((one) =>
      budget({ rates: [{ name: 'a', ...one }] }),
    ),
    field: 'spec.rates[0]',
  },
  'give at least one limit or rate': {
    breaks: [budget({}), budget({ limits: [], rates: [] })],
    keeps: [budget({ limits: [{ ...limit, usd: 1 }] }), budget({ rates: [{ name: 'a', concurrent: 1 }] })],
    field: 'spec.limits',
  },
  'http:// tells whoever listens what is spent; use https://, or set privateAddresses for an address of your own':
    {
      breaks: [
        budget({ limits: [{ ...limit, usd: 1 }], warnings: { webhook: { url: 'http://hooks.example' } } }),
      ],
      keeps: [{ url: 'https://hooks.example' }, { url: 'http://10.0.0.1/x', privateAddresses: true }].map(
        (webhook) => budget({ limits: [{ ...limit, usd: 1 }], warnings: { webhook } }),
      ),
      field: 'spec.warnings.webhook',
    },
  'http:// sends the key and all messages unencrypted; use https://, or set privateAddresses for a host of your own':
    {
      breaks: [provider({ url: 'http://api.example' })],
      keeps: [
        provider({ url: 'https://api.example' }),
        provider({ url: 'http://10.0.0.1:8080/base', privateAddresses: true }),
      ],
      field: 'spec.url',
    },
  'auth type none takes neither env nor secretRef': {
    breaks: [
      provider({ auth: { type: 'none', env: 'KEY' } }),
      provider({ auth: { type: 'none', secretRef: { name: 'a', key: 'b' } } }),
    ],
    keeps: [
      provider({ auth: { type: 'none' } }),
      provider({ auth: { env: 'KEY' } }),
      provider({ auth: { type: 'key', secretRef: { name: 'a', key: 'b' } } }),
    ],
    field: 'spec.auth',
  },
  'tier locked always refuses unknown fields; choose another tier or remove unknownFields': {
    breaks: [profile({ tier: 'locked', unknownFields: 'record' }), profile({ unknownFields: 'record' })],
    keeps: [
      profile({ tier: 'locked', unknownFields: 'refuse' }),
      profile({ tier: 'web_automation', unknownFields: 'record' }),
      profile({ tier: 'locked' }),
    ],
    field: 'spec.unknownFields',
  },
  'tools are allowed by their names alone; put what stands in parentheses into when, such as args.command.startsWith("git ")':
    {
      breaks: [profile({ tools: { allow: [{ name: 'Bash(git *)' }] } })],
      keeps: [profile({ tools: { allow: [{ name: 'Bash', when: 'args.command.startsWith("git ")' }] } })],
      field: 'spec.tools.allow[0].name',
    },
  'tools are refused by their names alone; put what stands in parentheses into when, such as args.command.startsWith("rm ")':
    {
      breaks: [profile({ tools: { deny: [{ name: 'Bash(rm *)' }] } })],
      keeps: [profile({ tools: { deny: [{ name: 'Bash*', when: 'args.command.startsWith("rm ")' }] } })],
      field: 'spec.tools.deny[0].name',
    },
};

function messagesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'x-kubernetes-validations'
      ? (value as { message: string }[]).map(({ message }) => message)
      : messagesIn(value),
  );
}

describe('the rules of the CRDs', () => {
  it('are all here', () => {
    const folder = join(import.meta.dirname, '../../crds');
    // No file has an Approval: operator/admission/approvals.slow.test.ts asks an API server.
    const kinds = readdirSync(folder).filter((name) => !name.endsWith('_approvals.yaml'));
    const messages = kinds.flatMap((name) => messagesIn(parse(readFileSync(join(folder, name), 'utf8'))));
    assert.ok(messages.length > 5);
    assert.deepEqual(
      [...new Set(messages)].sort(),
      [...Object.keys(CASES), ...Object.keys(RUNNER_CHANGES)].sort(),
    );
  });

  for (const [message, { breaks, keeps, field }] of Object.entries(CASES)) {
    it(message, () => {
      const at = field === '' ? 'f0:1' : `f0:1: ${field}`;
      for (const text of breaks) assert.deepEqual(problemsOf(text), [`${at}: ${message}.`], text);
      for (const text of keeps) assert.deepEqual(problemsOf(text), [], text);
    });
  }

  it('are those of every phase alike', () => {
    for (const { breaks, keeps, field } of VARIABLES) {
      for (const text of breaks)
        assert.deepEqual(problemsOf(text), [`f0:1: ${field}: give a variable either value or secret.`]);
      for (const text of keeps) assert.deepEqual(problemsOf(text), []);
    }
  });

  it('are not asked of a file where they compare it with what was before', () => {
    for (const { refused } of Object.values(RUNNER_CHANGES))
      for (const texts of refused) for (const text of texts) assert.deepEqual(problemsOf(text), []);
  });
});

describe('lists with keys', () => {
  it('have each key once', () => {
    const twice = 'another item has the same name.';
    const usd = { ...limit, usd: 1 };
    assert.deepEqual(problemsOf(budget({ limits: [usd, { ...usd, name: 'b' }, usd] })), [
      `f0:1: spec.limits[2]: ${twice}`,
    ]);
    assert.deepEqual(
      problemsOf(
        budget({
          rates: [
            { name: 'a', concurrent: 1 },
            { name: 'a', concurrent: 2 },
          ],
        }),
      ),
      [`f0:1: spec.rates[1]: ${twice}`],
    );
    const alias = { name: 'a', model: 'b' };
    assert.deepEqual(problemsOf(profile({ models: { aliases: [alias, alias] } })), [
      `f0:1: spec.models.aliases[1]: ${twice}`,
    ]);
    assert.deepEqual(problemsOf(budget({ limits: [usd], rates: [{ name: 'a', concurrent: 1 }] })), []);
  });
});

describe('a rule', () => {
  it('that fails to evaluate is broken, as in the API server', () => {
    const schema = { 'x-kubernetes-validations': [{ rule: 'self.nothing == 1', message: 'm' }] };
    assert.deepEqual(brokenRules(schema, {}), [{ path: [], message: 'm' }]);
    assert.deepEqual(brokenRules(schema, { nothing: 1 }), []);
  });

  it('that does not compile is a fault of ours, and loud', () => {
    const schema = { 'x-kubernetes-validations': [{ rule: 'self ==', message: 'm' }] };
    assert.throws(() => brokenRules(schema, {}), /a rule of the CRD does not compile/);
  });
});
