import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRequest } from './request.ts';
import { endpoint, found, read, view } from './testing-requests.ts';

const bad = (body: string | object): string => {
  const result = read(body);
  return 'bad' in result ? result.bad : 'accepted';
};

describe('a request', () => {
  it('says what the stages judge', () => {
    const body = {
      stream: true,
      max_completion_tokens: 100,
      temperature: 0.5,
      user: 'x',
      metadata: { Model: 'mine', n: 1 },
      tools: [{ type: 'function', function: { name: 'x', parameters: { Type: 'object' } } }],
      messages: [{ role: 'user', content: 'x' }],
    };
    const { endpoint: _e, document: _d, size: _s, ...rest } = view(body);
    assert.deepEqual(rest, {
      model: 'gpt-6-sol',
      stream: true,
      structured: false,
      askedCap: 100,
      capped: true,
      choices: 1,
      minCap: 1,
      cacheWrite: '5m',
      multiplierPermille: 1000,
      findings: [],
      betas: { known: [], unknown: [] },
    });
    for (const stream of [false, null]) assert.equal(view({ stream }).stream, false);
    assert.deepEqual(view({}, 'assistants=v2, x=1').betas.unknown, ['assistants=v2', 'x=1']);
  });

  it('is refused when what decides is missing, or is not what the API says', () => {
    for (const [body, says] of [
      ['[]', /object/],
      ['"x"', /object/],
      [{ model: undefined }, /^model/],
      [{ model: 7 }, /^model/],
      [{ model: '' }, /^model/],
      [{ model: 'a b' }, /^model/],
      [{ model: 'a\n' }, /^model/],
      [{ model: '../x' }, /^model/],
      [{ model: 'x'.repeat(129) }, /^model/],
      [{ messages: {} }, /^messages/],
      [{ messages: undefined }, /^messages/],
      [{ messages: ['x'] }, /^messages\[0\]/],
      [{ messages: [{ content: 'x' }] }, /^messages\[0\] .*role/],
      [{ messages: [{ role: 1, content: 'x' }] }, /^messages\[0\]/],
      [{ messages: [{ role: 'user', content: { type: 'text' } }] }, /^messages\[0\]\.content/],
      [{ messages: [{ role: 'user', content: 7 }] }, /^messages\[0\]\.content/],
      [{ tools: {} }, /^tools/],
      [{ tools: ['x'] }, /^tools\[0\]/],
      [{ tools: [{ type: 7 }] }, /^tools\[0\]\.type/],
      [{ functions: {} }, /functions/],
      [{ stream: 'true' }, /^stream/],
      [{ stream: 1 }, /^stream/],
      [{ stream_options: true }, /^stream_options/],
      [{ response_format: 'json_object' }, /^response_format/],
      [{ prompt_cache_options: [] }, /^prompt_cache_options/],
    ] as [string | object, RegExp][]) {
      assert.match(bad(body), says, JSON.stringify(body));
    }
    const none = readRequest(endpoint(), undefined, {});
    assert.ok('bad' in none);
  });

  it('has numbers that every parser reads alike, or is refused', () => {
    const body = (field: string, number: string) => `{"model":"m","messages":[],"${field}":${number}}`;
    for (const field of ['max_tokens', 'max_completion_tokens', 'n']) {
      for (const number of [
        '1.0',
        '1e1',
        '1E1',
        '10.5',
        '-1',
        '-0',
        '1e400',
        '9007199254740993',
        '"1"',
        'true',
        '[1]',
      ]) {
        assert.match(bad(body(field, number)), new RegExp(`^${field} must be a whole number`), number);
      }
    }
    for (const field of ['max_tokens', 'max_completion_tokens']) {
      assert.equal(view(body(field, '\t9007199254740991\n')).askedCap, Number.MAX_SAFE_INTEGER);
      assert.equal(view(body(field, 'null')).askedCap, undefined, 'null is none');
    }
    assert.equal(view('{"m\\u0061x_tokens": 5 ,"model":"m","messages":[]}').askedCap, 5);
  });

  it('names its output cap in one of two fields, or in both alike', () => {
    assert.equal(view({}).askedCap, undefined);
    assert.equal(view({ max_tokens: 5 }).askedCap, 5);
    assert.equal(view({ max_tokens: 5, max_completion_tokens: 5 }).askedCap, 5);
    assert.equal(view({ max_tokens: null, max_completion_tokens: 5 }).askedCap, 5);
    assert.match(bad({ max_tokens: 6, max_completion_tokens: 5 }), /must be the same/);
  });

  it('asks for one to 128 choices', () => {
    for (const [n, choices] of [
      [undefined, 1],
      [null, 1],
      [1, 1],
      [128, 128],
    ]) {
      assert.equal(view({ n }).choices, choices);
    }
    for (const n of [0, 129]) assert.match(bad({ n }), /^n must be .* 1 to 128/);
  });

  it('wants a form that words would break where it says so', () => {
    for (const type of ['json_object', 'json_schema']) {
      assert.equal(view({ response_format: { type } }).structured, true);
    }
    for (const response_format of [null, { type: 'text' }, {}]) {
      assert.equal(view({ response_format }).structured, false);
    }
  });

  it('that spells what is judged with other letters is refused', () => {
    for (const [body, says] of [
      [{ Max_Tokens: 1 }, /^Max_Tokens must be written max_tokens/],
      [{ 'max_token\u017f': 1 }, /must be written max_tokens/],
      [{ STORE: true }, /must be written store/],
      [{ stream_options: { Include_usage: false } }, /^stream_options\.Include_usage must/],
      [{ messages: [{ role: 'user', Content: [] }] }, /^messages\[0\]\.Content must/],
      [
        { messages: [{ role: 'user', content: [{ type: 'text', Image_url: {} }] }] },
        /content\[0\]\.Image_url must/,
      ],
      [
        { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { URL: 'x' } }] }] },
        /image_url\.URL must/,
      ],
      [{ tools: [{ Type: 'web_search' }] }, /^tools\[0\]\.Type must/],
    ] as [object, RegExp][]) {
      assert.match(bad(body), says);
    }
  });

  it('writes caches by itself, at the price of the longest that it asks for', () => {
    const cached = (body: object) => view(body).cacheWrite;
    const part = (more: object) => ({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x', ...more }] }],
    });
    assert.equal(cached({}), '5m');
    assert.equal(cached({ prompt_cache_options: { mode: 'explicit' } }), 'none');
    const mark = { prompt_cache_breakpoint: { mode: 'explicit' } };
    assert.equal(cached({ prompt_cache_options: { mode: 'explicit', ttl: '30m' }, ...part(mark) }), '5m');
    for (const longer of [
      { prompt_cache_options: { ttl: '12h' } },
      part({ prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } }),
      part({ prompt_cache_breakpoint: { TTL: '30m' } }),
      part({ cache_control: { type: 'ephemeral', ttl: '1h' } }),
      { tools: [{ type: 'function', cache_control: { ttl: '1h' } }] },
      { messages: [{ role: 'user', cache_control: { ttl: '2d' } }] },
    ]) {
      assert.equal(cached(longer), '1h', JSON.stringify(longer));
    }
    assert.equal(cached(part({ cache_control: { type: 'ephemeral', ttl: '5m' } })), '5m');
  });

  it('may have in it what the helpers of openai 3.54 for Python made of a reply, which they send back', () => {
    const call = { name: 'weather', arguments: '{"city":"Bonn"}' };
    for (const parsed of [{ city: 'Bonn' }, null]) {
      const tool_calls = [
        { id: 'call_1', type: 'function', index: 0, function: { ...call, parsed_arguments: parsed } },
      ];
      const said = { role: 'assistant', content: 'x', refusal: null, annotations: null, audio: null };
      const messages = [{ ...said, function_call: null, tool_calls, parsed: parsed }];
      assert.deepEqual(view({ messages }).findings, []);
    }
  });

  it('is found out where it asks for more than words', () => {
    for (const [body, finding] of [
      [{ store: true }, 'capability store at store (stored_state) bounded'],
      [
        { prediction: { type: 'content', content: 'x' } },
        'capability prediction at prediction (predicted_output)',
      ],
      [{ web_search_options: {} }, 'capability web_search_options at web_search_options (server_tools)'],
      [{ modalities: ['text', 'audio'] }, 'capability modalities at modalities (audio_output)'],
      [{ modalities: 'audio' }, 'capability modalities at modalities (audio_output)'],
      [{ audio: { voice: 'ash' } }, 'capability audio at audio (audio_output)'],
      [{ service_tier: 'priority' }, 'capability service_tier at service_tier (priority_tier)'],
      [{ service_tier: 'scale' }, 'capability service_tier at service_tier (priority_tier)'],
      [{ moderation: { model: 'x' } }, 'capability moderation at moderation (moderation)'],
      [{ plugins: [{ id: 'web' }] }, 'capability plugins at plugins (server_tools)'],
      [{ models: ['a'] }, 'capability models at models (server_fallbacks)'],
      [{ brand_new: null }, 'unknown_field brand_new at brand_new'],
      [
        { messages: [{ role: 'user', brand_new: 1 }] },
        'unknown_field messages[].brand_new at messages[0].brand_new',
      ],
      [{ messages: [{ role: 'oracle' }] }, 'unknown_part oracle at messages[0].role'],
      [
        { messages: [{ role: 'assistant', audio: { id: 'x' } }] },
        'capability messages[].audio at messages[0].audio (audio_output)',
      ],
    ] as [object, string][]) {
      assert.deepEqual(found(body), [finding]);
    }
    for (const body of [
      { store: false },
      { store: null },
      { modalities: ['text'] },
      { modalities: null },
      { service_tier: 'auto' },
      { service_tier: 'default' },
      { service_tier: 'flex' },
      { service_tier: null },
      { prediction: null, web_search_options: null, audio: null },
      { messages: [{ role: 'assistant', audio: null, content: null, tool_calls: [] }] },
      { functions: [{ name: 'x' }], function_call: 'auto', tools: null },
    ]) {
      assert.deepEqual(found(body), [], JSON.stringify(body));
    }
    assert.equal(view({ service_tier: 'priority' }).multiplierPermille, 2500);
    assert.equal(view({ service_tier: 'flex' }).multiplierPermille, 1000);
  });
});
