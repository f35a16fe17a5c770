/** The tables against the types of the official SDK: what the API has got and no table knows makes a test fail. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { withoutDate } from './parts.ts';
import {
  BETAS,
  EDITS,
  FIELDS,
  JUDGED,
  MESSAGE_FIELDS,
  PARTS,
  PLAIN_VALUES,
  SOURCES,
  TOOL_CHANGES,
  TOOL_TYPES,
} from './tables.ts';

const sdk = dirname(createRequire(import.meta.url).resolve('@anthropic-ai/sdk'));

class Types {
  readonly #text: string;

  constructor(file: string) {
    this.#text = readFileSync(join(sdk, 'resources', file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  }

  /** @returns the names in a union of interfaces, or of literals */
  union(name: string): string[] {
    const [, text = ''] = new RegExp(`export type ${name} = ([^;]+);`).exec(this.#text) ?? [];
    return text.split('|').map((one) => one.trim());
  }

  /** @returns the text of each field of an interface */
  fields(name: string): Map<string, string> {
    const [, text = ''] =
      new RegExp(`export interface ${name}(?: extends [\\w., ]+)? \\{\\n([\\s\\S]*?)\\n\\}`).exec(
        this.#text,
      ) ?? [];
    return new Map(
      [...text.matchAll(/^ {4}(\w+)\??: (.*);/gm)].map(([, field = '', type = '']) => [field, type]),
    );
  }

  /** @returns the literals that `type` has in the interfaces of a union */
  typesIn(union: string): string[] {
    const types = this.union(union).flatMap((one) => literals(this.fields(one).get('type') ?? ''));
    assert.ok(types.length >= this.union(union).length, `${union} was not understood`);
    return [...new Set(types)].sort();
  }
}

function literals(text: string): string[] {
  return [...text.matchAll(/'([^']+)'/g)].map(([, literal = '']) => literal);
}

const unknownIn = (names: Iterable<string>, table: { has(name: string): boolean }): string[] =>
  [...names].filter((name) => !table.has(name));

const stable = new Types('messages/messages.d.ts');
const beta = new Types('beta/messages/messages.d.ts');

describe('the tables know', () => {
  it('every content block that the SDK can send or get', () => {
    assert.deepEqual(unknownIn(stable.typesIn('ContentBlockParam'), PARTS), []);
    assert.deepEqual(unknownIn(beta.typesIn('BetaContentBlockParam'), PARTS), []);
    assert.deepEqual(unknownIn(beta.typesIn('BetaContentBlock'), PARTS), []);
    const nested = [
      beta.fields('BetaToolResultBlockParam').get('content'),
      beta.fields('BetaSystemMessageParam').get('content'),
      beta.fields('BetaCompactionBlockParam').get('tool_changes'),
    ].flatMap((text) => [...(text ?? '').matchAll(/\bBeta\w+/g)].map(([name]) => name));
    const inner = nested.flatMap((name) => literals(beta.fields(name).get('type') ?? ''));
    assert.ok(inner.includes('tool_reference') && inner.includes('tool_addition'));
    assert.deepEqual(unknownIn(inner, PARTS), []);
    const sent = [...beta.typesIn('BetaContentBlockParam'), ...inner];
    assert.deepEqual(unknownIn(PARTS.keys(), new Set(sent)), [], 'a table has no business with others');
  });

  it('every kind of tool, whatever its date', () => {
    const tools = [...stable.typesIn('ToolUnion'), ...beta.typesIn('BetaToolUnion')].map(withoutDate);
    assert.deepEqual(unknownIn(tools, TOOL_TYPES), []);
    assert.deepEqual(unknownIn(TOOL_TYPES.keys(), new Set(tools)), []);
  });

  it('every field of a request but those of the SDK’s own headers', () => {
    const headers = new Set(['betas', 'user_profile_id', 'workspace_id']);
    const fields = [
      ...beta.fields('MessageCreateParamsBase').keys(),
      ...stable.fields('MessageCreateParamsBase').keys(),
    ];
    assert.ok(fields.length > 25);
    assert.deepEqual(
      fields.filter((name) => !FIELDS.has(name) && !headers.has(name)),
      [],
    );
    // The sampling parameters of models before these types.
    const older = new Set([...fields, 'temperature', 'top_p', 'top_k']);
    assert.deepEqual(unknownIn(FIELDS.keys(), older), []);
  });

  it('every field of a message, of all roles', () => {
    for (const role of ['User', 'Assistant', 'System']) {
      assert.deepEqual(unknownIn(beta.fields(`Beta${role}MessageParam`).keys(), MESSAGE_FIELDS), [], role);
    }
  });

  it('every source, edit and change of tools', () => {
    const image = literals(
      beta
        .fields('BetaImageBlockParam')
        .get('source')
        ?.split('|')
        .map((name) => beta.fields(name.trim()).get('type'))
        .join(' ') ?? '',
    );
    const document = literals(
      beta
        .fields('BetaRequestDocumentBlock')
        .get('source')
        ?.split('|')
        .map((name) => beta.fields(name.trim()).get('type'))
        .join(' ') ?? '',
    );
    assert.deepEqual([...new Set([...image, ...document])].sort(), [...SOURCES.keys()].sort());
    const edits = [
      'BetaClearToolUses20250919Edit',
      'BetaClearThinking20251015Edit',
      'BetaCompact20260112Edit',
    ];
    assert.deepEqual(beta.fields('BetaContextManagementConfig').get('edits'), `Array<${edits.join(' | ')}>`);
    assert.deepEqual(
      edits
        .flatMap((name) => literals(beta.fields(name).get('type') ?? ''))
        .map(withoutDate)
        .sort(),
      [...EDITS.keys()].sort(),
    );
    const changes = (beta.fields('BetaRequestToolAdditionBlock').get('tool') ?? '')
      .split('|')
      .map((name) => name.trim());
    assert.deepEqual(
      changes.flatMap((name) => literals(beta.fields(name).get('type') ?? '')).sort(),
      [...TOOL_CHANGES.keys()].sort(),
    );
  });

  it('every beta of the SDK, to let it pass or to take it out', () => {
    const known = literals(new Types('beta/beta.d.ts').union('AnthropicBeta').join('|'));
    const takenOut = known.filter((name) => !BETAS.has(name));
    // They switch on what the tables have as capabilities, or belong to endpoints that are not let through.
    const reason =
      /^(mcp-|code-execution|fast-mode|user-profiles|advisor-tool|server-side-fallback|fallback-credit|compact-|message-threads|message-batches|files-api|skills|managed-agents|dreaming|agent-memory|ce-|spend-limit|telemetry|webhooks|admin-|analytics-|experimental-)/;
    assert.deepEqual(
      takenOut.filter((name) => !reason.test(name)),
      [],
    );
    // Betas of Claude Code and of the documentation that the SDK has no names for.
    const elsewhere = new Set([
      'advanced-tool-use-2025-11-20',
      'claude-code-20250219',
      'effort-2025-11-24',
      'fine-grained-tool-streaming-2025-05-14',
      'per-turn-control-2026-07-01',
    ]);
    assert.deepEqual(
      [...BETAS].filter((name) => !known.includes(name) && !elsewhere.has(name)),
      [],
    );
  });
});

describe('the tables say', () => {
  it('that whatever makes the provider reach out, run, keep or charge otherwise is a capability without a bound', () => {
    const capabilities = (table: typeof FIELDS): Record<string, string> =>
      Object.fromEntries(
        [...table].flatMap(([name, known]) => (known === 'plain' ? [] : [[name, known.capability]])),
      );
    for (const table of [FIELDS, PARTS, SOURCES, TOOL_TYPES, EDITS, TOOL_CHANGES]) {
      for (const known of table.values()) assert.ok(known === 'plain' || known.unbounded);
    }
    assert.deepEqual(capabilities(FIELDS), {
      speed: 'fast_mode',
      container: 'code_execution',
      mcp_servers: 'mcp',
      thread: 'stored_state',
      compaction: 'server_compaction',
      fallbacks: 'server_fallbacks',
      fallback_credit_token: 'server_fallbacks',
      billing_policy: 'billing',
    });
    assert.deepEqual(capabilities(PARTS), { container_upload: 'files' });
    assert.deepEqual(capabilities(SOURCES), { url: 'url_content', file: 'files' });
    assert.deepEqual(capabilities(TOOL_TYPES), {
      web_search: 'server_tools',
      web_fetch: 'server_tools',
      code_execution: 'code_execution',
      advisor: 'server_tools',
      tool_search_tool_bm25: 'server_tools',
      tool_search_tool_regex: 'server_tools',
      mcp_toolset: 'mcp',
    });
    assert.deepEqual(capabilities(EDITS), { compact: 'server_compaction' });
    assert.deepEqual(capabilities(TOOL_CHANGES), { mcp_tool_reference: 'mcp', mcp_toolset_reference: 'mcp' });
  });

  it('plain values only for fields that are capabilities otherwise', () => {
    for (const name of PLAIN_VALUES.keys()) assert.notEqual(FIELDS.get(name) ?? 'plain', 'plain', name);
    for (const name of JUDGED) assert.equal(name, name.toLowerCase());
  });
});
