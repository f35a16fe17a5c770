import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutDate } from './parts.ts';
import { SOURCES, TOOL_TYPES } from './tables.ts';
import { content, found, read, view } from './testing-requests.ts';

const image = (source: object, more: object = {}) => ({ type: 'image', source, ...more });
const png = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
const url = { type: 'url', url: 'http://169.254.169.254/' };

describe('content blocks', () => {
  it('are found wherever they stand', () => {
    const inner = [{ type: 'text', text: '' }, image(url), { type: 'hologram' }];
    const where: readonly [object, string][] = [
      [content(...inner), 'messages[0].content'],
      [{ system: inner }, 'system'],
      [content({ type: 'tool_result', content: inner }), 'messages[0].content[0].content'],
      [content({ type: 'search_result', content: inner }), 'messages[0].content[0].content'],
      [
        content({ type: 'document', source: { type: 'content', content: inner } }),
        'messages[0].content[0].source.content',
      ],
      [
        content({ type: 'tool_result', content: [{ type: 'search_result', content: inner }] }),
        'messages[0].content[0].content[0].content',
      ],
      [
        {
          messages: [
            { role: 'user', content: '' },
            { role: 'assistant', content: inner },
          ],
        },
        'messages[1].content',
      ],
    ];
    for (const [body, path] of where) {
      assert.deepEqual(found(body), [
        `capability url at ${path}[1].source (url_content)`,
        `unknown_part hologram at ${path}[2]`,
      ]);
    }
  });

  it('may be hidden in what the provider’s own tools brought', () => {
    for (const [part, path] of [
      [
        {
          type: 'web_fetch_tool_result',
          content: { type: 'web_fetch_result', content: { type: 'document', source: url } },
        },
        'content.content.source',
      ],
      [{ type: 'mcp_tool_result', content: [{ type: 'text', text: '' }, image(url)] }, 'content[1].source'],
      [{ type: 'advisor_tool_result', content: { a: { b: [[image(url)]] } } }, 'content.a.b[0][0].source'],
    ] as const) {
      assert.deepEqual(found(content(part)), [
        `capability url at messages[0].content[0].${path} (url_content)`,
      ]);
    }
    const pdf = {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    };
    const { size } = view(
      content({ type: 'web_fetch_tool_result', content: { type: 'web_fetch_result', content: pdf } }),
    );
    assert.equal(size.documents, 1);
  });

  it('must be blocks with a type, and media must have a source with one', () => {
    for (const part of [
      'x',
      null,
      {},
      { type: 7 },
      image('x' as never),
      { type: 'image' },
      image({ url: 'x' }),
      image({ type: 'base64', data: 7 }),
      { type: 'document', source: null },
      { type: 'tool_addition' },
      { type: 'tool_addition', tool: {} },
      { type: 'tool_addition', tool: { type: 'tool_definition' } },
      { type: 'compaction', tool_changes: {} },
      { type: 'tool_result', content: 7 },
    ]) {
      const result = read(content(part));
      assert.ok('bad' in result && result.bad.startsWith('messages[0].content[0]'), JSON.stringify(part));
    }
  });

  it('that make the provider reach out or keep something are capabilities', () => {
    for (const [source, known] of SOURCES) {
      const names = found(content(image({ type: source, data: '', content: '', url: '' })));
      const capability =
        known === 'plain'
          ? []
          : [`capability ${source} at messages[0].content[0].source (${known.capability})`];
      assert.deepEqual(names, capability);
    }
    assert.deepEqual(found(content({ type: 'container_upload', file_id: 'f' })), [
      'capability container_upload at messages[0].content[0] (files)',
    ]);
    assert.deepEqual(found(content(image({ type: 's3', key: 'x' }))), [
      'unknown_part s3 at messages[0].content[0].source',
    ]);
  });
});

describe('tools', () => {
  const tool = (type: string) => ({ type, name: 'x' });

  it('of each known type are plain or a capability, whatever their date, and others are named', () => {
    for (const [type, known] of TOOL_TYPES) {
      const dated = type === 'custom' ? type : `${type}_20991231`;
      assert.deepEqual(
        found({ tools: [tool(dated)] }),
        known === 'plain' ? [] : [`capability ${dated} at tools[0] (${known.capability})`],
      );
    }
    assert.deepEqual(found({ tools: [{ name: 'x' }, tool('shell_20270101'), { type: null, name: 'y' }] }), [
      'unknown_tool_type shell_20270101 at tools[1]',
    ]);
    assert.equal(withoutDate('web_search_20260318'), 'web_search');
    assert.equal(withoutDate('web_search_2026031'), 'web_search_2026031');
  });

  it('that a message adds are judged like those of the list', () => {
    const add = (tool: object) => ({
      messages: [{ role: 'system', content: [{ type: 'tool_addition', tool }] }],
    });
    const at = 'messages[0].content[0].tool';
    assert.deepEqual(found(add({ type: 'tool_definition', definition: tool('web_search_20250305') })), [
      `capability web_search_20250305 at ${at}.definition (server_tools)`,
    ]);
    assert.deepEqual(found(add({ type: 'mcp_toolset_reference', server_name: 'x' })), [
      `capability mcp_toolset_reference at ${at} (mcp)`,
    ]);
    assert.deepEqual(found(add({ type: 'tool_import' })), [`unknown_part tool_import at ${at}`]);
    assert.deepEqual(found(add({ type: 'tool_reference', name: 'x' })), []);
    const changes = [
      { type: 'tool_addition', tool: { type: 'tool_definition', definition: tool('code_execution_1') } },
    ];
    assert.deepEqual(found(content({ type: 'compaction', tool_changes: changes })), [
      'unknown_tool_type code_execution_1 at messages[0].content[0].tool_changes[0].tool.definition',
    ]);
  });

  it('are counted, with those that messages add and those that the provider defines', () => {
    const { size } = view({
      tools: [
        { name: 'x' },
        tool('bash_20250124'),
        tool('text_editor_20250728'),
        tool('web_search_20250305'),
      ],
      ...content({
        type: 'tool_addition',
        tool: { type: 'tool_definition', definition: tool('computer_20250124') },
      }),
    });
    assert.equal(size.tools, 5);
    assert.equal(size.providerTools, 3);
  });
});

describe('sizes', () => {
  it('have the definition of a tool as often as the model reads it', () => {
    const reference = { type: 'tool_reference', tool_name: 'x' };
    const tools = [{ name: 'x', description: 'd'.repeat(10_000), input_schema: {} }];
    const definition = JSON.stringify(tools[0]).length;
    const added = (body: object, of: object[] = tools): number => {
      const { size, document } = view({ tools: of, ...body });
      return size.textBytes - (document?.bytes.length ?? 0);
    };
    const result = (...parts: object[]) => content({ type: 'tool_result', tool_use_id: 't', content: parts });
    assert.equal(added(result(reference)), definition);
    assert.equal(added(result(reference, { type: 'text', text: '' }, reference)), 2 * definition);
    assert.equal(added(result({ ...reference, tool_name: 'y' })), 0, 'there is no such tool');
    const deferred = [{ ...tools[0], defer_loading: true }];
    assert.equal(
      added(result(reference), deferred),
      0,
      'it is read where it is referred to, and nowhere else',
    );
    assert.equal(added(result(reference, reference), deferred), JSON.stringify(deferred[0]).length);
    const searched = { type: 'tool_search_tool_search_result', tool_references: [reference] };
    assert.equal(added(content({ type: 'tool_search_tool_result', content: searched })), definition);
    const addition = (tool: object) => ({ type: 'tool_addition', tool });
    const own = addition({ type: 'tool_definition', definition: { name: 'z', input_schema: {} } });
    const again = addition({ type: 'tool_reference', name: 'z' });
    assert.equal(added(content(own, again)), JSON.stringify({ name: 'z', input_schema: {} }).length);
    const { size } = view({ tools: [{ type: 'bash_20250124', name: 'x' }], ...result(reference, reference) });
    assert.deepEqual(
      [size.tools, size.providerTools],
      [3, 3],
      'what the provider defines is read as often, too',
    );
  });

  it('take the base64 of media off the text, and count images and documents everywhere', () => {
    const pdf = {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'B'.repeat(900) },
    };
    const body = content(
      image({ ...png, data: 'A'.repeat(5000) }),
      { type: 'tool_result', content: [image(png), pdf] },
      { type: 'document', source: { type: 'text', data: 'plain' } },
    );
    const { size, document } = view(body);
    assert.equal(size.images, 2);
    assert.equal(size.documents, 1);
    assert.equal(size.textBytes, (document?.bytes.length ?? 0) - 5000 - 4 - 900);
    assert.equal(size.messages, 1);
  });
});

describe('cache markers', () => {
  const mark = { type: 'ephemeral' };
  const places = (cache_control: unknown): object[] => [
    { cache_control },
    { tools: [{ name: 'x', cache_control }] },
    { tools: [{ type: 'bash_20250124', name: 'bash', cache_control }] },
    { system: [{ type: 'text', text: '', cache_control }] },
    content({ type: 'text', text: '', cache_control }),
    content(image(png, { cache_control })),
    content({ type: 'tool_use', id: 'x', name: 'x', input: {}, cache_control }),
    content({ type: 'tool_result', tool_use_id: 'x', cache_control }),
    content({ type: 'tool_result', content: [{ type: 'text', text: '', cache_control }] }),
    content({
      type: 'document',
      source: { type: 'content', content: [{ type: 'text', text: '', cache_control }] },
    }),
    content({
      type: 'web_fetch_tool_result',
      content: { content: { type: 'document', source: { type: 'text', data: '' }, cache_control } },
    }),
    content({
      type: 'tool_addition',
      tool: { type: 'tool_definition', definition: { name: 'x', cache_control } },
    }),
    content({ type: 'mcp_tool_result', content: [{ type: 'text', text: '', cache_control }] }),
    content({
      type: 'code_execution_tool_result',
      content: { type: 'code_execution_result', cache_control },
    }),
    content({ type: 'thing_from_the_future', cache_control }),
  ];

  it('are seen everywhere, with the dearest lifetime', () => {
    for (const [marker, written] of [
      [undefined, 'none'],
      [null, 'none'],
      [mark, '5m'],
      [{ ...mark, ttl: '5m' }, '5m'],
      [{ ...mark, ttl: null }, '5m'],
      [{ ...mark, ttl: '1h' }, '1h'],
      [{ ...mark, ttl: '2d' }, '1h'],
      [{ ...mark, ttl: 5 }, '1h'],
      [{ ...mark, TTL: '1h' }, '1h'],
    ] as const) {
      for (const body of places(marker)) {
        assert.equal(view(body).cacheWrite, written, JSON.stringify(body));
      }
    }
    const text = (ttl: string) => ({ type: 'text', text: '', cache_control: { ...mark, ttl } });
    assert.equal(view(content(text('1h'), text('5m'))).cacheWrite, '1h');
    assert.equal(view(content(text('5m'), text('1h'))).cacheWrite, '1h');
  });
});
