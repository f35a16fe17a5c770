/** What OpenAI's wires have in common for the oracle: the head of a request, numbers, media, and prices. */
import { findNodeAtLocation } from 'jsonc-parser';
import { nanoUsd, type Tokens } from '../../../rehearsal/prices.ts';
import type { Dialect, Sent } from './oracle.ts';

/** No beta is known, so none may arrive. */
export const openAiHeaders: Dialect['headers'] = ({ key }) => ({ authorization: `Bearer ${key}` });

/** The most that one image costs, tokens; of one model each counts as five. OpenAI, "Images and vision". */
export function imageTokens(model: string): number {
  return model.startsWith('gpt-4o-mini') ? 60_000 : 12_000;
}

/** Published context windows, tokens: a document has no more pages than fit. */
export function windowOf(model: string): number {
  if (model.startsWith('gpt-4o-mini')) return 128_000;
  return model.startsWith('gpt-5.6-sol') ? 1_050_000 : 400_000;
}

/** In which ways input may be billed: read by itself, or written to a cache that lives short or long. */
export type Writes = 'none' | 'short' | 'long';

const NO_TOKENS: Tokens = {
  ...{ inputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, outputTokens: 0 },
};

/** @returns nano-USD, by the provider's own price list, at the dearest of the ways */
export function dearest(model: string, input: number, output: number, writes: Writes = 'none'): number {
  const list = model.replace(/-\d{4}-\d\d-\d\d$/, '').toLowerCase();
  const kinds: (keyof Tokens)[] = [
    'inputTokens',
    ...(writes === 'none' ? [] : (['cacheWrite5mTokens'] as const)),
    ...(writes === 'long' ? (['cacheWrite1hTokens'] as const) : []),
  ];
  return Math.max(
    ...kinds.map((kind) => nanoUsd(list, { ...NO_TOKENS, [kind]: input, outputTokens: output }, 'global')),
  );
}

/** @returns the bytes of a text's content as it is written in the body; 0 for what is no text */
export function writtenBytes({ text, tree }: Sent, path: readonly (string | number)[]): number {
  const node = findNodeAtLocation(tree, [...path]);
  if (node?.type !== 'string') return 0;
  return Buffer.byteLength(text.slice(node.offset + 1, node.offset + node.length - 1));
}

/** @returns whether a cache marker wants it to live longer than usual */
export function livesLong(marker: unknown, short: readonly string[]): boolean {
  if (typeof marker !== 'object' || marker === null || Array.isArray(marker)) return false;
  const { ttl = null } = marker as { ttl?: unknown };
  return ttl !== null && !short.includes(ttl as string);
}

/** Reads every value that is nested in one, with where it stands. */
export function everything(
  value: unknown,
  path: readonly (string | number)[],
  see: (value: { readonly [key: string]: unknown }, path: readonly (string | number)[]) => void,
): void {
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) everything(one, [...path, i], see);
  } else if (typeof value === 'object' && value !== null) {
    see(value as { [key: string]: unknown }, path);
    for (const [key, one] of Object.entries(value)) everything(one, [...path, key], see);
  }
}

export const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
