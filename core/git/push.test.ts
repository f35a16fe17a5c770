import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PROBE, PushReader, writeHead } from './push.ts';
import { type GitRefusal, gitSentence } from './refusals.ts';
import { body, CAPABILITIES, NEW, OLD, PACK, push, ZERO } from './testing.ts';

/** @param size of the pieces in which it comes */
function read(bytes: Buffer, size = bytes.length || 1) {
  const reader = new PushReader();
  for (let at = 0; at < bytes.length; at += size) {
    const head = reader.feed(bytes.subarray(at, at + size));
    if (head !== undefined) return { head, reader, fed: Math.min(bytes.length, at + size) };
  }
  return { head: reader.end(), reader, fed: bytes.length };
}

function refusal(bytes: Buffer): string {
  const { head } = read(bytes);
  assert.ok(head !== PROBE && 'code' in head, 'it is not refused');
  return `${head.code}: ${gitSentence(head)}`;
}

describe('the head of a push', () => {
  it('is read the same in whatever pieces it comes', () => {
    const bytes = push('refs/heads/a', `${ZERO} ${NEW} refs/heads/b\n`);
    for (let size = 1; size <= bytes.length; size++) {
      const { head, reader, fed } = read(bytes, size);
      assert.ok(head !== PROBE && 'commands' in head);
      assert.deepEqual(head.commands, [
        { old: OLD, new: NEW, ref: 'refs/heads/a' },
        { old: ZERO, new: NEW, ref: 'refs/heads/b' },
      ]);
      assert.deepEqual(head.capabilities, CAPABILITIES.split(' '));
      assert.deepEqual(Buffer.concat([reader.rest, bytes.subarray(fed)]), PACK);
    }
  });

  it('is written anew, and says the same', () => {
    const bytes = body([
      `shallow ${OLD}`,
      `${OLD} ${NEW} refs/heads/a\0report-status agent=x session-id=y atomic\n`,
      `${ZERO} ${NEW} refs/heads/b\n`,
    ]);
    const { head } = read(bytes);
    assert.ok(head !== PROBE && 'commands' in head);
    const again = body(
      [`shallow ${OLD}`, `${OLD} ${NEW} refs/heads/a\0 report-status atomic`, `${ZERO} ${NEW} refs/heads/b`],
      Buffer.alloc(0),
    );
    assert.deepEqual(writeHead(head), again);
    const twice = read(Buffer.concat([writeHead(head), PACK]));
    assert.deepEqual(twice.head, head);
  });

  it('has ids of SHA-256 too', () => {
    const { head } = read(body([`${'a'.repeat(64)} ${'b'.repeat(64)} refs/heads/a\0object-format=sha256`]));
    assert.ok(head !== PROBE && 'commands' in head);
  });

  it('is nothing where a client only looks whether it may come in', () => {
    assert.equal(read(Buffer.from('0000')).head, PROBE);
  });

  const first = `${OLD} ${NEW} refs/heads/a\0${CAPABILITIES}`;
  for (const [what, bytes, why] of [
    ['nothing at all', Buffer.alloc(0), /ends before its pack/],
    ['a flush and more', Buffer.from('0000PACK'), /no command before the first flush/],
    ['two flushes', Buffer.from('00000000'), /no command before the first flush/],
    ['only shallow lines', body([`shallow ${OLD}`]), /no command before/],
    ['no pack', body([first], Buffer.alloc(0)), /ends before its pack/],
    ['half the word of a pack', body([first], Buffer.from('PAC')), /ends before its pack/],
    ['a second list in place of a pack', body([first], body([first])), /no pack follows/],
    [
      'a delimiter of version 2',
      Buffer.concat([body([first]).subarray(0, -16), Buffer.from('0001')]),
      /length 0001/,
    ],
    ['an empty line', Buffer.from('0004'), /length 0004/],
    ['a length of upper-case digits', Buffer.from('00AA'), /does not begin with its length/],
    ['a length with a sign', Buffer.from('+0aa'), /does not begin with its length/],
    ['a length with a blank', Buffer.from(' 0aa'), /does not begin with its length/],
    ['a line that is too long', Buffer.from('fff1'), /length fff1/],
    ['a line that ends before its length', Buffer.from(`00ff${first}`), /ends before its pack/],
    ['ids in upper case', body([`${'A'.repeat(40)} ${NEW} refs/heads/a\0${CAPABILITIES}`]), /no command/],
    ['ids of two lengths', body([`${OLD} ${'b'.repeat(64)} refs/heads/a\0${CAPABILITIES}`]), /no command/],
    ['a tab for a blank', body([`${OLD}\t${NEW} refs/heads/a\0${CAPABILITIES}`]), /no command/],
    ['no ref', body([`${OLD} ${NEW} \0${CAPABILITIES}`]), /no command/],
    [
      'bytes that are not UTF-8',
      body([Buffer.concat([Buffer.from(`${OLD} ${NEW} refs/heads/`), Buffer.from([0xff])])]),
      /not UTF-8/,
    ],
    ['capabilities twice', body([first, first]), /behind another command/],
    ['a second NUL', body([`${first}\0x`]), /capability .* is not known/],
    ['a capability that nobody knows', body([`${first} teleport`]), /capability teleport is not known/],
    ['a shallow line after a command', body([first, `shallow ${OLD}`]), /no command/],
    ['a shallow line without an id', body([`shallow x`, first]), /no object id/],
    [
      'more commands than anybody has',
      body([first, ...Array(100).fill(`${OLD} ${NEW} refs/heads/b`)]),
      /more than 100/,
    ],
    [
      'a ref without end',
      body([`${OLD} ${NEW} refs/heads/${'a'.repeat(2_000)}\0${CAPABILITIES}`]),
      /too long/,
    ],
  ] as const)
    it(`is refused with ${what}`, () => assert.match(refusal(bytes), why));

  it('is refused with a certificate and with options, each by name', () => {
    assert.match(refusal(body([`push-cert\0${CAPABILITIES}`])), /^signed_push/);
    assert.match(refusal(body([`${first} push-options`])), /^push_options/);
  });

  it('that only deletes has no pack; one that also writes has', () => {
    const gone = `${OLD} ${ZERO} refs/heads/a`;
    const { head } = read(body([`${gone}\0${CAPABILITIES}`, gone], Buffer.alloc(0)));
    assert.ok(head !== PROBE && 'commands' in head);
    assert.equal(head.commands.length, 2);
    assert.match(refusal(body([`${gone}\0${CAPABILITIES}`, first], Buffer.alloc(0))), /ends|behind/);
  });

  it('is not waited for without end', () => {
    const reader = new PushReader();
    let answer: unknown;
    for (let i = 0; answer === undefined && i < 20_000; i++)
      answer = reader.feed(body([`shallow ${OLD}`], Buffer.alloc(0)).subarray(0, -4));
    assert.equal((answer as GitRefusal).code, 'malformed');
  });
});
