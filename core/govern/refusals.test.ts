import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { generateRefusals } from '../../scripts/generate-refusals.ts';
import type { LimitCheck } from '../ledger/checks.ts';
import { budget, profile, provider } from '../policy/testing.ts';
import { budgetRefusal, demandOf, rateRefusal } from './budget.ts';
import { judgeModel } from './model.ts';
import { REFUSALS, type Refusal, type RefusalCode, refusal, refusalText } from './refusals.ts';
import { type Asked, callUnder, NOON, resolved } from './testing.ts';
import { CallJudge } from './tool-calls.ts';

const root = join(import.meta.dirname, '../..');
const codes = Object.keys(REFUSALS) as RefusalCode[];

function sources(): Map<string, string> {
  const files = globSync(['core/**/*.ts', 'sidecar/**/*.ts', 'cli/**/*.ts'], { cwd: root }).filter(
    (file) =>
      !/(\.test|testing[\w-]*|generated)\.ts$/.test(file) && !file.endsWith('govern/refusal-table.ts'),
  );
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** The names that a text wants filled in. */
function blanks(code: RefusalCode): string[] {
  const { sentence, remedy } = REFUSALS[code];
  return [...`${sentence} ${remedy}`.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

const LIMIT: LimitCheck = {
  id: 'local/x/money',
  counter: 'c',
  unit: 'usd',
  amount: 1,
  refuse: true,
  resetsAt: NOON,
};
const RATE = { id: 'local/x/pace', key: 'k', requestsPerMinute: 1, refuse: true };
const money = budget({ limits: [{ name: 'money', window: 'day', usd: 1 }] });
const PRICED = provider({ priceList: 'anthropic' });

function must<T extends object>(value: T | Refusal | undefined): Refusal {
  if (value === undefined || !('code' in value) || !('params' in value))
    throw new Error('nothing was refused');
  return value as Refusal;
}

function toolStage(spec: object, asked: Asked): Refusal {
  const verdict = judgeModel(callUnder([PRICED, profile(spec)], asked));
  if (!('refusal' in verdict)) throw new Error('nothing was refused');
  return verdict.refusal;
}

/** Every refusal that the stages can give, as they give it. Those of the sidecar stand in the sources. */
const REACHED: Readonly<Partial<Record<RefusalCode, () => Refusal>>> = {
  no_provider: () => must(resolved([provider({}, { name: 'a' }), provider({}, { name: 'b' })])),
  rate_limited: () => rateRefusal({ kind: 'rate', check: RATE, what: 'requests', retryAfterMs: 5 }, 0),
  budget_spent: () => budgetRefusal({ kind: 'spent', limit: LIMIT, left: 0, needed: 1 }),
  budget_reserved: () => budgetRefusal({ kind: 'reserved', limit: LIMIT, left: 0, needed: 1 }),
  request_over_limit: () => budgetRefusal({ kind: 'request', limit: LIMIT, left: 0, needed: 1 }),
  price_unknown: () => must(demandOf(callUnder([provider(), money]), NOON)),
  cost_unbounded: () => must(demandOf(callUnder([PRICED, money], { body: { functions: [] } }), NOON)),
  threads_off: () => must(demandOf(callUnder([PRICED, money], { body: { thread: {} } }), NOON)),
  model_not_allowed: () => toolStage({ models: { allow: [] } }, {}),
  output_cap_too_low: () =>
    toolStage(
      { models: { maxOutputTokens: 9 } },
      { body: { thinking: { type: 'enabled', budget_tokens: 900 } } },
    ),
  field_unknown: () => toolStage({}, { body: { functions: [] } }),
  beta_unknown: () => toolStage({ unknownBetas: 'refuse' }, { betas: 'new-1' }),
  capability_off: () => toolStage({}, { body: { container: 'x' } }),
};

describe('the table of refusals', () => {
  it('is what docs/refusals.md says', () => {
    const page = readFileSync(join(root, 'docs/refusals.md'), 'utf8');
    assert.equal(page, generateRefusals());
    for (const code of codes) assert.ok(page.includes(`### \`${code}\``), code);
  });

  it('has no code that nothing uses', () => {
    for (const code of codes) {
      assert.ok(
        [...sources().values()].some((text) => text.includes(`'${code}'`)),
        `${code} is used nowhere`,
      );
    }
  });

  it('is used with values for all the blanks of a text, wherever a refusal is made', () => {
    let made = 0;
    for (const [file, text] of sources()) {
      // Those whose values come from a variable are made below, and looked at.
      for (const [call, code = '', values = ''] of text.matchAll(/refusal\('(\w+)'(?:\)|,\s*\{([^}]*)\})/g)) {
        const given = [...values.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name = '']) => name);
        const missing = blanks(code as RefusalCode).filter((name) => !given.includes(name));
        assert.deepEqual(missing, [], `${file}: ${call}`);
        made++;
      }
    }
    assert.ok(made > 20, `only ${made} were found`);
  });

  it('has sentences that end, statuses that fit their kind, and no status that starts a storm of retries', () => {
    for (const code of codes) {
      const { kind, status, sentence, reason, remedy } = REFUSALS[code];
      for (const text of [sentence, reason, remedy]) assert.match(text, /(\.|^\{how\})$/, `${code}: ${text}`);
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      if (kind === 'call' || kind === 'cut') assert.equal(status, 200, code);
      else if (kind === 'fault') assert.ok([502, 503].includes(status), code);
      else if (kind === 'policy')
        assert.ok(status === 403 || (status === 429 && code === 'rate_limited'), code);
      else assert.ok(status >= 400 && status < 500 && status !== 429, code);
    }
  });
});

describe('each refusal of the stages', () => {
  for (const [code, make] of Object.entries(REACHED)) {
    it(`${code} is reached, and its text is filled`, () => {
      const made = make();
      assert.equal(made.code, code);
      const text = refusalText(made, 'req-1');
      assert.ok(text.startsWith('[tollgate] ') && text.endsWith(` (${code}, req-1)`), text);
      assert.doesNotMatch(text, /[{}]|undefined|NaN|\.\./, text);
    });
  }

  it('of a tool call too', () => {
    const judge = new CallJudge(callUnder([profile()]), 'req-1');
    const verdict = judge.byName('Bash');
    assert.ok(verdict && !verdict.allow);
    assert.doesNotMatch(verdict.text, /[{}]|undefined/);
  });

  it('happens in a test, that of its stage or of the sidecar', () => {
    const files = globSync('{core,sidecar}/**/*.test.ts', { cwd: root }).filter(
      (file) => !file.endsWith('refusals.test.ts'),
    );
    const tests = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    for (const code of codes) assert.match(tests, new RegExp(`\\b${code}\\b`), `${code} happens in no test`);
  });

  it('is here: what neither the stages nor the sidecar give is nowhere', () => {
    const sidecar = [...sources()]
      .filter(([file]) => !file.startsWith('core/'))
      .map(([, text]) => text)
      .join('\n');
    const wires = ['reply_garbage', 'reply_over_cap', 'tool_not_allowed'];
    for (const code of codes) {
      assert.ok(code in REACHED || wires.includes(code) || sidecar.includes(`'${code}'`), code);
    }
  });
});

describe('the text of a refusal', () => {
  it('has its values put in as they are, and shows a blank that was forgotten', () => {
    assert.match(
      refusalText(refusal('bad_request', { detail: '$& {limit} $1' }), 'r'),
      /judged: \$& \{limit\} \$1\./,
    );
    assert.match(refusalText(refusal('bad_request'), 'r'), /\{detail\}/);
    const sentence = refusalText(
      refusal('ledger_unavailable', { waited: '60 seconds', detail: 'It is full.' }),
      'r',
    );
    assert.match(sentence, /seconds: It is full\. Look/);
  });
});
