/**
 * Host names as a CONNECT, a list or a ClientHello may have them, brought to one form: ASCII, lower case, no dot at the
 * end. Whatever some program could read as an address is no name (WHATWG URL, "ends in a number"): what is opened is
 * judged by name, and a name that is an address to the next reader would be judged as the wrong thing.
 */

/** RFC 1035, 3.1: 255 bytes on the wire are 253 characters. */
const MOST_CHARACTERS = 253;
/** Letters, digits, dashes inside; underscores too, as names in use have them. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** A last label that names a domain: RFC 3696, 2 has it not all digits. */
const LAST_LABEL = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export type HostProblem = 'host_is_address' | 'host_syntax';

export type Host = { readonly host: string } | { readonly problem: HostProblem };

/** @returns the name in its one form; two labels at least, for nobody's search list is asked */
export function readHost(text: string): Host {
  if (looksLikeAddress(text)) return { problem: 'host_is_address' };
  if (!/^[\x21-\x7e]+$/.test(text)) return { problem: 'host_syntax' };
  const host = text.toLowerCase().replace(/\.$/, '');
  const labels = host.split('.');
  const good =
    host.length <= MOST_CHARACTERS &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    LAST_LABEL.test(labels.at(-1) ?? '');
  return good ? { host } : { problem: 'host_syntax' };
}

/** IPv6 in or out of brackets, with a zone or mapped; IPv4 in any of inet_aton's notations: dotted, short, octal, hex. */
function looksLikeAddress(text: string): boolean {
  if (/^\[?[0-9a-f.]*:[0-9a-f:.]*(%[^/]*)?\]?$/i.test(text)) return true;
  const last = text.replace(/\.$/, '').split('.').at(-1) ?? '';
  return /^([0-9]+|0x[0-9a-f]*)$/i.test(last);
}

export type Authority =
  | { readonly host: string; readonly port: number }
  | { readonly problem: HostProblem | 'port_syntax' };

/**
 * The target of a CONNECT, host:port (RFC 9112, 3.2.3).
 *
 * @returns port from 1 up; no sign, no zeros before it
 */
export function readAuthority(text: string): Authority {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { problem: 'port_syntax' };
  const read = readHost(text.slice(0, colon));
  if ('problem' in read) return read;
  const port = readPort(text.slice(colon + 1));
  return port === undefined ? { problem: 'port_syntax' } : { host: read.host, port };
}

function readPort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : undefined;
}

/** Hosts that a list names. */
export interface HostRule {
  /** In its one form, without `*.` */
  readonly host: string;
  /** Whether it stands for all names below that host, one label or more, and not for the host itself. */
  readonly below: boolean;
  readonly port: number;
}

/**
 * An entry of a list: `example.com`, `*.example.com`, either with `:port`; without one it is 443.
 *
 * @returns undefined for what is none. `*` and `*.com` are none: whoever means all hosts says `full`
 */
export function readRule(text: string): HostRule | undefined {
  const below = text.startsWith('*.');
  const rest = below ? text.slice(2) : text;
  const read = readAuthority(/:\d+$/.test(rest) ? rest : `${rest}:443`);
  return 'problem' in read ? undefined : { host: read.host, below, port: read.port };
}

/** @param host in its one form */
export function ruleNames(rule: HostRule, host: string): boolean {
  return rule.below ? host.endsWith(`.${rule.host}`) : host === rule.host;
}
