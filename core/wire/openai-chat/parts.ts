/** Content parts and tool definitions: which there are, and how much of the body is media rather than text. */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { findingOf, misspelt } from '../known.ts';
import type { Finding } from '../wire.ts';
import { JUDGED, MEDIA_FIELDS, PARTS, TOOL_TYPES } from './tables.ts';

const IMAGE = /^data:image\/[\w.+-]+;base64,/i;
/** A file may also be its base64 alone, which has no colon; any other scheme is fetched. */
const INLINE_FILE = /^(?:data:|[^:]*$)/i;

export class PartReader {
  readonly #findings: Finding[];
  /** Bytes of base64 in images, audio and files. */
  mediaBytes = 0;
  images = 0;
  /** Base64 of audio: a token of it stands for more than one of these. */
  audioTokens = 0;
  documents = 0;
  /** Whether something says where a cache is to end. */
  marked = false;
  /** Whether a cache is to live longer than by default. */
  longCache = false;

  constructor(findings: Finding[]) {
    this.#findings = findings;
  }

  /** Content is text or a list of parts. @returns what is wrong, if anything is */
  readContent(content: JsonValue | undefined, path: string): string | undefined {
    if (content === undefined || content === null || typeof content === 'string') return undefined;
    if (!Array.isArray(content)) return `${path} must be text or a list of parts`;
    for (const [i, part] of content.entries()) {
      const wrong = this.#readPart(part, `${path}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  /** @returns what is wrong, if anything is */
  readTools(tools: readonly JsonValue[]): string | undefined {
    for (const [i, tool] of tools.entries()) {
      const path = `tools[${i}]`;
      if (!isObject(tool)) return `${path} must be an object`;
      const wrong = misspelt(tool, path, JUDGED);
      if (wrong !== undefined) return wrong;
      const type = tool.type ?? 'function';
      if (typeof type !== 'string') return `${path}.type must be text`;
      this.noteCache(tool);
      this.#note(findingOf(TOOL_TYPES.get(type), type, path, 'unknown_tool_type'));
    }
    return undefined;
  }

  /**
   * OpenAI's breakpoint lives 30 minutes or 12 hours, Anthropic's marker (which OpenRouter takes too) 5 minutes or an
   * hour; a lifetime that is not known counts as the dearest.
   */
  noteCache({ prompt_cache_breakpoint: breakpoint, cache_control: marker }: JsonObject): void {
    for (const one of [breakpoint, marker]) {
      if (!isObject(one)) continue;
      this.marked = true;
      const short = [undefined, null, '30m', '5m'].includes(one.ttl as string | null | undefined);
      if (!short || misspelt(one, '', JUDGED) !== undefined) this.longCache = true;
    }
  }

  #readPart(part: JsonValue, path: string): string | undefined {
    if (!isObject(part) || typeof part.type !== 'string') return `${path} must be a part with a type`;
    const wrong = misspelt(part, path, JUDGED);
    if (wrong !== undefined) return wrong;
    this.#note(findingOf(PARTS.get(part.type), part.type, path, 'unknown_part'));
    this.noteCache(part);
    // By their fields, whatever the type says: a host may look at these alone.
    return (
      this.#readMedia(part.image_url, `${path}.image_url`, part.type === 'image_url') ??
      this.#readMedia(part.input_audio, `${path}.input_audio`, part.type === 'input_audio') ??
      this.#readMedia(part.file, `${path}.file`, part.type === 'file')
    );
  }

  #readMedia(media: JsonValue | undefined, path: string, wanted: boolean): string | undefined {
    if (media === undefined || media === null) return wanted ? `${path} is missing` : undefined;
    // Mistral takes an image's URL without an object around it.
    if (typeof media === 'string') return this.#readUrl(media, path);
    if (!isObject(media)) return `${path} must be an object`;
    const wrong = misspelt(media, path, JUDGED);
    if (wrong !== undefined) return wrong;
    for (const [field, value] of Object.entries(media)) {
      if (value === null) continue;
      this.#note(findingOf(MEDIA_FIELDS.get(field), `messages[].content[].${field}`, path, 'unknown_field'));
      if (['url', 'data', 'file_data'].includes(field) && typeof value !== 'string')
        return `${path}.${field} must be text`;
    }
    if (typeof media.url === 'string') this.#readUrl(media.url, path);
    if (typeof media.data === 'string') {
      this.audioTokens += media.data.length;
      this.mediaBytes += media.data.length;
    }
    if (typeof media.file_data === 'string') this.#readFile(media.file_data, path);
    return undefined;
  }

  #readUrl(url: string, path: string): undefined {
    if (!/^data:/i.test(url)) {
      this.#findings.push(urlFinding(path));
    } else if (IMAGE.test(url)) {
      this.images++;
      // In the body it may be written with escapes; then more bytes count as text than are, which only raises the bound.
      this.mediaBytes += url.length;
    } else {
      // Some hosts take a PDF here.
      this.documents++;
    }
  }

  #readFile(data: string, path: string): void {
    if (!INLINE_FILE.test(data)) {
      this.#findings.push(urlFinding(path));
      return;
    }
    this.documents++;
    this.mediaBytes += data.length;
  }

  #note(finding: Finding | undefined): void {
    if (finding !== undefined) this.#findings.push(finding);
  }
}

function urlFinding(path: string): Finding {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return { kind: 'capability', name, path, capability: 'url_content', unbounded: true };
}
