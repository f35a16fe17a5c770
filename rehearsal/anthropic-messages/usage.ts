/** How many input tokens a request of the Messages API has. */
import type { Block } from '../conversation.ts';
import { isObject, textOf } from '../json.ts';
import { tokensOf } from '../tokens.ts';
import type { Call } from './call.ts';

/** A picture or a PDF counts as this many bytes of text (1,500 tokens), whatever it holds. */
const pictureBytes = 6000;

/** Fields of content blocks that the model never sees as text. */
const unseen = new Set(['type', 'id', 'tool_use_id', 'cache_control', 'signature', 'media_type', 'caller']);

function visibleBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + visibleBytes(item), 0);
  if (!isObject(value)) return 0;
  if (value.type === 'image') return pictureBytes;
  if (value.type === 'document' && isObject(value.source) && value.source.type !== 'text') {
    return (
      pictureBytes +
      visibleBytes(value.title) +
      visibleBytes(value.context) +
      visibleBytes(value.source.content)
    );
  }
  if (value.type === 'tool_use') {
    return Buffer.byteLength(textOf(value.name)) + Buffer.byteLength(JSON.stringify(value.input) ?? '');
  }
  return Object.entries(value).reduce(
    (sum, [key, field]) => sum + (unseen.has(key) ? 0 : visibleBytes(field)),
    0,
  );
}

/** A stretch of the prompt that prompt caching can end at: a tool, a block of the system prompt, a content block. */
export type Segment = {
  readonly bytes: number;
  /** What makes it the same segment next time. */
  readonly identity: string;
  /** How long to keep the prompt up to here, if it carries a cache marker. */
  readonly keep?: '5m' | '1h';
};

const withoutMarkers = (value: unknown): string =>
  JSON.stringify(value, (key, field) => (key === 'cache_control' ? undefined : field));

function keepOf(block: Block): '5m' | '1h' | undefined {
  if (isObject(block.cache_control)) return block.cache_control.ttl === '1h' ? '1h' : '5m';
  // A marker may stand on a part of a tool result; the whole result is kept then.
  const parts: unknown[] = Array.isArray(block.content) ? block.content : [];
  return parts
    .filter(isObject)
    .map(keepOf)
    .find((keep) => keep !== undefined);
}

function segment(identity: string, bytes: number, block: Block): Segment {
  const keep = keepOf(block);
  return keep === undefined ? { identity, bytes } : { identity, bytes, keep };
}

/** The prompt in the order the model reads it: tools, system, messages. */
export function segmentsOf(call: Call): Segment[] {
  const segments = [
    ...call.tools.map(({ definition }) => {
      const text = withoutMarkers(definition);
      return segment(`tool ${text}`, Buffer.byteLength(text), definition);
    }),
    ...call.system.map((block) => segment(`system ${withoutMarkers(block)}`, visibleBytes(block), block)),
    ...call.messages.flatMap(({ role, content }) =>
      content.map((block) => segment(`${role} ${withoutMarkers(block)}`, visibleBytes(block), block)),
    ),
  ];
  const last = segments.at(-1);
  if (last !== undefined && last.keep === undefined && call.cacheControl !== undefined) {
    segments[segments.length - 1] = { ...last, keep: call.cacheControl.ttl === '1h' ? '1h' : '5m' };
  }
  return segments;
}

/** All input tokens of a request, cached or not. */
export function countInput(call: Call): number {
  return Math.max(1, tokensOf(segmentsOf(call).reduce((sum, { bytes }) => sum + bytes, 0)));
}
