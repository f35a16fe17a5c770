import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../json/read.ts';
import { readUsage } from './usage.ts';

const usage = (input: number, output: number, details: object = {}): JsonObject =>
  ({
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: details,
  }) as JsonObject;

describe('usage', () => {
  it('is split into what was read from a cache, written to one, and neither', () => {
    const { usage: known, faults } = readUsage(
      { usage: usage(100, 20, { cached_tokens: 60, cache_write_tokens: 30 }) },
      { cacheWrite: '5m' },
    );
    assert.deepEqual(known, {
      inputTokens: 10,
      outputTokens: 20,
      cacheReadTokens: 60,
      cacheWrite5mTokens: 30,
      cacheWrite1hTokens: 0,
    });
    assert.deepEqual(faults, []);
    const long = readUsage({ usage: usage(100, 20, { cache_write_tokens: 30 }) }, { cacheWrite: '1h' });
    assert.deepEqual([long.usage?.cacheWrite5mTokens, long.usage?.cacheWrite1hTokens], [0, 30]);
  });

  it('costs more where the call was served faster, whatever was asked for', () => {
    const multiplier = (service_tier: string | null) =>
      readUsage({ usage: usage(1, 1), service_tier }, { cacheWrite: '5m' }).usage?.multiplierPermille;
    for (const tier of ['priority', 'fast', 'ultrafast']) assert.equal(multiplier(tier), 2500, tier);
    for (const tier of ['default', 'flex', 'auto', 'scale', null])
      assert.equal(multiplier(tier), undefined, `${tier}`);
  });

  it('says so where the call was served at the flex tier', () => {
    const flex = (service_tier: string | null) =>
      readUsage({ usage: usage(1, 1), service_tier }, { cacheWrite: '5m' }).usage?.flex;
    assert.equal(flex('flex'), true);
    for (const tier of ['default', 'auto', 'priority', 'Flex', '', null]) assert.equal(flex(tier), undefined);
  });

  it('has the searches of the provider’s own tool, as counted or as seen', () => {
    const search = (type?: string) => ({ type: 'web_search_call', ...(type ? { action: { type } } : {}) });
    const output = [
      search(),
      search('search'),
      search('open_page'),
      search('find_in_page'),
      { type: 'message' },
      'x',
    ];
    const searches = (more: object) =>
      readUsage({ usage: usage(1, 1), output, ...more } as JsonObject, { cacheWrite: '5m' }).usage
        ?.webSearches;
    assert.equal(searches({}), 2);
    assert.equal(searches({ tool_usage: { web_search: { num_requests: 5 } } }), 5);
    for (const odd of [-1, 1.5, '5', null])
      assert.equal(searches({ tool_usage: { web_search: { num_requests: odd } } }), 2);
    assert.equal(searches({ output: [] }), undefined);
  });

  it('is unknown when the response has not ended, does not say it, or says what is impossible', () => {
    const facts = (response: JsonObject | undefined) => readUsage(response, { cacheWrite: '5m' }).faults;
    for (const response of [undefined, {}, { usage: null }, { usage: {} }, { usage: { input_tokens: 5 } }])
      assert.deepEqual(facts(response), ['usage_missing'], JSON.stringify(response));
    for (const bad of [-1, 1.5, '5', 1e12])
      assert.deepEqual(facts({ usage: { input_tokens: 5, output_tokens: bad } }), ['usage_impossible']);
    assert.deepEqual(facts({ usage: usage(5, 1, { cached_tokens: 6 }) }), ['usage_impossible']);
    assert.deepEqual(facts({ usage: usage(5, 1, { cached_tokens: 3, cache_write_tokens: 3 }) }), [
      'usage_impossible',
    ]);
  });
});
