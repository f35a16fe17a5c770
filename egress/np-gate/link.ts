/**
 * The pod's neighbours on its link, as IPv6 has them. Every device with IPv6 has a link-local address, also in clusters of
 * IPv4 alone, and an engine that writes rules for IPv4 alone leaves them open.
 *
 * Nobody tells a program without rights who is on its link. What it can read: routers of IPv6, and the MAC of whoever it has
 * spoken to over IPv4, which is its node's (or the bridge's); from that most systems make the link-local address.
 */
import { readFileSync } from 'node:fs';

/** Files of the kernel, as text. */
export interface LinkFiles {
  /** /proc/net/if_inet6: address, device number, prefix, scope, flags, device; all in hex. */
  readonly addresses: string;
  /** /proc/net/ipv6_route: the router is the fifth word, the device the last. */
  readonly routes: string;
  /** /proc/net/arp, with a header. */
  readonly arp: string;
  /** /proc/net/route, with a header: devices that the pod uses. */
  readonly routes4: string;
  /** Of a device, in /proc/sys/net/ipv6/conf; undefined: there is no such setting. */
  setting(device: string, name: 'disable_ipv6' | 'addr_gen_mode'): string | undefined;
}

export interface Link {
  /** Whether a device has an address of its link. */
  readonly on: boolean;
  /** An address is being tested for being the only one (RFC 4862, 5.4): nothing can be reached yet, and soon it can. */
  readonly tentative: boolean;
  /** IPv6 is on at a device that has no address yet. */
  readonly coming: boolean;
  /** fe80::1%eth0 */
  readonly neighbours: readonly string[];
}

const LINK_SCOPE = '20';
/** IFA_F_TENTATIVE and IFA_F_DADFAILED of linux/if_addr.h. */
const TENTATIVE = 0x40;
const FAILED = 0x08;
/** IN6_ADDR_GEN_MODE_NONE of linux/if_link.h. */
const NO_ADDRESSES = '1';
const MOST_NEIGHBOURS = 8;

/** Reads them anew. @returns what this process' network is like now */
export function readLink(): Link {
  return linkOf({
    addresses: textOf('/proc/net/if_inet6'),
    routes: textOf('/proc/net/ipv6_route'),
    arp: textOf('/proc/net/arp'),
    routes4: textOf('/proc/net/route'),
    setting: (device, name) => textOf(`/proc/sys/net/ipv6/conf/${device}/${name}`).trim() || undefined,
  });
}

export function linkOf({ addresses, routes, arp, routes4, setting }: LinkFiles): Link {
  const own = rows(addresses).filter(([, , , scope]) => scope === LINK_SCOPE);
  const there = new Set(own.map(([, , , , , device]) => device ?? ''));
  const flags = own.map(([, , , , bits = '0']) => Number.parseInt(bits, 16));
  const used = new Set(
    rows(routes4)
      .slice(1)
      .map(([device = '']) => device),
  );
  const isComing = (device: string) =>
    !there.has(device) &&
    setting(device, 'disable_ipv6') === '0' &&
    setting(device, 'addr_gen_mode') !== NO_ADDRESSES;
  const neighbours = [
    ...rows(routes).flatMap(([, , , , router = '', , , , , device = '']) =>
      there.has(device) && !/^0*$/.test(router) ? [zoned(grouped(router), device)] : [],
    ),
    ...rows(arp)
      .slice(1)
      .flatMap(([, , , mac = '', , device = '']) => {
        const address = there.has(device) ? ofMac(mac) : undefined;
        return address === undefined ? [] : [zoned(address, device)];
      }),
  ];
  return {
    on: own.length > 0,
    tentative: flags.some((bits) => (bits & TENTATIVE) !== 0 && (bits & FAILED) === 0),
    coming: [...used].some(isComing),
    neighbours: [...new Set(neighbours)].slice(0, MOST_NEIGHBOURS),
  };
}

/** The address that is made of a MAC (RFC 4291, appendix A). @returns undefined for what is none */
function ofMac(mac: string): string | undefined {
  const bytes = mac.split(':').map((text) => Number.parseInt(text, 16));
  if (bytes.length !== 6 || bytes.some(Number.isNaN) || bytes.every((byte) => byte === 0)) return undefined;
  const [first = 0, second = 0, third = 0, ...last] = bytes;
  const id = [first ^ 2, second, third, 0xff, 0xfe, ...last];
  return grouped(`fe80000000000000${Buffer.from(id).toString('hex')}`);
}

/** 32 digits as an address. */
function grouped(hex: string): string {
  const words = hex.match(/.{4}/g)?.map((word) => Number.parseInt(word, 16).toString(16)) ?? [];
  return words.join(':').replace(/(?:^|:)0(?::0)+(?:$|:)/, '::');
}

/** Link-local addresses are of one device. */
function zoned(address: string, device: string): string {
  return address.startsWith('fe80:') ? `${address}%${device}` : address;
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

/** What is not there has nothing to say: a kernel without IPv6 has none of these files. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
