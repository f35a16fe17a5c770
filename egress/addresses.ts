/**
 * Which addresses a name may have. `unicast` in what ipaddr.js calls it is not enough: addresses of IPv6 outside of
 * 2000::/3 are unicast to it, and some public ones are a cloud's own.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type AddressVerdict =
  | { readonly is: 'public' }
  /** Opened where a Provider says so for that host. */
  | { readonly is: 'private'; readonly why: string }
  /** Opened for nobody. */
  | { readonly is: 'refused'; readonly why: string };

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = readonly [Address, number];

/** Kinds, as ipaddr.js has them, that a Provider of one's own may have. */
const PRIVATE: Readonly<Record<string, string>> = {
  private: 'private, RFC 1918',
  carrierGradeNat: 'shared by a carrier, RFC 6598',
  uniqueLocal: 'private, RFC 4193',
};

const REFUSED: Readonly<Record<string, string>> = {
  loopback: 'loopback',
  linkLocal: 'link-local, where metadata services are',
  ipv4Mapped: 'IPv4 in IPv6',
  '6to4': '6to4, which hides an IPv4 address',
  teredo: 'Teredo, which hides an IPv4 address',
  rfc6145: 'IPv4 in IPv6',
  multicast: 'multicast',
  broadcast: 'broadcast',
  unspecified: 'this machine itself',
};

/** Public addresses that answer a cloud's machines alone: Azure's wire server gives out certificates and settings. */
const PLATFORM = new Set(['168.63.129.16']);

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 6052: a translator takes these to the IPv4 address in their last 32 bits. Networks without IPv4 live on it. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** @returns undefined for what is no range */
export function readRange(text: string): Range | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(text);
  return [address, bits];
}

/**
 * @param address as a resolver gives it
 * @param cluster ranges of pods, Services and nodes, wherever they lie
 */
export function judgeAddress(address: string, cluster: readonly Range[]): AddressVerdict {
  // The library also takes 8.8.8, octal and hex; a zone is of this machine alone.
  if (address.includes('%') || isIP(address) === 0) return { is: 'refused', why: 'no address' };
  return judgeParsed(ipaddr.parse(address), cluster);
}

function judgeParsed(address: Address, cluster: readonly Range[]): AddressVerdict {
  const kind = address.range();
  const refused = REFUSED[kind];
  if (refused !== undefined) return { is: 'refused', why: refused };
  if (PLATFORM.has(address.toString())) return { is: 'refused', why: "a cloud's own" };
  if (address instanceof ipaddr.IPv6 && address.match(NAT64)) return judgeTranslated(address, cluster);
  if (cluster.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits)))
    return { is: 'private', why: 'of the cluster' };
  const own = PRIVATE[kind];
  if (own !== undefined) return { is: 'private', why: own };
  const routed = address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST);
  return kind === 'unicast' && routed ? { is: 'public' } : { is: 'refused', why: 'reserved' };
}

/** What is behind the translator is judged; privateAddresses is not said of it. */
function judgeTranslated(address: ipaddr.IPv6, cluster: readonly Range[]): AddressVerdict {
  const behind = judgeParsed(new ipaddr.IPv4(address.toByteArray().slice(12)), cluster);
  return behind.is === 'public' ? behind : { is: 'refused', why: `NAT64, and behind it ${behind.why}` };
}
