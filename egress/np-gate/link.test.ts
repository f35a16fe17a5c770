import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Link, type LinkFiles, linkOf } from './link.ts';

const LO = '00000000000000000000000000000001 01 80 10 80       lo';
const row = (flags: string, device = 'eth0') =>
  `fe800000000000001cd094fffe6f4b65 02 40 20 ${flags}     ${device}`;
const ARP = 'IP address       HW type     Flags       HW address            Mask     Device';
const ROUTES4 =
  'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0100F40A\t0003\neth0\t0000F40A\t00000000\t0001\n';
const zeros = '0'.repeat(32);
const route = (router: string, device = 'eth0') =>
  `${zeros} 00 ${zeros} 00 ${router} 00000400 00000001 00000000 00000003     ${device}`;

const files = (change: Partial<LinkFiles> = {}): LinkFiles => ({
  addresses: `${LO}\n${row('80')}\n`,
  routes: '',
  arp: `${ARP}\n`,
  routes4: ROUTES4,
  setting: (_, name) => ({ disable_ipv6: '0', addr_gen_mode: '0' })[name],
  ...change,
});
const OFF: Link = { on: false, tentative: false, coming: false, neighbours: [] };
const ON: Link = { ...OFF, on: true };

describe("the pod's link", () => {
  it('is off where no device has an address of its own, and none gets one', () => {
    const off = { addresses: `${LO}\n`, setting: () => '1' };
    assert.deepEqual(linkOf(files(off)), OFF);
    assert.deepEqual(linkOf(files({ addresses: '', setting: () => undefined })), OFF);
    assert.deepEqual(linkOf(files({ addresses: '', routes4: '' })), OFF);
  });

  it('is coming where IPv6 is on at a device that pods use, and has no address yet', () => {
    assert.deepEqual(linkOf(files({ addresses: LO })), { ...OFF, coming: true });
    const none = (_: string, name: string) => (name === 'addr_gen_mode' ? '1' : '0');
    assert.deepEqual(linkOf(files({ addresses: LO, setting: none })), OFF);
  });

  it('is tentative while an address is tested, and not when that has failed', () => {
    assert.deepEqual(linkOf(files()), ON);
    assert.deepEqual(linkOf(files({ addresses: row('c0') })), { ...ON, tentative: true });
    assert.deepEqual(linkOf(files({ addresses: row('c8') })), ON);
  });

  it('has the neighbours that the pod has spoken to, at the address that is made of their MAC', () => {
    const arp = [
      ARP,
      '10.244.0.1       0x1         0x2         16:4e:29:ab:f2:a4     *        eth0',
      '169.254.1.1      0x1         0x2         ee:ee:ee:ee:ee:ee     *        eth0',
      '10.244.0.9       0x1         0x0         00:00:00:00:00:00     *        eth0',
      '10.9.9.9         0x1         0x2         16:4e:29:ab:f2:a5     *        eth1',
      '10.9.9.8         0x20        0x2         80:00:02:08:fe:80:00:00:00:00:00:00:00:11:22:33:44:55:66:77 * eth0',
    ].join('\n');
    assert.deepEqual(linkOf(files({ arp })).neighbours, [
      'fe80::144e:29ff:feab:f2a4%eth0',
      'fe80::ecee:eeff:feee:eeee%eth0',
    ]);
    assert.deepEqual(linkOf(files({ arp, addresses: LO })).neighbours, []);
  });

  it('has the routers of IPv6, each once', () => {
    const routes = [
      route(zeros),
      route('fe800000000000000000000000000001'),
      route('fe800000000000000000000000000001'),
      route('fd000000000000090000000000000001'),
      route('fe80000000000000144e29fffeabf2a4', 'lo'),
    ].join('\n');
    assert.deepEqual(linkOf(files({ routes })).neighbours, ['fe80::1%eth0', 'fd00::9:0:0:0:1']);
  });

  it('has so many at most', () => {
    const many = Array.from({ length: 30 }, (_, n) => route(`fe80${n.toString(16).padStart(28, '0')}`));
    assert.equal(linkOf(files({ routes: many.join('\n') })).neighbours.length, 8);
  });
});
