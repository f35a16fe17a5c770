import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isProblem, readJson } from '../../json/read.ts';
import { bodyFor, readRequest } from './request.ts';
import { content, endpoint, found, items, read, view } from './testing-requests.ts';

const bad = (body: string | object): string | undefined => {
  const result = read(body);
  return 'bad' in result ? result.bad : undefined;
};
const MADE = { model: 'm', capField: 'max_tokens', keepNothing: true } as const;
const counting = endpoint('/v1/responses/input_tokens');

describe('a request', () => {
  it('says what the stages judge', () => {
    const {
      size,
      document,
      endpoint: at,
      betas,
      ...facts
    } = view({ stream: true, temperature: 0.5, user: 'x' });
    assert.deepEqual(facts, {
      model: 'gpt-5.4',
      stream: true,
      structured: false,
      askedCap: 100,
      capped: true,
      choices: 1,
      minCap: 16,
      cacheWrite: '5m',
      multiplierPermille: 1000,
      findings: [],
    });
    assert.equal(at.name, 'responses');
    assert.equal(view({ stream: false }).stream, false);
    assert.equal(view({ stream: null }).stream, false);
    assert.equal(view({ max_output_tokens: null }).askedCap, undefined);
    assert.deepEqual(betas, { known: [], unknown: [] });
  });

  it('names the betas of its header, none of which changes what is judged', () => {
    const document = readJson(Buffer.from('{"model":"m"}'));
    assert.ok(!isProblem(document));
    const result = readRequest(endpoint(), document, { 'openai-beta': 'responses=v1, x' });
    assert.ok(!('bad' in result));
    assert.deepEqual(result.betas, { known: [], unknown: ['responses=v1', 'x'] });
  });

  it('is refused when what decides is missing, or is not what the API says', () => {
    for (const [body, says] of [
      ['[]', /object/],
      ['"x"', /object/],
      [{ model: undefined }, /^model/],
      [{ model: 7 }, /^model/],
      [{ model: 'a b' }, /^model/],
      [{ model: '../x' }, /^model/],
      [{ input: 7 }, /^input must/],
      [{ input: {} }, /^input must/],
      [{ input: ['x'] }, /^input\[0\] must be an object/],
      [{ input: [{ type: 7 }] }, /^input\[0\]\.type/],
      [{ input: [{ type: 'message', content: 'x' }] }, /^input\[0\] .*role/],
      [{ input: [{ role: 'user', content: {} }] }, /^input\[0\]\.content/],
      [{ instructions: ['x'] }, /^instructions/],
      [{ tools: {} }, /^tools must be a list/],
      [{ tools: ['x'] }, /^tools\[0\]/],
      [{ tools: [{ name: 'x' }] }, /^tools\[0\]\.type/],
      [{ tools: [{ type: 'namespace', tools: {} }] }, /^tools\[0\]\.tools must be a list/],
      [{ stream: 'true' }, /^stream/],
      [{ stream: 1 }, /^stream/],
      [{ context_management: {} }, /^context_management must be a list/],
      [{ context_management: ['compaction'] }, /^context_management\[0\]/],
    ] as [string | object, RegExp][]) {
      assert.match(bad(body) ?? 'accepted', says, JSON.stringify(body));
    }
    for (const body of [{ input: 'x' }, { input: null }, { tools: null }, { instructions: null }]) {
      assert.equal(bad(body), undefined, JSON.stringify(body));
    }
  });

  it('has a cap that every parser reads alike, or is refused', () => {
    const body = (cap: string) => `{"model":"m","input":"x","max_output_tokens":${cap}}`;
    for (const number of ['1.0', '1e3', '-1', '9007199254740993', '"1"', 'true', '[1]', '{}', '1e400']) {
      assert.match(bad(body(number)) ?? 'accepted', /^max_output_tokens must be a whole number/, number);
    }
    assert.equal(view(body('\t2000\n')).askedCap, 2000);
    assert.equal(view('{"max_output\\u005ftokens": 50 ,"model":"m"}').askedCap, 50);
  });

  it('that names no cap gets a place for one, and nothing else of it changes', () => {
    const { askedCap, document } = view(' {"model":"m","input":"x"}\n');
    assert.equal(askedCap, undefined);
    assert.equal(document?.bytes.toString(), ' {"max_output_tokens":0,"model":"m","input":"x"}\n');
    assert.deepEqual(document?.value, JSON.parse(document?.bytes.toString() ?? ''));
    const nulled = '{"model":"m","max_output_tokens":null}';
    assert.equal(view(nulled).document?.bytes.toString(), nulled);
  });

  it('that only counts tokens needs no cap, no place for one, and nobody to keep nothing', () => {
    const text = '{"model":"m","input":"x"}';
    const seen = view(text, counting);
    assert.equal(seen.capped, false);
    assert.equal(seen.document?.bytes.toString(), text);
    const made = { ...MADE, cap: 0 };
    assert.equal(bodyFor(seen, made)?.toString(), text);
    assert.equal(bodyFor(seen, { ...made, model: 'n' })?.toString(), text.replace('"m"', '"n"'));
  });

  it('names each field that no table knows, and each capability, but not a value that switches none on', () => {
    assert.deepEqual(found({ messages: [], generate: false }), [
      'unknown_field messages at messages',
      'unknown_field generate at generate',
    ]);
    assert.deepEqual(found('{"model":"m","__proto__":{"x":1},"constructor":1}'), [
      'unknown_field __proto__ at __proto__',
      'unknown_field constructor at constructor',
    ]);
    const on = {
      previous_response_id: 'resp_1',
      conversation: { id: 'conv_1' },
      prompt: { id: 'pmpt_1' },
      background: true,
      store: true,
      service_tier: 'priority',
      moderation: { model: 'm' },
      context_management: [{ type: 'compaction', compact_threshold: 9 }, { type: 'forget' }, {}],
      reasoning: { effort: 'high', mode: 'pro' },
      prompt_cache_options: { comparison_response_id: 'resp_1' },
    };
    assert.deepEqual(found(on), [
      'capability previous_response_id at previous_response_id (stored_state)',
      'capability conversation at conversation (stored_state)',
      'capability prompt at prompt (stored_state)',
      'capability background at background (stored_state)',
      'capability store at store (stored_state) bounded',
      'capability service_tier at service_tier (priority_tier)',
      'capability moderation at moderation (server_tools)',
      'capability reasoning.mode at reasoning.mode (pro_mode)',
      'capability prompt_cache_options.comparison_response_id at prompt_cache_options.comparison_response_id (stored_state) bounded',
      'capability compaction at context_management[0] (server_compaction)',
      'unknown_part forget at context_management[1]',
      'unknown_part  at context_management[2]',
    ]);
    const off = {
      previous_response_id: null,
      conversation: null,
      prompt: null,
      background: false,
      store: false,
    };
    const plain = { service_tier: 'flex', moderation: null, context_management: null, truncation: 'auto' };
    assert.deepEqual(found({ ...off, ...plain, reasoning: { mode: 'standard' }, background: null }), []);
    for (const tier of ['auto', 'default', null]) assert.deepEqual(found({ service_tier: tier }), []);
    for (const tier of ['scale', 'fast', 'ultrafast', 'warp', 7])
      assert.equal(found({ service_tier: tier }).length, 1, `${tier}`);
    assert.deepEqual(found({ store: null }), ['capability store at store (stored_state) bounded']);
  });

  it('as Codex sends it has nothing that is not known', () => {
    const codex = {
      instructions: 'You are Codex',
      input: [
        { type: 'additional_tools', role: 'developer', tools: [{ type: 'namespace', name: 'x', tools: [] }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
      ],
      tools: [{ type: 'function', name: 'exec_command', strict: false, parameters: { type: 'object' } }],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      reasoning: { effort: 'medium', summary: 'auto' },
      store: false,
      stream: true,
      stream_options: { include_obfuscation: false },
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'x',
      text: { verbosity: 'low' },
      client_metadata: { Type: 'x' },
      access_programs: { cyber: 'standard' },
    };
    assert.deepEqual(found(codex), []);
  });

  it('is structured when its reply must have a form', () => {
    for (const type of ['json_schema', 'json_object', 'grammar_to_come']) {
      assert.equal(view({ text: { format: { type } } }).structured, true, type);
    }
    const update = { type: 'configuration_update', text: { format: { type: 'json_schema' } } };
    assert.equal(view(items(update)).structured, true);
    for (const text of [null, {}, { format: null }, { format: { type: 'text' } }])
      assert.equal(view({ text }).structured, false);
  });

  it('writes caches without being asked, and for long where it says so', () => {
    const part = (prompt_cache_breakpoint: unknown) =>
      content({ type: 'input_text', text: 'x', prompt_cache_breakpoint });
    for (const [body, written] of [
      [{}, '5m'],
      [{ prompt_cache_options: { ttl: '30m' } }, '5m'],
      [{ prompt_cache_options: { ttl: '12h' } }, '1h'],
      [{ prompt_cache_options: { ttl: '9d' } }, '1h'],
      [{ prompt_cache_retention: '24h' }, '5m'],
      [part({ mode: 'explicit' }), '5m'],
      [part({ mode: 'explicit', ttl: '12h' }), '1h'],
      [part({ mode: 'explicit', TTL: '12h' }), '1h'],
      [
        items({
          type: 'function_call_output',
          output: [{ type: 'input_text', text: '', prompt_cache_breakpoint: { ttl: '30m' } }],
        }),
        '5m',
      ],
    ] as const) {
      assert.equal(view(body).cacheWrite, written, JSON.stringify(body));
    }
  });
});

describe('the body that is sent', () => {
  const text = '{ "model" : "m", "input":"Grüß\\u00fc", "max_output_tokens": 50, "store" :false }';
  const made = { ...MADE, cap: 50 };

  it('is the very bytes of the agent unless something must change', () => {
    const seen = view(text);
    assert.equal(bodyFor(seen, made), seen.document?.bytes);
    assert.equal(bodyFor({ ...seen, document: undefined }, made), null);
  });

  it('has another model and cap in their places, and every other byte as it was', () => {
    assert.equal(
      bodyFor(view(text), { ...made, model: 'gpt-x', cap: 16 })?.toString(),
      text.replace('"m"', '"gpt-x"').replace('50', '16'),
    );
    assert.equal(
      bodyFor(view('{"model":"m"}'), made)?.toString(),
      '{"store":false,"max_output_tokens":50,"model":"m"}',
    );
    const nulled = '{"model":"m","max_output_tokens": null,"store":true}';
    assert.equal(bodyFor(view(nulled), made)?.toString(), nulled.replace('null', '50'));
  });

  it('asks to keep nothing only where it is to, and where the agent does not say', () => {
    const without = '{"model":"m","max_output_tokens":50}';
    assert.equal(
      bodyFor(view(without), made)?.toString(),
      '{"store":false,"model":"m","max_output_tokens":50}',
    );
    const seen = view(without);
    assert.equal(bodyFor(seen, { ...made, keepNothing: false }), seen.document?.bytes);
    for (const store of ['true', 'null', 'false']) {
      const own = `{"st\\u006fre":${store},"model":"m","max_output_tokens":50}`;
      assert.equal(bodyFor(view(own), made)?.toString(), own, store);
    }
  });

  it('is none at all when it can’t be changed as it was judged', () => {
    const seen = view(text);
    const document = { bytes: Buffer.from('{"model":"m"}'), value: { model: 'm' } };
    assert.throws(() => bodyFor({ ...seen, document }, { ...made, cap: 51 }), /could not be changed/);
  });
});

describe('a field that a parser blind to case would read', () => {
  it('is refused wherever it decides something', () => {
    const inPart = (part: string) => `{"model":"m","input":[{"role":"user","content":[${part}]}]}`;
    for (const [body, says] of [
      ['{"model":"m","Tools":[]}', 'Tools must be written tools'],
      ['{"model":"m","Store":true}', 'Store must be written store'],
      ['{"model":"m","\u017ftore":true}', '\u017ftore must be written store'],
      [
        '{"model":"m","tools":[{"type":"function","Type":"mcp2"}]}'.replace('"type":"function",', ''),
        'tools[0].Type must be written type',
      ],
      [
        '{"model":"m","tools":[{"type":"tool_search","Execution":"server"}]}',
        'tools[0].Execution must be written execution',
      ],
      [
        '{"model":"m","tools":[{"type":"shell","Environment":{}}]}',
        'tools[0].Environment must be written environment',
      ],
      ['{"model":"m","input":[{"Type":"item_reference","id":"x"}]}', 'input[0].Type must be written type'],
      ['{"model":"m","input":[{"role":"user","Content":[]}]}', 'input[0].Content must be written content'],
      [
        '{"model":"m","input":[{"type":"reasoning","Encrypted_Content":"x"}]}',
        'input[0].Encrypted_Content must be written encrypted_content',
      ],
      [
        inPart('{"type":"input_image","Image_url":"http://x"}'),
        'input[0].content[0].Image_url must be written image_url',
      ],
      [inPart('{"type":"input_file","FILE_ID":"x"}'), 'input[0].content[0].FILE_ID must be written file_id'],
      [
        inPart('{"type":"input_audio","input_audio":{"data":"","Data2":1,"DATA":"x"}}').replace(
          '"data":"",',
          '',
        ),
        'input[0].content[0].input_audio must be an object with data',
      ],
      [
        inPart('{"type":"input_audio","input_audio":{"data":"x","Format":"mp3"}}'),
        'input[0].content[0].input_audio.Format must be written format',
      ],
      ['{"model":"m","reasoning":{"Mode":"pro"}}', 'reasoning.Mode must be written mode'],
      ['{"model":"m","text":{"Format":{}}}', 'text.Format must be written format'],
      ['{"model":"m","text":{"format":{"Type":"json_schema"}}}', 'text.format.Type must be written type'],
      [
        '{"model":"m","context_management":[{"TYPE":"compaction"}]}',
        'context_management[0].TYPE must be written type',
      ],
      ['{"model":"m","prompt_cache_options":{"TTL":"12h"}}', 'prompt_cache_options.TTL must be written ttl'],
      ['{"model":"m","tool_choice":{"Type":"mcp"}}', 'tool_choice.Type must be written type'],
    ] as const) {
      assert.equal(bad(body), says, body);
    }
  });

  it('is left alone where it decides nothing', () => {
    const parameters = { type: 'object', properties: { Content: {}, Type: {}, Store: {} } };
    assert.deepEqual(
      found({ metadata: { Type: 'x' }, tools: [{ type: 'function', name: 'x', parameters }] }),
      [],
    );
  });
});
