import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { advance, GENESIS, hashText, link, newChain } from './chain.ts';
import type { EntryDraft } from './entry.ts';

const started: EntryDraft = { kind: 'started', at: 5, version: '1', command: 'run', predecessor: null };

describe('the hash chain', () => {
  it('begins at the genesis and numbers from one', () => {
    const entry = link(newChain('a'), started);
    assert.equal(entry.seq, 1);
    assert.equal(
      entry.text,
      `{"chain":"a","seq":1,"prev":"${GENESIS}","kind":"started","at":5,"version":"1","command":"run","predecessor":null}`,
    );
  });

  it('has the SHA-256 of the stored text for a hash', () => {
    const { text, hash } = link(newChain('a'), { ...started, command: 'żółw 🐢' });
    assert.equal(hash, createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex'));
    assert.equal(hashText(text), hash);
  });

  it('names the entry before in each entry', () => {
    const first = link(newChain('a'), started);
    const second = link(advance(newChain('a'), first), { kind: 'stopped', at: 6 });
    assert.equal(second.seq, 2);
    assert.equal(JSON.parse(second.text).prev, first.hash);
  });

  it('does not move on by linking: an entry that was not stored leaves no trace', () => {
    const state = newChain('a');
    link(state, started);
    assert.deepEqual(link(state, started), link(newChain('a'), started));
  });

  it('can be written again word for word from what its text says, as verify does', () => {
    const command = fc.oneof(fc.string(), fc.constantFrom('\ud800', '__proto__', '\u2028', '"\\'));
    fc.assert(
      fc.property(fc.array(command), fc.dictionary(command, fc.double()), (policies, labels) => {
        const draft = {
          kind: 'policy',
          at: 1,
          snapshot: 'x',
          policies,
          notInForce: [],
          labels,
        } as EntryDraft;
        const { text } = link(newChain('a'), draft);
        assert.equal(JSON.stringify({ ...JSON.parse(text) }), text);
      }),
      { numRuns: 50 },
    );
  });
});
