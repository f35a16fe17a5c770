import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../json/read.ts';
import { UsageMeter } from './usage.ts';

const ZERO = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  webSearches: 0,
};

/** Usage as it comes: at the start of a stream, then at its end; alone it is that of a whole body. */
function meter(reports: readonly JsonValue[], cacheWrite: 'none' | '5m' | '1h' = '5m') {
  const usage = new UsageMeter(cacheWrite);
  reports.forEach((report, i) => {
    usage.take(report, i > 0 || reports.length === 1);
  });
  const { usage: known, faults } = usage.facts();
  return { usage: known, faults };
}

/** What is charged at least where the usage of the whole is not known. */
function soFar(...reports: readonly JsonValue[]) {
  const usage = new UsageMeter('5m');
  for (const report of reports) usage.take(report, false);
  const facts = usage.facts();
  assert.equal(facts.usage, undefined);
  return facts.soFar;
}

describe('usage', () => {
  it('is read from a whole body', () => {
    const report = {
      input_tokens: 10,
      output_tokens: 20,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 7,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 3 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 9 },
      output_tokens_details: { thinking_tokens: 5 },
      service_tier: 'standard',
    };
    assert.deepEqual(meter([report]), {
      usage: {
        inputTokens: 10,
        outputTokens: 20,
        cacheReadTokens: 30,
        cacheWrite5mTokens: 4,
        cacheWrite1hTokens: 3,
        webSearches: 2,
      },
      faults: [],
    });
  });

  it('of a stream is that of its beginning and its end together, each count at its highest', () => {
    const start = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 };
    assert.deepEqual(meter([start, { output_tokens: 50 }]).usage, {
      ...ZERO,
      inputTokens: 10,
      cacheReadTokens: 5,
      outputTokens: 50,
    });
    assert.deepEqual(meter([start, { input_tokens: 12, output_tokens: 50 }, { output_tokens: 40 }]).usage, {
      ...ZERO,
      inputTokens: 12,
      cacheReadTokens: 5,
      outputTokens: 50,
    });
  });

  it('charges written caches once, though the end of a stream repeats their sum without their kinds', () => {
    const start = {
      input_tokens: 1,
      cache_creation_input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 60 },
    };
    for (const asked of ['none', '5m', '1h'] as const) {
      const { usage } = meter([start, { cache_creation_input_tokens: 100, output_tokens: 2 }], asked);
      assert.equal(usage?.cacheWrite5mTokens, 40);
      assert.equal(usage?.cacheWrite1hTokens, 60);
    }
  });

  it('takes written caches of unknown kind for the dearest that the request asked for', () => {
    const report = {
      input_tokens: 1,
      output_tokens: 2,
      cache_creation_input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 40 },
    };
    assert.deepEqual(meter([report], '1h').usage, {
      ...ZERO,
      inputTokens: 1,
      outputTokens: 2,
      cacheWrite5mTokens: 40,
      cacheWrite1hTokens: 60,
    });
    assert.deepEqual(meter([report], '5m').usage, {
      ...ZERO,
      inputTokens: 1,
      outputTokens: 2,
      cacheWrite5mTokens: 100,
    });
    const more = { ...report, cache_creation_input_tokens: 10 };
    assert.equal(
      meter([more], '5m').usage?.cacheWrite5mTokens,
      40,
      'kinds that are more than their sum are believed',
    );
  });

  it('adds up the steps of a run that was compacted, which the sums at the top leave out', () => {
    const iterations = [
      {
        type: 'compaction',
        input_tokens: 1000,
        output_tokens: 200,
        cache_creation_input_tokens: 5,
        cache_creation: { ephemeral_5m_input_tokens: 5 },
      },
      { type: 'message', input_tokens: 10, output_tokens: 20 },
      null,
    ];
    assert.deepEqual(meter([{ input_tokens: 10, output_tokens: 20, iterations }]).usage, {
      ...ZERO,
      inputTokens: 1010,
      outputTokens: 220,
      cacheWrite5mTokens: 5,
    });
    assert.equal(meter([{ input_tokens: 10, output_tokens: 20, iterations: [] }]).usage?.inputTokens, 10);
  });

  it('costs a tenth more when it says that inference was in the US', () => {
    const report = { input_tokens: 1, output_tokens: 1 };
    assert.equal(meter([{ ...report, inference_geo: 'us' }]).usage?.multiplierPermille, 1100);
    assert.equal(meter([{ ...report, inference_geo: 'us' }, report]).usage?.multiplierPermille, 1100);
    for (const inference_geo of ['global', 'not_available', null]) {
      assert.equal(meter([{ ...report, inference_geo }]).usage?.multiplierPermille, undefined);
    }
  });

  it('is unknown when its input or its output was not said, and then what was reserved is charged', () => {
    const missing = { usage: undefined, faults: ['usage_missing'] };
    assert.deepEqual(meter([]), missing);
    for (const report of [
      null,
      'x',
      [],
      {},
      { input_tokens: 1 },
      { output_tokens: 1 },
      { input_tokens: 1, output_tokens: null },
    ]) {
      assert.deepEqual(meter([report]), missing, JSON.stringify(report));
    }
    assert.deepEqual(
      meter([{ input_tokens: 1, output_tokens: 1 }, {}]),
      missing,
      'the output at the start is not the whole',
    );
    assert.deepEqual(meter([{}, { output_tokens: 9 }]), missing);
  });

  it('is told as far as it is known, when a stream breaks off or says what is impossible beside it', () => {
    const start = { input_tokens: 900_000, cache_read_input_tokens: 7, output_tokens: 1 };
    const known = { ...ZERO, inputTokens: 900_000, cacheReadTokens: 7, outputTokens: 1 };
    assert.deepEqual(soFar(start), known);
    assert.deepEqual(soFar(start, { output_tokens: -1, input_tokens: 1e15 }), known);
    assert.deepEqual(soFar(), ZERO);
  });

  it('is unknown when it is impossible', () => {
    const impossible = { usage: undefined, faults: ['usage_impossible'] };
    for (const count of [-1, 1.5, 1e12, 2 ** 53, '5', true, [], {}]) {
      for (const field of [
        'input_tokens',
        'output_tokens',
        'cache_read_input_tokens',
        'cache_creation_input_tokens',
      ]) {
        const report = { input_tokens: 1, output_tokens: 1, [field]: count } as JsonValue;
        assert.deepEqual(meter([report]), impossible, JSON.stringify(report));
        assert.deepEqual(
          meter([report, { input_tokens: 1, output_tokens: 1 }]),
          impossible,
          'also when it is corrected',
        );
      }
      const split = {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation: { ephemeral_1h_input_tokens: count },
      } as JsonValue;
      assert.deepEqual(meter([split]), impossible);
    }
  });
});
