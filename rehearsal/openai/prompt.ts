/** What the model reads of a request, as bytes: they are what is counted, and what the prompt cache goes by. */
import { createHash } from 'node:crypto';
import { isObject, textOf } from '../json.ts';

/** A picture or a file counts as this many bytes (1,105 tokens, a large picture of the 4o models; low detail: 85). */
const mediaBytes = 4420;
const lowDetailBytes = 340;

/** Bytes that stand for something that is no text: always the same for the same thing. */
function standIn(value: unknown, size: number): string {
  const digest = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return digest.repeat(Math.ceil(size / digest.length)).slice(0, size);
}

/** The text of content, a string or a list of parts; of other parts what stands for them. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.filter(isObject).map(partText).join('');
}

function partText(part: { readonly [key: string]: unknown }): string {
  const { type } = part;
  if (type === 'image_url' || type === 'input_image') {
    const detail = isObject(part.image_url) ? part.image_url.detail : part.detail;
    return standIn(part, detail === 'low' ? lowDetailBytes : mediaBytes);
  }
  if (type === 'file' || type === 'input_file' || type === 'input_audio') return standIn(part, mediaBytes);
  return textOf(part.text) + textOf(part.refusal);
}

/** The prompt: what the tools are, what the answer has to look like, and what was said. */
export function promptOf(tools: unknown, format: unknown, texts: readonly string[]): Buffer {
  const definitions = Array.isArray(tools) && tools.length > 0 ? JSON.stringify(tools) : '';
  const schema = isObject(format) ? JSON.stringify(format) : '';
  return Buffer.from([definitions, schema, ...texts].join(''));
}
