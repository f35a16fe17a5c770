import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readElf } from './elf.ts';
import { writeElf } from './testing-elf.ts';

const whole = writeElf({
  machine: 183,
  interpreter: '/lib/ld-linux-aarch64.so.1',
  needed: ['libc.so.6', 'libm.so.6'],
  versions: {
    'libc.so.6': [{ name: 'GLIBC_2.17' }, { name: 'GLIBC_2.99', weak: true }],
    'libm.so.6': [{ name: 'GLIBC_2.29' }],
  },
  defines: ['OWN', 'OWN_1.0'],
});

describe('readElf', () => {
  it('says the machine, what loads it, and what it needs in which versions', () => {
    assert.deepEqual(readElf(whole), {
      machine: 'arm64',
      interpreter: '/lib/ld-linux-aarch64.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
      versions: new Map([
        ['libc.so.6', ['GLIBC_2.17']],
        ['libm.so.6', ['GLIBC_2.29']],
      ]),
      defines: ['OWN', 'OWN_1.0'],
    });
  });

  it('names machines as Go does, and by number where there is no image for them', () => {
    assert.equal(readElf(writeElf({ machine: 62 })).machine, 'amd64');
    assert.equal(readElf(writeElf({ machine: 243 })).machine, '243');
  });

  it('reads the Node that runs this', { skip: process.platform !== 'linux' }, () => {
    const { needed, interpreter, versions, machine } = readElf(readFileSync(process.execPath));
    assert.equal(machine, process.arch === 'x64' ? 'amd64' : process.arch);
    assert.ok(needed.includes('libc.so.6') && needed.includes('libstdc++.so.6'));
    assert.match(interpreter ?? '', /^\/lib.*\/ld-linux/);
    assert.ok(versions.get('libc.so.6')?.every((name) => /^GLIBC_2\./.test(name)));
  });

  it('refuses what is none, and what ends before it should', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'.repeat(10)), Buffer.alloc(100)])
      assert.throws(() => readElf(bytes), /not an ELF file/);
    const big = Buffer.from(whole);
    big[5] = 2;
    assert.throws(() => readElf(big), /not an ELF file of 64 bits, little-endian/);
    for (let length = 64; length < whole.length - 16; length += 7)
      assert.throws(() => readElf(whole.subarray(0, length)), /ends before it should/, `${length} bytes`);
  });
});
