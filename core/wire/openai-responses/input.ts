/** Items, their content, and tool definitions: which there are, and how much of the body is media rather than text. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { capability, findingOf, type Known, misspelt } from '../known.ts';
import type { Finding } from '../wire.ts';
import { ITEMS, JUDGED, PARTS, RUN_BY_PROVIDER, TOOL_TYPES } from './tables.ts';

export class InputReader {
  readonly #findings: Finding[];
  /** As how many images one counts. */
  /** Bytes of base64 in images, files and audio. */
  mediaBytes = 0;
  images = 0;
  documents = 0;
  audioTokens = 0;
  /** Tools defined anywhere: in the list, in namespaces, in the middle of the conversation. */
  tools = 0;
  /** Tools whose definition the provider adds by itself. */
  providerTools = 0;
  /** Whether an item asks for a reply of a certain form. */
  structured = false;
  /** Whether a cache is to be written that lives long. */
  longCache = false;

  constructor(findings: Finding[]) {
    this.#findings = findings;
  }

  /** @returns what is wrong, if anything is */
  readItem(item: JsonValue, path: string): string | undefined {
    if (!isObject(item)) return `${path} must be an object`;
    const wrong = misspelt(item, path, JUDGED);
    if (wrong !== undefined) return wrong;
    const type = item.type ?? (typeof item.role === 'string' ? 'message' : 'item_reference');
    if (typeof type !== 'string') return `${path}.type must be text`;
    this.#note(ITEMS.get(type), type, path);
    switch (type) {
      case 'message':
        if (typeof item.role !== 'string') return `${path} must be an object with a role`;
        return this.#readContent(item.content, `${path}.content`);
      case 'agent_message':
        return this.#readContent(item.content, `${path}.content`);
      case 'reasoning':
        this.#readReasoning(item, path);
        return (
          this.#readContent(item.summary, `${path}.summary`) ??
          this.#readContent(item.content, `${path}.content`)
        );
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#readContent(item.output, `${path}.output`);
      case 'computer_call_output':
        return this.#readPart(item.output ?? null, `${path}.output`);
      case 'image_generation_call':
        return this.#readImageCall(item, path);
      case 'additional_tools':
      case 'tool_search_output':
        return this.readTools(item.tools, `${path}.tools`);
      case 'configuration_update':
        this.structured ||= isObject(item.text) && asksForForm(item.text.format);
        return undefined;
      default:
        return this.#readNested(item, path, true);
    }
  }

  /** @returns what is wrong, if anything is */
  readTools(tools: JsonValue | undefined, path: string): string | undefined {
    if (tools === undefined || tools === null) return undefined;
    if (!Array.isArray(tools)) return `${path} must be a list`;
    for (const [i, tool] of tools.entries()) {
      const wrong = this.#readTool(tool, `${path}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  /** A lifetime that is not known counts as the long one. */
  noteCache(marker: JsonValue | undefined): void {
    if (!isObject(marker)) return;
    const short = marker.ttl === undefined || marker.ttl === null || marker.ttl === '30m';
    if (!short || misspelt(marker, '', JUDGED) !== undefined) this.longCache = true;
  }

  #readTool(tool: JsonValue, path: string): string | undefined {
    if (!isObject(tool)) return `${path} must be an object`;
    const wrong = misspelt(tool, path, JUDGED);
    if (wrong !== undefined) return wrong;
    const { type } = tool;
    if (typeof type !== 'string') return `${path}.type must be text`;
    this.tools++;
    const name = withoutDate(type);
    const known = runsAtProvider(name, tool) ? RUN_BY_PROVIDER.get(name) : TOOL_TYPES.get(name);
    this.#note(known, type, path, 'unknown_tool_type');
    if (name === 'namespace') return this.readTools(tool.tools, `${path}.tools`);
    if (known === 'plain' && name !== 'function' && name !== 'custom') this.providerTools++;
    return undefined;
  }

  /** Content is text or a list of parts. */
  #readContent(content: JsonValue | undefined, path: string): string | undefined {
    if (content === undefined || content === null || typeof content === 'string') return undefined;
    if (!Array.isArray(content)) return `${path} must be text or a list of parts`;
    for (const [i, part] of content.entries()) {
      const wrong = this.#readPart(part, `${path}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #readPart(part: JsonValue, path: string): string | undefined {
    if (!isObject(part) || typeof part.type !== 'string') return `${path} must be a part with a type`;
    const wrong = misspelt(part, path, JUDGED);
    if (wrong !== undefined) return wrong;
    this.#note(PARTS.get(part.type), part.type, path);
    this.noteCache(part.prompt_cache_breakpoint);
    switch (part.type) {
      case 'input_image':
      case 'computer_screenshot':
        this.images++;
        return this.#readSource(part, ['image_url'], path);
      case 'input_file':
        this.documents++;
        return this.#readSource(part, ['file_url', 'file_data'], path);
      case 'input_audio':
        return this.#readAudio(part.input_audio, `${path}.input_audio`);
      default:
        return undefined;
    }
  }

  /** @param fields where its bytes, or the address of them, may stand */
  #readSource(part: JsonObject, fields: readonly string[], path: string): string | undefined {
    for (const field of [...fields, 'file_id']) {
      const value = part[field] ?? null;
      if (value === null) continue;
      if (typeof value !== 'string') return `${path}.${field} must be text`;
      if (field === 'file_id') this.#note(capability('files'), field, path);
      else if (field === 'file_data' || value.startsWith('data:')) this.mediaBytes += value.length;
      else this.#note(capability('url_content'), field, path);
    }
    return undefined;
  }

  /** How long it plays is not looked at: each byte counts as a token, as with text. */
  #readAudio(audio: JsonValue | undefined, path: string): string | undefined {
    if (!isObject(audio) || typeof audio.data !== 'string') return `${path} must be an object with data`;
    const wrong = misspelt(audio, path, JUDGED);
    if (wrong !== undefined) return wrong;
    this.audioTokens += audio.data.length;
    this.mediaBytes += audio.data.length;
    return undefined;
  }

  /** Without its text, sealed or not, the provider looks for it among what it has kept. */
  #readReasoning(item: JsonObject, path: string): void {
    const { id, encrypted_content: sealed, content } = item;
    const here =
      (typeof sealed === 'string' && sealed !== '') || (Array.isArray(content) && content.length > 0);
    if (!here && typeof id === 'string') this.#note(capability('stored_state'), 'reasoning', path);
  }

  #readImageCall(item: JsonObject, path: string): undefined {
    this.images++;
    if (typeof item.result === 'string' && item.result !== '') this.mediaBytes += item.result.length;
    else this.#note(capability('stored_state'), 'image_generation_call', path);
  }

  /** Items have forms of their own, in which parts may stand anywhere. */
  #readNested(value: JsonValue | undefined, path: string, top = false): string | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (!top && isObject(value) && typeof value.type === 'string' && PARTS.has(value.type)) {
      return this.#readPart(value, path);
    }
    for (const [step, item] of Object.entries(value)) {
      const wrong = this.#readNested(item, Array.isArray(value) ? `${path}[${step}]` : `${path}.${step}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #note(
    known: Known | undefined,
    name: string,
    path: string,
    kind: 'unknown_part' | 'unknown_tool_type' = 'unknown_part',
  ): void {
    const finding = findingOf(known, name, path, kind);
    if (finding) this.#findings.push(finding);
  }
}

/** Whether a reply must have this form, so that a refusal in words would break it. */
export function asksForForm(format: JsonValue | undefined): boolean {
  return isObject(format) && format.type !== 'text';
}

/** A search is the provider's unless the client says that it searches; a shell runs where its environment is. */
function runsAtProvider(type: string, { execution, environment }: JsonObject): boolean {
  if (type === 'tool_search') return execution !== 'client';
  return (
    type === 'shell' &&
    (environment ?? null) !== null &&
    !(isObject(environment) && environment.type === 'local')
  );
}

/** web_search_2025_08_26 → web_search: a new date of a known type does what the type does. */
export function withoutDate(type: string): string {
  return type.replace(/_20\d\d_?\d\d_?\d\d$/, '');
}
