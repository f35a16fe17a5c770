import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { domainToASCII } from 'node:url';
import fc from '../testing-fast-check.ts';
import { readAuthority, readHost, readRule, ruleNames } from './host.ts';

const host = (text: string) => {
  const read = readHost(text);
  return 'problem' in read ? read.problem : read.host;
};

describe('a host', () => {
  it('has one form, whatever its case and with or without the dot at its end', () => {
    for (const text of ['api.example.com', 'API.Example.COM', 'api.example.com.'])
      assert.equal(host(text), 'api.example.com');
    assert.equal(host('xn--bcher-kva.example'), 'xn--bcher-kva.example');
    assert.equal(host('my_bucket.s3.example.com'), 'my_bucket.s3.example.com');
    assert.equal(host('1.2.3.4.example.com'), '1.2.3.4.example.com');
    assert.equal(host('r3---sn-x.example.com'), 'r3---sn-x.example.com');
    assert.equal(host('0x7f.1.com'), '0x7f.1.com');
  });

  it('is no address, in no notation that any program reads as one', () => {
    for (const text of [
      '10.0.0.1',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '017700000001',
      '0x7F.1',
      '1.2.3.0x4',
      '0x',
      'a.0x',
      '10.0.0.1.',
      '999.999.999.999',
      'example.1',
      'example.0xff',
      '::1',
      '[::1]',
      '::ffff:10.0.0.1',
      '[::ffff:a00:1]',
      'fe80::1%eth0',
      'fe80::1%25eth0',
      '[fe80::1%eth0]',
      '64:ff9b::7f00:1',
      '0000:0000:0000:0000:0000:0000:0000:0001',
    ])
      assert.equal(host(text), 'host_is_address', text);
  });

  it('is refused when it is no full name in ASCII', () => {
    for (const text of [
      '',
      '.',
      '..',
      'localhost',
      'kubernetes',
      'com.',
      '.example.com',
      'example..com',
      'example.com..',
      '-a.example.com',
      'a-.example.com',
      'a b.example.com',
      'a\tb.com',
      'a\0.example.com',
      'a.example.com\n',
      'a@b.example.com',
      'user@example.com',
      'a/b.example.com',
      'a.example.com/x',
      'a.example.com?x',
      'a.example.com#x',
      'a\\b.com',
      'bücher.example',
      '１２７.０.０.１',
      'example。com',
      'example．com',
      'ⓔxample.com',
      'exam\u00adple.com',
      '*.example.com',
      'a.example.co_m',
      'a.example.com%eth0',
      '[a.example.com]',
      `${'a'.repeat(64)}.example.com`,
      `${'a.'.repeat(126)}com`,
    ])
      assert.equal(host(text), 'host_syntax', JSON.stringify(text));
  });

  it('may have 63 characters in a label and 253 in all, and not one more', () => {
    const longest = `${`${'a'.repeat(61)}.`.repeat(4)}exa`;
    assert.equal(longest.length, 251);
    assert.equal(host(`${'a'.repeat(63)}.com`), `${'a'.repeat(63)}.com`);
    assert.equal(host(`ab.${longest.slice(1)}`), `ab.${longest.slice(1)}`);
    assert.equal(host(`abc.${longest.slice(1)}`), 'host_syntax');
    assert.equal(host(`ab.${longest.slice(1)}.`), `ab.${longest.slice(1)}`);
  });

  // Two others' readings: WHATWG's of a URL and inet's of an address.
  it('that is read is what a URL has for it, and is never an address there', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      '7f',
      '0x',
      'x',
      'a',
      '.',
      '.',
      '-',
      '_',
      ':',
      '[',
      ']',
      '%',
      'A',
      '255',
      'ü',
      '。',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const read = readHost(text);
        if ('problem' in read) return;
        assert.equal(isIP(read.host), 0);
        const url = new URL(`https://${text}/`);
        assert.equal(url.hostname.replace(/\.$/, ''), read.host);
        assert.equal(isIP(url.hostname), 0);
        assert.deepEqual(readHost(read.host), read);
      }),
      { numRuns: 20_000 },
    );
  });

  it('that browsers make an address of is no name', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.nat(300).map(String),
            fc.nat(300).map((n) => `0x${n.toString(16)}`),
            fc.nat(300).map((n) => `0${n.toString(8)}`),
          ),
          { minLength: 1, maxLength: 4 },
        ),
        (parts) => {
          const text = parts.join('.');
          assert.equal(host(text), 'host_is_address');
          const ascii = domainToASCII(text);
          assert.ok(ascii === '' || isIP(ascii) === 4, text);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the target of a CONNECT', () => {
  it('is a host and a port', () => {
    assert.deepEqual(readAuthority('API.example.com:443'), { host: 'api.example.com', port: 443 });
    assert.deepEqual(readAuthority('api.example.com:65535'), { host: 'api.example.com', port: 65535 });
  });

  it('has a port that everybody reads in the same way', () => {
    for (const port of [
      '',
      '0',
      '00',
      '0443',
      '+443',
      '-1',
      '443 ',
      ' 443',
      '65536',
      '99999',
      '443a',
      '0x1bb',
      '4e2',
      '４４３',
    ])
      assert.deepEqual(readAuthority(`api.example.com:${port}`), { problem: 'port_syntax' }, port);
    assert.deepEqual(readAuthority('api.example.com'), { problem: 'port_syntax' });
    assert.deepEqual(readAuthority('api.example.com:443:443'), { problem: 'host_syntax' });
    assert.deepEqual(readAuthority('::1:443'), { problem: 'host_is_address' });
  });

  it('is no URL', () => {
    for (const text of [
      'https://api.example.com:443',
      '/x',
      '*',
      'u:p@api.example.com:443',
      '//api.example.com:443',
    ])
      assert.ok('problem' in readAuthority(text), text);
  });
});

describe('an entry of a list', () => {
  const names = (rule: string, text: string) => {
    const read = readRule(rule);
    assert.ok(read, rule);
    return ruleNames(read, text);
  };

  it('names one host on 443, or on the port that it says', () => {
    assert.deepEqual(readRule('Example.com'), { host: 'example.com', below: false, port: 443 });
    assert.deepEqual(readRule('example.com:8443'), { host: 'example.com', below: false, port: 8443 });
    assert.ok(names('example.com', 'example.com'));
    for (const other of ['a.example.com', 'xexample.com', 'example.com.evil.org', 'example.co', 'xample.com'])
      assert.ok(!names('example.com', other), other);
  });

  it('with *. names all hosts below, one label or more, and not the host itself', () => {
    assert.deepEqual(readRule('*.example.com:8443'), { host: 'example.com', below: true, port: 8443 });
    for (const one of ['a.example.com', 'a.b.example.com']) assert.ok(names('*.example.com', one), one);
    for (const other of ['example.com', 'xexample.com', 'a.example.org', 'a.example.com.evil.org'])
      assert.ok(!names('*.example.com', other), other);
  });

  it('is none when it could name more than anybody means', () => {
    for (const text of [
      '*',
      '*.com',
      '*.*.example.com',
      'a.*.example.com',
      'a*.example.com',
      '.example.com',
      '',
      'example.com:0',
      'example.com:*',
      '10.0.0.1',
      '*.0.0.1',
      'https://example.com',
      'localhost',
    ])
      assert.equal(readRule(text), undefined, text);
  });
});
