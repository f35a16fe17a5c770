/** Where a Provider is, as the gateway opens it: by name and port, never by a path. */
import { readHost } from './host.ts';
import type { Place } from './judge.ts';

export interface ProviderUrl {
  readonly name: string;
  /** Scheme, host and port of its URL. */
  readonly origin: string;
  readonly privateAddresses: boolean;
}

/** @returns a sentence for a host that the gateway can't open */
export function providerPlace({ name, origin, privateAddresses }: ProviderUrl): Place | string {
  const url = new URL(origin);
  const read = readHost(url.hostname);
  if ('problem' in read)
    return `Provider ${name} is at ${url.hostname}, which is no full name of a host: the gateway opens names alone`;
  const tls = url.protocol === 'https:';
  if (!tls && !privateAddresses)
    return `Provider ${name} is at http:// without privateAddresses: the gateway opens that to nobody`;
  return { host: read.host, port: Number(url.port) || (tls ? 443 : 80), tls, privateAddresses };
}
