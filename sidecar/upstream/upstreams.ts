/** Connections to providers, one pool for each. */
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ProviderSpec } from '../../core/policy/provider.ts';
import type { Times } from '../times.ts';
import { AddressRefused, isPublic, publicLookup } from './address.ts';
import { type Request, UpstreamCall } from './call.ts';

/** Connections to one provider; HTTP/1.1 carries one call each. */
const MOST_CONNECTIONS = 512;

export class Upstreams {
  readonly #times: Times;
  readonly #pools = new Map<string, Dispatcher>();
  /** The pools again, by the provider as a snapshot has it: spares comparing it for each call. */
  readonly #found = new WeakMap<ProviderSpec, Dispatcher>();

  constructor(times: Times) {
    this.#times = times;
  }

  /**
   * Sends a request.
   * @param keep whether what arrives is also kept for the audit log
   * @returns the call; its head rejects when there is no answer
   * @throws AddressRefused when the provider's URL is an address that it does not allow
   */
  send(provider: ProviderSpec, request: Request, keep: boolean): UpstreamCall {
    const call = new UpstreamCall(keep);
    this.#poolOf(provider).dispatch(
      { ...request, path: provider.basePath + request.path, origin: provider.origin },
      call,
    );
    return call;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #poolOf(provider: ProviderSpec): Dispatcher {
    const found = this.#found.get(provider);
    if (found) return found;
    // A changed manifest gets new connections; the old ones end when their calls do.
    const id = JSON.stringify([provider.origin, provider.privateAddresses, provider.proxy]);
    const pool = this.#pools.get(id) ?? openPool(provider, this.#times);
    this.#pools.set(id, pool);
    this.#found.set(provider, pool);
    return pool;
  }
}

function openPool({ origin, privateAddresses, proxy }: ProviderSpec, times: Times): Dispatcher {
  const timeouts = { headersTimeout: times.replyHead, bodyTimeout: times.replySilence };
  const options = { ...timeouts, connections: MOST_CONNECTIONS, pipelining: 1, allowH2: false };
  if (proxy !== undefined) return openTunnel(proxy, options, times);
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  const literal = /^[\d.]+$/.test(host) || host.includes(':');
  if (literal && !privateAddresses && !isPublic(host)) throw new AddressRefused(host, host);
  const lookup = privateAddresses ? {} : { lookup: publicLookup };
  return new Pool(origin, { ...options, connect: { timeout: times.connect, ...lookup } });
}

/** Also to a provider on plain HTTP by CONNECT: otherwise the proxy would be sent what is meant for the provider. */
function openTunnel(proxy: string, options: ProxyAgent.Options | object, { connect }: Times): Dispatcher {
  return new ProxyAgent({
    ...options,
    uri: proxy,
    proxyTunnel: true,
    connectTimeout: connect,
    clientFactory: (url, own) => new Pool(url, { ...own, headersTimeout: connect }),
  });
}
