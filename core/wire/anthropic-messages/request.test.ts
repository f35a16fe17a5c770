import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRequest } from './request.ts';
import { endpoint, found, read, view } from './testing-requests.ts';

const bad = (body: string | object): string | undefined => {
  const result = read(body);
  return 'bad' in result ? result.bad : undefined;
};

describe('a request', () => {
  it('says what the stages judge', () => {
    const { model, stream, structured, askedCap, minCap, cacheWrite, multiplierPermille, findings } = view({
      stream: true,
      temperature: 0.5,
      metadata: { user_id: 'x' },
    });
    assert.deepEqual(
      { model, stream, structured, askedCap, minCap, cacheWrite, multiplierPermille, findings },
      {
        model: 'claude-sonnet-4-5',
        stream: true,
        structured: false,
        askedCap: 100,
        minCap: 0,
        cacheWrite: 'none',
        multiplierPermille: 1100,
        findings: [],
      },
    );
    assert.equal(view({ stream: false }).stream, false);
    assert.equal(view({ inference_geo: 'global' }).multiplierPermille, 1000);
    assert.equal(view({ inference_geo: 'us' }).multiplierPermille, 1100);
    assert.equal(view({ inference_geo: 'eu-new' }).multiplierPermille, 1100);
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
      [{ model: 'sonnét' }, /^model/],
      [{ messages: {} }, /^messages/],
      [{ messages: undefined }, /^messages/],
      [{ messages: ['x'] }, /^messages\[0\]/],
      [{ messages: [{ content: 'x' }] }, /^messages\[0\] .*role/],
      [{ messages: [{ role: 1, content: 'x' }] }, /^messages\[0\]/],
      [{ messages: [{ role: 'user', content: { type: 'text' } }] }, /^messages\[0\]\.content/],
      [{ tools: {} }, /^tools/],
      [{ tools: null }, /^tools/],
      [{ tools: ['x'] }, /^tools\[0\]/],
      [{ tools: [{ type: 7 }] }, /^tools\[0\]\.type/],
      [{ stream: 'true' }, /^stream/],
      [{ context_management: { edits: { 0: { type: 'compact_20260112' } } } }, /edits must be a list$/],
      [{ stream: 1 }, /^stream/],
      [{ system: 7 }, /^system/],
      [{ system: [7] }, /^system\[0\]/],
    ] as [string | object, RegExp][]) {
      assert.match(bad(body) ?? 'accepted', says, JSON.stringify(body));
    }
  });

  it('has numbers that every parser reads alike, or is refused', () => {
    const body = (cap: string, budget = '1024') =>
      `{"model":"m","messages":[],"max_tokens":${cap},"thinking":{"type":"enabled","budget_tokens":${budget}}}`;
    for (const number of [
      '1.0',
      '1e3',
      '1E3',
      '10.5',
      '-1',
      '-0',
      '0.0',
      '1e400',
      '9007199254740993',
      '"1"',
      'true',
      'null',
      '[1]',
      '{}',
    ]) {
      assert.match(bad(body(number)) ?? 'accepted', /^max_tokens must be a whole number/, number);
      assert.match(bad(body('10', number)) ?? 'accepted', /^thinking\.budget_tokens must/, number);
    }
    assert.equal(view(body('0')).askedCap, 0);
    assert.equal(view(body('9007199254740991')).askedCap, Number.MAX_SAFE_INTEGER);
    assert.equal(view(body('\t2000\n', ' 1024 ')).minCap, 1025);
    assert.equal(view('{"m\\u0061x_tokens": 5 ,"model":"m","messages":[]}').askedCap, 5);
  });

  it('that names no cap gets a place for one, and nothing else of it changes', () => {
    const { askedCap, document } = view(' {"model":"m","messages":[]}\n');
    assert.equal(askedCap, undefined);
    assert.equal(document?.bytes.toString(), ' {"max_tokens":0,"model":"m","messages":[]}\n');
    assert.deepEqual(document?.value, JSON.parse(document?.bytes.toString() ?? ''));
  });

  it('that only counts tokens needs no cap, and no place for one', () => {
    const text = '{"model":"m","messages":[]}';
    const result = read(text, undefined, endpoint('POST', '/v1/messages/count_tokens'));
    assert.ok(!('bad' in result));
    assert.equal(result.askedCap, undefined);
    assert.equal(result.document?.bytes.toString(), text);
  });

  it('may have no body, and then has nothing to judge but its betas', () => {
    const result = readRequest(endpoint('GET', '/v1/models'), undefined, {
      'anthropic-beta': 'x-1, effort-2025-11-24',
    });
    assert.ok(!('bad' in result));
    assert.deepEqual(result.betas, { known: ['effort-2025-11-24'], unknown: ['x-1'] });
    assert.equal(result.model, undefined);
    assert.deepEqual(result.findings, []);
  });

  it('names each field that no table knows, at the top and in messages', () => {
    assert.deepEqual(found({ betas: ['x'], functions: [], __proto: 1 }), [
      'unknown_field betas at betas',
      'unknown_field functions at functions',
      'unknown_field __proto at __proto',
    ]);
    assert.deepEqual(
      found('{"model":"m","max_tokens":1,"messages":[],"__proto__":{"x":1},"constructor":1}'),
      ['unknown_field __proto__ at __proto__', 'unknown_field constructor at constructor'],
    );
    assert.deepEqual(
      found({
        messages: [
          { role: 'user', content: '' },
          { role: 'system', content: 'x', clear_at: 'never', tool_calls: [] },
        ],
      }),
      ['unknown_field messages[].tool_calls at messages[1].tool_calls'],
    );
    assert.ok(view({ functions: 1 }).findings.every(({ unbounded }) => unbounded));
  });

  it('names each capability at the top, but not a value that switches none on', () => {
    assert.deepEqual(
      found({
        ...{
          container: 'c',
          mcp_servers: [],
          thread: { type: 'create' },
          speed: 'fast',
          fallbacks: 'default',
        },
        ...{ compaction: { type: 'summarize' }, fallback_credit_token: 't', billing_policy: {} },
      }),
      [
        'capability container at container (code_execution)',
        'capability mcp_servers at mcp_servers (mcp)',
        'capability thread at thread (stored_state)',
        'capability speed at speed (fast_mode)',
        'capability fallbacks at fallbacks (server_fallbacks)',
        'capability compaction at compaction (server_compaction)',
        'capability fallback_credit_token at fallback_credit_token (server_fallbacks)',
        'capability billing_policy at billing_policy (billing)',
      ],
    );
    const off = { container: null, mcp_servers: null, thread: null, fallbacks: null, compaction: null };
    assert.deepEqual(
      found({ ...off, fallback_credit_token: null, billing_policy: null, speed: 'standard' }),
      [],
    );
    assert.deepEqual(found({ speed: null }), []);
  });

  it('names edits of its context that no table knows, or that sample by themselves', () => {
    const edits = [
      { type: 'clear_tool_uses_20250919' },
      { type: 'clear_thinking_20261231' },
      { type: 'compact_20260112' },
      { type: 'rewrite_20270101' },
      {},
      7,
    ];
    assert.deepEqual(found({ context_management: { edits } }), [
      'capability compact_20260112 at context_management.edits[2] (server_compaction)',
      'unknown_part rewrite_20270101 at context_management.edits[3]',
      'unknown_part  at context_management.edits[4]',
      'unknown_part  at context_management.edits[5]',
    ]);
  });

  it('is structured when its reply must have a form', () => {
    assert.equal(view({ output_format: { type: 'json_schema' } }).structured, true);
    assert.equal(view({ output_config: { format: { type: 'json_schema' } } }).structured, true);
    assert.equal(view({ output_config: { effort: 'high', format: null } }).structured, false);
  });

  it('tells betas that are known from others, each once', () => {
    const { betas } = view({}, ' effort-2025-11-24,,new-1 ,Effort-2025-11-24, new-1,effort-2025-11-24');
    assert.deepEqual(betas, { known: ['effort-2025-11-24'], unknown: ['new-1', 'Effort-2025-11-24'] });
    assert.deepEqual(view({}, undefined).betas, { known: [], unknown: [] });
  });
});

describe('a field that a parser blind to case would read', () => {
  it('is refused wherever it decides something', () => {
    const base = '"max_tokens":1,"messages":[],"model":"m"';
    const inPart = (part: string) =>
      `{"max_tokens":1,"model":"m","messages":[{"role":"user","content":[${part}]}]}`;
    for (const [body, says] of [
      [`{${base},"Tools":[]}`, 'Tools must be written tools'],
      [`{${base},"tool\u017f":[]}`, 'tool\u017f must be written tools'],
      [`{${base},"STREAM":true}`, 'STREAM must be written stream'],
      [`{${base},"Thread":{}}`, 'Thread must be written thread'],
      [`{${base},"thinking":{"Budget_tokens":5}}`, 'thinking.Budget_tokens must be written budget_tokens'],
      [`{${base},"tools":[{"Type":"web_search_20250305","name":"x"}]}`, 'tools[0].Type must be written type'],
      [
        `{"max_tokens":1,"model":"m","messages":[{"role":"user","Content":[]}]}`,
        'messages[0].Content must be written content',
      ],
      [
        inPart('{"type":"tool_result","Content":[]}'),
        'messages[0].content[0].Content must be written content',
      ],
      [
        inPart('{"type":"image","Source":{"type":"url"}}'),
        'messages[0].content[0].Source must be written source',
      ],
      [
        inPart('{"type":"image","source":{"type":"base64","DATA":"x"}}'),
        'messages[0].content[0].source.DATA must be written data',
      ],
      [
        inPart('{"type":"tool_addition","tool":{"type":"tool_definition","Definition":{}}}'),
        'messages[0].content[0].tool.Definition must be written definition',
      ],
      [
        inPart(
          '{"type":"web_fetch_tool_result","content":{"x":[{"Type":"document","source":{"type":"url"}}]}}',
        ),
        'messages[0].content[0].content.x[0].Type must be written type',
      ],
      [
        `{${base},"context_management":{"Edits":[{"type":"compact_20260112"}]}}`,
        'context_management.Edits must be written edits',
      ],
      [
        `{${base},"context_management":{"edits":[{},{"TYPE":"compact_20260112"}]}}`,
        'context_management.edits[1].TYPE must be written type',
      ],
      [`{${base},"output_config":{"Format":{}}}`, 'output_config.Format must be written format'],
      [`{${base},"output_format":{"Type":"x"}}`, 'output_format.Type must be written type'],
      [`{${base},"tool_choice":{"Type":"any"}}`, 'tool_choice.Type must be written type'],
      [`{${base},"container":{"Source":"x"}}`, 'container.Source must be written source'],
      [
        `{"max_tokens":1,"model":"m","messages":[{"role":"user","content":"","output_config":{"Format":{}}}]}`,
        'messages[0].output_config.Format must be written format',
      ],
    ] as const) {
      assert.equal(bad(body), says, body);
    }
  });

  it('is left alone where it decides nothing', () => {
    assert.deepEqual(found({ metadata: { Type: 1, Tools: [] } }), []);
    assert.deepEqual(
      found({
        tools: [{ name: 'x', input_schema: { type: 'object', properties: { Content: {}, Type: {} } } }],
      }),
      [],
    );
  });
});
