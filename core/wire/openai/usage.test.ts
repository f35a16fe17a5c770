import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../json/read.ts';
import type { Usage } from '../../money/price.ts';
import { UsageMeter } from './usage.ts';

const NAMES = ['prompt_tokens', 'completion_tokens'] as const;
const ZERO: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
};

function meter(reports: readonly JsonValue[], cacheWrite: 'none' | '5m' | '1h' = '5m') {
  const one = new UsageMeter(NAMES, cacheWrite);
  for (const report of reports) one.take(report);
  return one.facts();
}

const report = (more: object = {}) => ({
  prompt_tokens: 100,
  completion_tokens: 40,
  total_tokens: 140,
  ...more,
});
const inputOf = (details: object, more: object = {}) =>
  meter([report({ prompt_tokens_details: details, ...more })]).usage;

describe('the usage of a reply', () => {
  it('is input and output, of which the parts are taken out that are billed otherwise', () => {
    assert.deepEqual(meter([report()]), {
      usage: { ...ZERO, inputTokens: 100, outputTokens: 40 },
      soFar: { ...ZERO, inputTokens: 100, outputTokens: 40 },
      faults: [],
    });
    assert.deepEqual(inputOf({ cached_tokens: 60, cache_write_tokens: 30, audio_tokens: 0 }), {
      ...ZERO,
      inputTokens: 10,
      cacheReadTokens: 60,
      cacheWrite5mTokens: 30,
      outputTokens: 40,
    });
    const details = {
      reasoning_tokens: 30,
      audio_tokens: 5,
      accepted_prediction_tokens: 4,
      rejected_prediction_tokens: 5,
    };
    assert.equal(
      meter([report({ completion_tokens_details: details })]).usage?.outputTokens,
      40,
      'all of it is output',
    );
    const responses = new UsageMeter(['input_tokens', 'output_tokens'], 'none');
    responses.take({ input_tokens: 9, output_tokens: 2, input_tokens_details: { cached_tokens: 4 } });
    assert.deepEqual(responses.facts().usage, {
      ...ZERO,
      inputTokens: 5,
      cacheReadTokens: 4,
      outputTokens: 2,
    });
  });

  it('has written caches at the price of the longest that was asked for', () => {
    const written = report({ prompt_tokens_details: { cache_write_tokens: 30 } });
    assert.equal(meter([written], '1h').usage?.cacheWrite1hTokens, 30);
    assert.equal(meter([written], '1h').usage?.cacheWrite5mTokens, 0);
    assert.equal(meter([written], 'none').usage?.cacheWrite5mTokens, 30);
  });

  it('has audio in full, cached or not', () => {
    assert.deepEqual(inputOf({ audio_tokens: 70, cached_tokens: 80 }), {
      ...ZERO,
      inputTokens: 20,
      inputAudioTokens: 70,
      cacheReadTokens: 10,
      outputTokens: 40,
    });
    assert.deepEqual(inputOf({ audio_tokens: 70, cached_tokens: 50 }), {
      ...ZERO,
      inputTokens: 30,
      inputAudioTokens: 70,
      outputTokens: 40,
    });
  });

  it('has cached input by the names that DeepSeek and Moonshot have for it', () => {
    for (const more of [
      { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
      { cached_tokens: 64 },
      { cached_tokens: 64, prompt_tokens_details: { cached_tokens: 0 } },
    ]) {
      const { usage } = meter([report(more)]);
      assert.deepEqual([usage?.inputTokens, usage?.cacheReadTokens], [36, 64], JSON.stringify(more));
    }
  });

  it('has the difference to a larger total as output: hosts leave thoughts out of the completion', () => {
    assert.equal(meter([report({ total_tokens: 1140 })]).usage?.outputTokens, 1040);
    const thoughts = { total_tokens: 640, completion_tokens_details: { reasoning_tokens: 500 } };
    assert.deepEqual(meter([report(thoughts)]).usage?.outputTokens, 540);
    assert.equal(meter([report({ total_tokens: 7 })]).usage?.outputTokens, 40);
    const { total_tokens: _, ...none } = report();
    assert.equal(meter([none]).usage?.outputTokens, 40);
  });

  it('is the highest of what was said several times', () => {
    const { usage } = meter([report({ completion_tokens: 1, total_tokens: 101 }), report(), null, 'x', []]);
    assert.deepEqual([usage?.inputTokens, usage?.outputTokens], [100, 40]);
    const less = meter([report(), { prompt_tokens: 1, completion_tokens: 1 }]).usage;
    assert.deepEqual([less?.inputTokens, less?.outputTokens], [100, 40]);
    const twice = meter([report({ prompt_tokens_details: { cached_tokens: 50 } }), report()]).usage;
    assert.deepEqual([twice?.inputTokens, twice?.cacheReadTokens], [50, 50]);
  });

  it('costs more at the priority tier', () => {
    const one = new UsageMeter(NAMES, 'none');
    one.take(report(), 'default');
    assert.equal(one.facts().usage?.multiplierPermille, undefined);
    one.take(undefined, 'priority');
    one.take(null, 'default');
    assert.equal(one.facts().usage?.multiplierPermille, 2500);
  });

  it('is of the flex tier only where nothing else was said of it', () => {
    const flex = (...tiers: readonly JsonValue[]) => {
      const one = new UsageMeter(NAMES, 'none');
      for (const tier of tiers) one.take(report(), tier);
      return one.facts().usage?.flex;
    };
    for (const tiers of [['flex'], ['flex', 'flex'], [null, 'flex', '']]) assert.equal(flex(...tiers), true);
    for (const tiers of [[], ['default'], ['flex', 'default'], ['default', 'flex'], ['flex', 'new'], [7]])
      assert.equal(flex(...tiers), undefined, String(tiers));
    for (const tiers of [
      ['flex', 'priority'],
      ['priority', 'flex'],
    ])
      assert.equal(flex(...tiers), undefined);
  });

  it('is unknown when its input or its output was not said', () => {
    const missing = { usage: undefined, faults: ['usage_missing'] };
    for (const one of [
      null,
      'x',
      [],
      {},
      { prompt_tokens: 1 },
      { completion_tokens: 1 },
      { total_tokens: 5 },
    ]) {
      const { usage, faults } = meter([one as JsonValue]);
      assert.deepEqual({ usage, faults }, missing, JSON.stringify(one));
    }
    assert.deepEqual(meter([{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }]).faults, [
      'usage_missing',
    ]);
    assert.deepEqual(meter([{ prompt_tokens: 1, completion_tokens: null }]).faults, ['usage_missing']);
    assert.deepEqual(meter([{ prompt_tokens: 1, completion_tokens: 0 }]).faults, []);
  });

  it('is unknown when it is impossible', () => {
    for (const count of [-1, 1.5, 1e12, 2 ** 53, '5', true, [], {}]) {
      for (const one of [
        report({ prompt_tokens: count }),
        report({ completion_tokens: count }),
        report({ total_tokens: count }),
        report({ cached_tokens: count }),
        report({ prompt_tokens_details: { cached_tokens: count } }),
        report({ prompt_tokens_details: { cache_write_tokens: count } }),
        report({ completion_tokens_details: { reasoning_tokens: count } }),
      ] as JsonValue[]) {
        const { usage, faults } = meter([one, report()]);
        assert.deepEqual([usage, faults], [undefined, ['usage_impossible']], JSON.stringify(one));
      }
    }
  });

  it('is unknown when its parts are more than the whole, and what is known of it is kept', () => {
    for (const more of [
      { prompt_tokens_details: { cached_tokens: 101 } },
      { prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 41 } },
      { prompt_tokens_details: { audio_tokens: 101 } },
      { prompt_tokens_details: { audio_tokens: 50, cache_write_tokens: 51 } },
      { completion_tokens_details: { reasoning_tokens: 41 } },
      { completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 21 } },
      { completion_tokens_details: { reasoning_tokens: 20, rejected_prediction_tokens: 21 } },
    ]) {
      const { usage, soFar, faults } = meter([report(more)]);
      assert.deepEqual([usage, faults], [undefined, ['usage_impossible']], JSON.stringify(more));
      assert.deepEqual(soFar, { ...ZERO, inputTokens: 100, outputTokens: 40 });
    }
  });
});
