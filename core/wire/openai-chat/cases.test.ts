/** Replies of well-known hosts, written after their API references (test/wire/openai-chat). */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Usage } from '../../money/price.ts';
import { TestJudge } from '../testing.ts';
import { guardReply } from './reply.ts';
import { guardWith } from './testing.ts';

interface Case {
  readonly about: string;
  readonly askedForUsage: boolean;
  readonly stream?: readonly string[];
  readonly body?: object;
  readonly out: 'same' | readonly string[] | object;
  readonly usage: Usage | null;
  readonly faults: readonly string[];
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
}

const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'wire', 'openai-chat');

function checkStream({ stream = [], out, askedForUsage, ...rest }: Case, size: number): void {
  const bytes = Buffer.from(stream.join(''));
  const judge = new TestJudge();
  const guard = guardWith(judge, { wantsUsage: askedForUsage, cacheWrite: '5m' });
  const got: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) got.push(...guard.push(bytes.subarray(at, at + size)));
  assert.ok(guard.ended);
  assert.equal(Buffer.concat(got).toString(), (out === 'same' ? stream : (out as string[])).join(''));
  const { usage, faults } = guard.facts();
  const { allowed, denied } = judge;
  assert.deepEqual({ usage: usage ?? null, faults, allowed, denied }, expected(rest));
}

function checkBody({ body = {}, out, ...rest }: Case): void {
  const judge = new TestJudge();
  const { bytes, usage, faults } = guardReply(Buffer.from(JSON.stringify(body)), judge, { cacheWrite: '5m' });
  assert.deepEqual(JSON.parse(bytes.toString()), out === 'same' ? body : out);
  const { allowed, denied } = judge;
  assert.deepEqual({ usage: usage ?? null, faults, allowed, denied }, expected(rest));
}

const expected = ({
  usage,
  faults,
  allowed,
  denied,
}: Pick<Case, 'usage' | 'faults' | 'allowed' | 'denied'>) => ({
  usage,
  faults,
  allowed,
  denied,
});

describe('a reply as hosts send it', () => {
  const files = globSync('*.json', { cwd: folder }).sort();
  assert.ok(files.length >= 10);
  for (const file of files) {
    const one = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
    it(`${file}: ${one.about}`, () => {
      if (one.stream === undefined) checkBody(one);
      else for (const size of [1, 7, 1_000_000]) checkStream(one, size);
    });
  }
});
