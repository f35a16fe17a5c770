/** Replies written after the API reference and what hosts are known to send (test/wire/openai-responses). */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Usage } from '../../money/price.ts';
import { TestJudge } from '../testing.ts';
import { guardReply } from './reply.ts';
import { guardWith } from './testing.ts';
import { type Json, readStrictly } from './testing-clients.ts';

interface Case {
  readonly about: string;
  readonly stream?: readonly string[];
  readonly body?: Json;
  /** What the agent gets: the same, or messages in the place of items. */
  readonly out:
    | 'same'
    | { readonly replaced: { readonly [index: string]: string }; readonly output_text?: string };
  readonly usage: Usage | null;
  readonly faults: readonly string[];
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
}

const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'wire', 'openai-responses');

/** Type and text of items that were replaced, and all of those that were not. */
function checkOutput(
  output: readonly Json[],
  came: readonly Json[],
  out: Exclude<Case['out'], 'same'>,
): void {
  const seen = output.map((item, i) =>
    `${i}` in out.replaced ? [item.type, (item.content as Json[])[0]?.text] : item,
  );
  const expected = came.map((item, i) => (`${i}` in out.replaced ? ['message', out.replaced[`${i}`]] : item));
  assert.deepEqual(seen, expected);
}

function checkStream({ stream = [], out, usage, faults, allowed, denied }: Case, size: number): void {
  const bytes = Buffer.from(stream.join(''));
  const judge = new TestJudge();
  const guard = guardWith(judge);
  const got: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) got.push(...guard.push(bytes.subarray(at, at + size)));
  assert.ok(guard.ended);
  const delivered = Buffer.concat(got).toString();
  if (out === 'same') assert.equal(delivered, stream.join(''));
  else checkOutput(readStrictly(delivered).output, readStrictly(stream.join('')).output, out);
  const facts = guard.facts();
  assert.deepEqual({ usage: facts.usage ?? null, faults: facts.faults }, { usage, faults });
  assert.deepEqual({ allowed: judge.allowed, denied: judge.denied }, { allowed, denied });
}

function checkBody({ body = {}, out, usage, faults, allowed, denied }: Case): void {
  const judge = new TestJudge();
  const sent = Buffer.from(JSON.stringify(body));
  const reply = guardReply(sent, judge, { cacheWrite: '5m' });
  const got = JSON.parse(reply.bytes.toString()) as Json;
  if (out === 'same') assert.equal(reply.bytes, sent);
  else {
    checkOutput(got.output as Json[], body.output as Json[], out);
    const { output_text } = out;
    assert.deepEqual(
      { ...got, output: [] },
      { ...body, output: [], ...(output_text ? { output_text } : {}) },
    );
  }
  assert.deepEqual({ usage: reply.usage ?? null, faults: reply.faults }, { usage, faults });
  assert.deepEqual({ allowed: judge.allowed, denied: judge.denied }, { allowed, denied });
}

describe('a reply as hosts send it', () => {
  const files = globSync('*.json', { cwd: folder }).sort();
  assert.ok(files.length >= 10);
  for (const file of files) {
    const one = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
    it(`is guarded: ${file}: ${one.about}`, () => {
      if (one.stream === undefined) checkBody(one);
      else for (const size of [1_000_000, 100, 1]) checkStream(one, size);
    });
  }
});
