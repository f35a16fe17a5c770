import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutDate } from './input.ts';
import { ITEMS, RUN_BY_PROVIDER, TOOL_TYPES } from './tables.ts';
import { content, found, items, read, view } from './testing-requests.ts';

const image = (image_url: unknown, more: object = {}) => ({ type: 'input_image', image_url, ...more });
const png = 'data:image/png;base64,AAAA';

describe('items of the input', () => {
  it('are found by type, each plain, a capability or unknown', () => {
    for (const [type, known] of ITEMS) {
      const item = {
        type,
        role: 'user',
        result: 'AAAA',
        output: { type: 'computer_screenshot' },
        summary: [],
      };
      if (type.endsWith('call_output') && type !== 'computer_call_output')
        Object.assign(item, { output: 'x' });
      const name = `capability ${type} at input[0]`;
      assert.deepEqual(found(items(item)), known === 'plain' ? [] : [`${name} (${known.capability})`], type);
    }
    assert.deepEqual(found(items({ type: 'ghost_snapshot' }, { type: 'message_v2' })), [
      'unknown_part ghost_snapshot at input[0]',
      'unknown_part message_v2 at input[1]',
    ]);
  });

  it('without a type are messages, or references if they have no role', () => {
    assert.deepEqual(
      found(items({ role: 'user', content: 'x' }, { type: null, role: 'user', content: 'x' })),
      [],
    );
    const reference = ['capability item_reference at input[0] (stored_state)'];
    assert.deepEqual(found(items({ id: 'msg_1' })), reference);
    assert.deepEqual(found(items({ type: null, id: 'msg_1' })), reference);
    assert.deepEqual(found(items({})), reference);
  });

  it('that only name what the provider has kept bring it in', () => {
    const kept = (name: string) => [`capability ${name} at input[0] (stored_state)`];
    for (const item of [
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'x' }],
        encrypted_content: '',
      },
      { type: 'reasoning', id: 'rs_1', content: [] },
    ]) {
      assert.deepEqual(found(items(item)), kept('reasoning'), JSON.stringify(item));
    }
    assert.deepEqual(
      found(items({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gA' })),
      [],
    );
    assert.deepEqual(
      found(items({ type: 'reasoning', id: 'r', content: [{ type: 'reasoning_text', text: 'x' }] })),
      [],
    );
    assert.deepEqual(found(items({ type: 'reasoning', summary: [] })), [], 'there is nothing to look for');
    for (const result of [undefined, null, ''])
      assert.deepEqual(
        found(items({ type: 'image_generation_call', id: 'ig_1', result })),
        kept('image_generation_call'),
      );
    assert.deepEqual(found(items({ type: 'image_generation_call', id: 'ig_1', result: 'AAAA' })), []);
  });
});

describe('parts of content', () => {
  it('are found wherever they stand', () => {
    const inner = [{ type: 'input_text', text: '' }, image('http://169.254.169.254/'), { type: 'hologram' }];
    for (const [body, path] of [
      [content(...inner), 'input[0].content'],
      [items({ type: 'message', role: 'developer', content: inner }), 'input[0].content'],
      [items({ type: 'agent_message', author: 'a', content: inner }), 'input[0].content'],
      [items({ type: 'function_call_output', call_id: 'c', output: inner }), 'input[0].output'],
      [items({ type: 'custom_tool_call_output', call_id: 'c', output: inner }), 'input[0].output'],
      [items({ type: 'reasoning', summary: inner }), 'input[0].summary'],
      [items({ type: 'reasoning', content: inner }), 'input[0].content'],
    ] as const) {
      assert.deepEqual(found(body), [
        `capability image_url at ${path}[1] (url_content)`,
        `unknown_part hologram at ${path}[2]`,
      ]);
    }
    const screenshot = { type: 'computer_screenshot', image_url: 'https://x' };
    assert.deepEqual(found(items({ type: 'computer_call_output', output: screenshot })), [
      'capability image_url at input[0].output (url_content)',
    ]);
  });

  it('may be hidden in items that have forms of their own', () => {
    for (const type of ['mcp_call', 'shell_call_output', 'code_interpreter_call', 'item_of_the_future']) {
      const hidden = { type, outputs: [{ a: [image('http://x')] }] };
      assert.ok(
        found(items(hidden)).includes('capability image_url at input[0].outputs[0].a[0] (url_content)'),
        type,
      );
    }
  });

  it('must be parts with a type, and media must have text where bytes belong', () => {
    for (const part of [
      'x',
      null,
      {},
      { type: 7 },
      image({ url: 'x' }),
      image(7),
      { type: 'input_image', file_id: 7 },
      { type: 'input_file', file_data: [] },
      { type: 'input_audio' },
      { type: 'input_audio', input_audio: { data: 7 } },
    ]) {
      const result = read(content(part));
      assert.ok('bad' in result && result.bad.startsWith('input[0].content[0]'), JSON.stringify(part));
    }
    const noScreen = read(items({ type: 'computer_call_output' }));
    assert.ok('bad' in noScreen && noScreen.bad.startsWith('input[0].output'));
  });

  it('that have an address or an id are capabilities, and those that have their bytes are plain', () => {
    const at = 'at input[0].content[0]';
    for (const [part, names] of [
      [image(png), []],
      [image(null), []],
      [image('https://x/y.png'), [`capability image_url ${at} (url_content)`]],
      [image('DATA:image/png;base64,AA'), [`capability image_url ${at} (url_content)`]],
      [image(' data:x'), [`capability image_url ${at} (url_content)`]],
      [image(null, { file_id: 'file_1' }), [`capability file_id ${at} (files)`]],
      [image(png, { file_id: 'file_1' }), [`capability file_id ${at} (files)`]],
      [{ type: 'input_file', file_data: 'JVBERi0=' }, []],
      [{ type: 'input_file', file_url: 'data:application/pdf;base64,JVBERi0=' }, []],
      [{ type: 'input_file', file_url: 'http://x' }, [`capability file_url ${at} (url_content)`]],
      [{ type: 'input_file', file_id: 'file_1' }, [`capability file_id ${at} (files)`]],
    ] as const) {
      assert.deepEqual(found(content(part)), names, JSON.stringify(part));
    }
  });
});

describe('tools', () => {
  it('of each known type are plain or a capability, whatever their date, and others are named', () => {
    for (const [type, known] of TOOL_TYPES) {
      const tool = { type, name: 'x', execution: 'client', tools: [] };
      const name = `capability ${type} at tools[0]`;
      assert.deepEqual(
        found({ tools: [tool] }),
        known === 'plain' ? [] : [`${name} (${known.capability})`],
        type,
      );
    }
    assert.deepEqual(found({ tools: [{ type: 'web_search_preview_2025_03_11' }, { type: 'memory_2027' }] }), [
      'capability web_search_preview_2025_03_11 at tools[0] (server_tools)',
      'unknown_tool_type memory_2027 at tools[1]',
    ]);
    assert.equal(withoutDate('web_search_2025_08_26'), 'web_search');
    assert.equal(withoutDate('web_search_20250826'), 'web_search');
    assert.equal(withoutDate('web_search_2025_08'), 'web_search_2025_08');
  });

  it('are the provider’s where they run there', () => {
    for (const [tool, names] of [
      [{ type: 'tool_search', execution: 'client' }, []],
      [{ type: 'tool_search' }, ['capability tool_search at tools[0] (server_tools)']],
      [{ type: 'tool_search', execution: 'server' }, ['capability tool_search at tools[0] (server_tools)']],
      [{ type: 'shell' }, []],
      [{ type: 'shell', environment: null }, []],
      [{ type: 'shell', environment: { type: 'local' } }, []],
      [
        { type: 'shell', environment: { type: 'container_auto' } },
        ['capability shell at tools[0] (code_execution)'],
      ],
      [
        { type: 'shell', environment: { type: 'container_reference' } },
        ['capability shell at tools[0] (code_execution)'],
      ],
      [{ type: 'shell', environment: 'container' }, ['capability shell at tools[0] (code_execution)']],
    ] as const) {
      assert.deepEqual(found({ tools: [tool] }), names, JSON.stringify(tool));
    }
    for (const known of RUN_BY_PROVIDER.values()) assert.ok(known.unbounded);
  });

  it('are judged and counted in namespaces and in the middle of the conversation too', () => {
    const inner = [{ type: 'function', name: 'f' }, { type: 'mcp', server_label: 'x' }, { type: 'shell' }];
    const namespace = { type: 'namespace', name: 'n', tools: inner };
    for (const [body, path] of [
      [{ tools: [namespace] }, 'tools[0].tools[1]'],
      [
        items({ type: 'additional_tools', role: 'developer', tools: [namespace] }),
        'input[0].tools[0].tools[1]',
      ],
      [items({ type: 'tool_search_output', call_id: 'c', tools: [namespace] }), 'input[0].tools[0].tools[1]'],
    ] as const) {
      const { findings, size } = view(body);
      assert.deepEqual(
        findings.map(({ path: where, capability }) => [where, capability]),
        [[path, 'mcp']],
      );
      assert.deepEqual([size.tools, size.providerTools], [4, 1], path);
    }
  });
});

describe('sizes', () => {
  it('take the base64 of media off the text, and count images, documents and audio everywhere', () => {
    const body = items(
      {
        role: 'user',
        content: [
          image(`data:image/png;base64,${'A'.repeat(5000)}`),
          { type: 'input_file', filename: 'x.pdf', file_data: 'B'.repeat(900) },
          { type: 'input_audio', input_audio: { format: 'mp3', data: 'C'.repeat(700) } },
        ],
      },
      { type: 'function_call_output', call_id: 'c', output: [image(png), image('https://x')] },
      { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot', image_url: png } },
      { type: 'image_generation_call', id: 'ig', result: 'D'.repeat(300) },
    );
    const { size, document } = view(body);
    const media = 'data:image/png;base64,'.length + 5000 + 900 + 700 + 2 * png.length + 300;
    assert.equal(size.textBytes, (document?.bytes.length ?? 0) - media);
    assert.deepEqual(
      [size.images, size.documents, size.audioTokens, size.messages, size.longContext],
      [5, 1, 700, 4, false],
    );
    assert.equal(view({ input: 'x' }).size.messages, 1);
  });

  it('count sealed reasoning by its bytes, and images by their number, whatever the model', () => {
    const sealed = (n: number) =>
      view(items({ type: 'reasoning', summary: [], encrypted_content: 'x'.repeat(n) })).size.textBytes;
    assert.equal(sealed(1000) - sealed(0), 1000);
    for (const model of ['gpt-4o-mini-2024-07-18', 'gpt-4o'])
      assert.equal(view({ ...content(image(png)), model }).size.images, 1);
  });
});
