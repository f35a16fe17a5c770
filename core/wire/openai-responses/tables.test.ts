import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CONTEXT_EDITS,
  FIELDS,
  ITEMS,
  JUDGED,
  PARTS,
  PLAIN_VALUES,
  RUN_BY_PROVIDER,
  SETTINGS,
  TOOL_TYPES,
} from './tables.ts';

describe('the tables say', () => {
  const capabilities = (table: typeof FIELDS): Record<string, string> =>
    Object.fromEntries(
      [...table].flatMap(([name, known]) => (known === 'plain' ? [] : [[name, known.capability]])),
    );

  it('that whatever makes the provider reach out, run, keep or charge otherwise is a capability', () => {
    assert.deepEqual(capabilities(FIELDS), {
      service_tier: 'priority_tier',
      previous_response_id: 'stored_state',
      conversation: 'stored_state',
      prompt: 'stored_state',
      background: 'stored_state',
      store: 'stored_state',
      moderation: 'server_tools',
    });
    assert.deepEqual(capabilities(ITEMS), {
      mcp_approval_response: 'mcp',
      program: 'code_execution',
      compaction_trigger: 'server_compaction',
      item_reference: 'stored_state',
    });
    assert.deepEqual(capabilities(PARTS), {});
    assert.deepEqual(capabilities(TOOL_TYPES), {
      web_search: 'server_tools',
      web_search_preview: 'server_tools',
      file_search: 'server_tools',
      image_generation: 'server_tools',
      code_interpreter: 'code_execution',
      programmatic_tool_calling: 'code_execution',
      mcp: 'mcp',
    });
    assert.deepEqual(capabilities(RUN_BY_PROVIDER), { tool_search: 'server_tools', shell: 'code_execution' });
    assert.deepEqual(capabilities(CONTEXT_EDITS), { compaction: 'server_compaction' });
  });

  it('that only keeping a reply, and comparing with one, is bounded', () => {
    const tables = [FIELDS, ITEMS, PARTS, TOOL_TYPES, RUN_BY_PROVIDER, CONTEXT_EDITS];
    const all = [
      ...tables.flatMap((table) => [...table]),
      ...SETTINGS.map(({ setting, known }) => [setting, known] as const),
    ];
    const bounded = all.filter(([, known]) => known !== 'plain' && !known.unbounded).map(([name]) => name);
    assert.deepEqual(bounded, ['store', 'comparison_response_id']);
  });

  it('plain values only for fields that are capabilities otherwise, and judged names in small letters', () => {
    for (const name of PLAIN_VALUES.keys()) assert.notEqual(FIELDS.get(name) ?? 'plain', 'plain', name);
    for (const name of JUDGED) assert.equal(name, name.toLowerCase());
  });
});
