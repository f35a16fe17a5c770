import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from '../core/testing-fast-check.ts';
import { judgeAddress, type Range, readRange } from './addresses.ts';

/** IANA's IPv4 Special-Purpose Address Registry, and multicast; one address is a cloud's own. */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
];
/** The same of IPv6 within 2000::/3; all outside of that is not public, but for NAT64's 64:ff9b::/96. */
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];
const CLUSTER = ['10.244.0.0/16', '52.95.0.0/16', '2600:1f00:1::/48', '169.254.20.0/24'];

const cluster = CLUSTER.map((text) => readRange(text) as Range);
const is = (address: string) => judgeAddress(address, cluster).is;

/** Node's own arithmetic is the oracle: it shares nothing with the library that judges. */
function listOf(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

const inNotPublic4 = listOf(NOT_PUBLIC_4);
const inNotPublic6 = listOf(NOT_PUBLIC_6);
const inGlobal6 = listOf(['2000::/3']);
const inNat64 = listOf(['64:ff9b::/96']);
const inCluster = listOf(CLUSTER);
const inPrivate = listOf(PRIVATE);

function expected(address: string): string {
  if (!isIPv6(address)) return expectedPlain(address, inNotPublic4(address));
  // BlockList takes mapped addresses for what they hide.
  if (fromV6(address) >> 32n === 0xffffn) return 'refused';
  if (inNat64(address)) return expected(lastFour(address)) === 'public' ? 'public' : 'refused';
  return expectedPlain(address, !inGlobal6(address) || inNotPublic6(address));
}

function expectedPlain(address: string, special: boolean): string {
  if (inPrivate(address)) return 'private';
  if (special) return 'refused';
  return inCluster(address) ? 'private' : 'public';
}

const toV6 = (n: bigint) => (n.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
const toV4 = (n: bigint) => [24n, 16n, 8n, 0n].map((shift) => (n >> shift) & 255n).join('.');
const fromV6 = (address: string) => {
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const groups = [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
};
const fromV4 = (address: string) => address.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const lastFour = (address: string) => toV4(fromV6(address) & 0xffff_ffffn);

describe('an address', () => {
  it('is judged as the registries have it, at the borders of each range and next to them', () => {
    const ranges = [
      ...NOT_PUBLIC_4,
      ...NOT_PUBLIC_6,
      ...PRIVATE,
      ...CLUSTER,
      '2000::/3',
      '64:ff9b::/96',
      '64:ff9b:1::/48',
      '::/8',
      'fe80::/10',
      'ff00::/8',
      '100::/64',
      '5f00::/16',
      '::ffff:0:0/96',
    ];
    let seen = 0;
    for (const range of ranges) {
      const [address = '', bits] = range.split('/');
      const six = isIPv6(address);
      const width = six ? 128n : 32n;
      const first = six ? fromV6(address) : fromV4(address);
      const last = first + 2n ** (width - BigInt(bits ?? 0)) - 1n;
      for (const n of [first - 1n, first, first + 1n, last - 1n, last, last + 1n]) {
        if (n < 0n || n >= 2n ** width) continue;
        const one = six ? toV6(n) : toV4(n);
        assert.equal(is(one), expected(one), `${one} (${range})`);
        seen++;
      }
    }
    assert.ok(seen > 180);
  });

  it('is judged as the registries have it, wherever it lies', () => {
    const four = fc.bigInt(0n, 2n ** 32n - 1n);
    fc.assert(
      fc.property(four, (n) => assert.equal(is(toV4(n)), expected(toV4(n)))),
      { numRuns: 20_000 },
    );
    const starts = [
      '::',
      '::ffff:0:0',
      '64:ff9b::',
      '64:ff9b:1::',
      '100::',
      '2000::',
      '2001::',
      '2001:db8::',
      '2002::',
      '2600::',
      '2600:1f00:1::',
      '2620:4f:8000::',
      '3fff::',
      '4000::',
      'fc00::',
      'fe80::',
      'fec0::',
      'ff00::',
    ];
    const six = fc.oneof(
      fc.bigInt(0n, 2n ** 128n - 1n),
      fc
        .tuple(fc.constantFrom(...starts), fc.bigInt(0n, 2n ** 100n), four)
        .map(([start, middle, low]) => fromV6(start) ^ ((middle >> BigInt(Number(low % 100n))) << 0n) ^ low),
    );
    fc.assert(
      fc.property(six, (n) =>
        assert.equal(is(toV6(n & (2n ** 128n - 1n))), expected(toV6(n & (2n ** 128n - 1n)))),
      ),
      { numRuns: 20_000 },
    );
  });

  it('of a metadata service is opened for nobody', () => {
    for (const address of [
      '169.254.169.254',
      '169.254.170.2',
      '168.63.129.16',
      '192.0.0.192',
      'fe80::a9fe:a9fe',
      '::ffff:169.254.169.254',
      '64:ff9b::a9fe:a9fe',
      '2002:a9fe:a9fe::',
    ])
      assert.equal(is(address), 'refused', address);
    // Amazon's and Alibaba's lie in private ranges, which a Provider has to ask for.
    for (const address of ['fd00:ec2::254', '100.100.100.200']) assert.equal(is(address), 'private', address);
  });

  it('that hides another is judged by what it hides, or refused', () => {
    assert.equal(is('64:ff9b::808:808'), 'public');
    assert.equal(is('64:ff9b::a00:1'), 'refused');
    assert.equal(is('64:ff9b::34.95.0.1'), 'public');
    assert.equal(is('64:ff9b::52.95.0.1'), 'refused');
    for (const address of [
      '::ffff:8.8.8.8',
      '::8.8.8.8',
      '2002:808:808::1',
      '2001:0:808:808::1',
      '::ffff:0:808:808',
      '64:ff9b:1::808:808',
    ])
      assert.equal(is(address), 'refused', address);
  });

  it('of the cluster is private wherever it lies, and link-local stays refused even then', () => {
    assert.equal(is('52.95.3.4'), 'private');
    assert.equal(is('2600:1f00:1::5'), 'private');
    assert.equal(is('52.96.0.1'), 'public');
    assert.equal(is('169.254.20.10'), 'refused');
  });

  it('is one that everybody reads in the same way', () => {
    for (const text of [
      '',
      '8.8.8',
      '0x8.8.8.8',
      '134744072',
      'fe80::1%eth0',
      '2606:4700::1%1',
      'one',
      '08.8.8.8x',
    ])
      assert.equal(is(text), 'refused', text);
    for (const text of ['', '10.0.0.0', '10.0.0.0/33', 'x/8']) assert.equal(readRange(text), undefined, text);
  });
});
