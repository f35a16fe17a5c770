/** Content blocks and tool definitions: which there are, and how much of the body is media rather than text. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { findingOf, type Known, misspelt } from '../known.ts';
import type { Finding, InputSize } from '../wire.ts';
import { JUDGED, PARTS, SOURCES, TOOL_CHANGES, TOOL_TYPES } from './tables.ts';

export class PartReader {
  readonly #findings: Finding[];
  /** Bytes of base64 in images and documents. */
  mediaBytes = 0;
  images = 0;
  documents = 0;
  /** Tools defined in the middle of the conversation. */
  addedTools = 0;
  /** Tools whose definition the provider adds by itself. */
  providerTools = 0;
  /** The longest-lived cache that the request writes. */
  cacheWrite: 'none' | '5m' | '1h' = 'none';
  readonly #definitions: JsonObject[] = [];
  /** How often each tool is referred to, by its name. */
  readonly #references = new Map<JsonValue | undefined, number>();

  constructor(findings: Finding[]) {
    this.#findings = findings;
  }

  /** Content is text or a list of blocks. @returns what is wrong, if anything is */
  readContent(content: JsonValue | undefined, path: string): string | undefined {
    if (content === undefined || content === null || typeof content === 'string') return undefined;
    if (!Array.isArray(content)) return `${path} must be text or a list of blocks`;
    for (const [i, part] of content.entries()) {
      const wrong = this.#readPart(part, `${path}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  /** @returns what is wrong, if anything is */
  readTools(tools: readonly JsonValue[]): string | undefined {
    for (const [i, tool] of tools.entries()) {
      const wrong = this.#readTool(tool, `tools[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  /**
   * What stands in the request once and the model reads more often: the provider puts a tool's definition in the place
   * of each reference to it. A deferred one it reads nowhere else.
   */
  repeated(): Pick<InputSize, 'textBytes' | 'tools' | 'providerTools'> {
    const sum = { textBytes: 0, tools: 0, providerTools: 0 };
    for (const tool of this.#definitions) {
      const more = (this.#references.get(tool.name) ?? 0) - (tool.defer_loading === true ? 1 : 0);
      if (more <= 0) continue;
      sum.textBytes += more * Buffer.byteLength(JSON.stringify(tool));
      sum.tools += more;
      if (isProviders(tool)) sum.providerTools += more;
    }
    return sum;
  }

  /** A marker anywhere makes the provider write a cache; one with a lifetime that is not known counts as the dearest. */
  noteCache(marker: JsonValue | undefined): void {
    if (!isObject(marker)) return;
    const short = marker.ttl === undefined || marker.ttl === null || marker.ttl === '5m';
    if (!short || misspelt(marker, '', JUDGED) !== undefined) this.cacheWrite = '1h';
    else if (this.cacheWrite === 'none') this.cacheWrite = '5m';
  }

  #readPart(part: JsonValue, path: string): string | undefined {
    if (!isObject(part) || typeof part.type !== 'string') return `${path} must be a block with a type`;
    const wrong = misspelt(part, path, JUDGED);
    if (wrong !== undefined) return wrong;
    this.#note(PARTS.get(part.type), part.type, path);
    this.noteCache(part.cache_control);
    switch (part.type) {
      case 'image':
        this.images++;
        return this.#readSource(part.source, `${path}.source`);
      case 'document':
        if (isObject(part.source) && part.source.type === 'base64') this.documents++;
        return this.#readSource(part.source, `${path}.source`);
      case 'tool_result':
      case 'search_result':
        return this.readContent(part.content, `${path}.content`);
      case 'tool_reference':
        this.#refer(part.tool_name);
        return undefined;
      case 'tool_addition':
        return this.#readToolAddition(part.tool, `${path}.tool`);
      case 'compaction':
        return this.readContent(part.tool_changes, `${path}.tool_changes`);
      default:
        return part.type.endsWith('_tool_result')
          ? this.#readNested(part.content, `${path}.content`)
          : undefined;
    }
  }

  /** What a provider's own tools brought has forms of its own, in which blocks may stand anywhere. */
  #readNested(value: JsonValue | undefined, path: string): string | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (isObject(value)) {
      if (typeof value.type === 'string' && PARTS.has(value.type)) return this.#readPart(value, path);
      // A cache marker that is misspelt counts as the dearest.
      const wrong = path.endsWith('.cache_control') ? undefined : misspelt(value, path, JUDGED);
      if (wrong !== undefined) return wrong;
      this.noteCache(value.cache_control);
    }
    for (const [step, item] of Object.entries(value)) {
      const wrong = this.#readNested(item, Array.isArray(value) ? `${path}[${step}]` : `${path}.${step}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #readSource(source: JsonValue | undefined, path: string): string | undefined {
    if (!isObject(source) || typeof source.type !== 'string') return `${path} must be an object with a type`;
    const wrong = misspelt(source, path, JUDGED);
    if (wrong !== undefined) return wrong;
    this.#note(SOURCES.get(source.type), source.type, path);
    if (source.type === 'content') return this.readContent(source.content, `${path}.content`);
    if (source.type !== 'base64') return undefined;
    if (typeof source.data !== 'string') return `${path}.data must be text`;
    // In the body it may be written with escapes; then more bytes count as text than are, which only raises the bound.
    this.mediaBytes += source.data.length;
    return undefined;
  }

  #readToolAddition(tool: JsonValue | undefined, path: string): string | undefined {
    if (!isObject(tool) || typeof tool.type !== 'string') return `${path} must be an object with a type`;
    const wrong = misspelt(tool, path, JUDGED);
    if (wrong !== undefined) return wrong;
    this.#note(TOOL_CHANGES.get(tool.type), tool.type, path);
    if (tool.type === 'tool_reference') this.#refer(tool.name);
    if (tool.type !== 'tool_definition') return undefined;
    this.addedTools++;
    return this.#readTool(tool.definition ?? null, `${path}.definition`);
  }

  #readTool(tool: JsonValue, path: string): string | undefined {
    if (!isObject(tool)) return `${path} must be an object`;
    const wrong = misspelt(tool, path, JUDGED);
    if (wrong !== undefined) return wrong;
    const type = tool.type ?? 'custom';
    if (typeof type !== 'string') return `${path}.type must be text`;
    this.noteCache(tool.cache_control);
    this.#definitions.push(tool);
    const known = TOOL_TYPES.get(withoutDate(type));
    this.#note(known, type, path, 'unknown_tool_type');
    if (known === 'plain' && isProviders(tool)) this.providerTools++;
    return undefined;
  }

  #refer(tool: JsonValue | undefined): void {
    this.#references.set(tool, (this.#references.get(tool) ?? 0) + 1);
  }

  #note(
    known: Known | undefined,
    name: string,
    path: string,
    kind: 'unknown_part' | 'unknown_tool_type' = 'unknown_part',
  ): void {
    const finding = findingOf(known, name, path, kind);
    if (finding !== undefined) this.#findings.push(finding);
  }
}

/** Whether the provider knows the tool by its type and adds the definition. */
function isProviders({ type }: JsonObject): boolean {
  return (type ?? 'custom') !== 'custom';
}

/** web_search_20260318 → web_search: a new date of a known type does what the type does. */
export function withoutDate(type: string): string {
  return type.replace(/_\d{8}$/, '');
}
