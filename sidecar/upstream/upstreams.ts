/** Connections to providers, one pool for each. */
import { setMaxListeners } from 'node:events';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import { AddressRefused, isPublic, publicLookup } from '../../adapters/net/address.ts';
import type { ProviderSpec } from '../../core/policy/provider.ts';
import type { Times } from '../times.ts';
import { type Request, UpstreamCall } from './call.ts';

/** Connections to one provider; HTTP/1.1 carries one call each. */
const MOST_CONNECTIONS = 512;

/** @returns how to make tunnels through the egress gateway of a cluster; another object when its files have changed */
export type GatewayTunnel = () => Pick<ProxyAgent.Options, 'uri' | 'token' | 'headers' | 'proxyTls'>;

export class Upstreams {
  readonly #times: Times;
  readonly #gateway: GatewayTunnel | undefined;
  /** What the pools through the gateway were made with. */
  #tunnel: ReturnType<GatewayTunnel> | undefined;
  readonly #pools = new Map<string, Dispatcher>();
  readonly #closing = new AbortController();
  /** The pools again, by the provider as a snapshot has it: spares comparing it for each call. */
  #found = new WeakMap<ProviderSpec, Dispatcher>();

  /** @param gateway the only way out, where there is one */
  constructor(times: Times, gateway?: GatewayTunnel) {
    this.#times = times;
    this.#gateway = gateway;
    // One listener for each connection.
    setMaxListeners(0, this.#closing.signal);
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

  /** Breaks off all running calls. */
  async cut(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#forget();
    await Promise.all(pools.map((pool) => pool.destroy(new Error('the kill switch is on'))));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    // A pool leaves alone what is still being connected, and that would keep the process until it fails by itself.
    this.#closing.abort();
  }

  #forget(): void {
    this.#pools.clear();
    this.#found = new WeakMap();
  }

  #poolOf(provider: ProviderSpec): Dispatcher {
    const tunnel = this.#gateway?.();
    if (tunnel !== this.#tunnel) {
      // Calls that run over the old ones end on them.
      for (const pool of this.#pools.values()) pool.close().catch(() => undefined);
      this.#forget();
      this.#tunnel = tunnel;
    }
    const found = this.#found.get(provider);
    if (found) return found;
    // A changed manifest gets new connections; the old ones end when their calls do.
    const id = JSON.stringify([provider.origin, provider.privateAddresses, provider.proxy]);
    const { signal } = this.#closing;
    const pool =
      this.#pools.get(id) ??
      (tunnel === undefined
        ? openPool(provider, this.#times, signal)
        : openTunnel(tunnel, this.#times, signal));
    this.#pools.set(id, pool);
    this.#found.set(provider, pool);
    return pool;
  }
}

/** @param signal ends connections, also those that are only being made */
function openPool(
  { origin, privateAddresses, proxy }: ProviderSpec,
  times: Times,
  signal: AbortSignal,
): Dispatcher {
  const options = poolOptions(times);
  if (proxy !== undefined) return openTunnel({ uri: proxy }, times, signal);
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  const literal = /^[\d.]+$/.test(host) || host.includes(':');
  if (literal && !privateAddresses && !isPublic(host)) throw new AddressRefused(host, host);
  const lookup = privateAddresses ? {} : { lookup: publicLookup };
  return new Pool(origin, { ...options, connect: { timeout: times.connect, signal, ...lookup } });
}

function poolOptions(times: Times) {
  const timeouts = { headersTimeout: times.replyHead, bodyTimeout: times.replySilence };
  return { ...timeouts, connections: MOST_CONNECTIONS, pipelining: 1, allowH2: false };
}

/** Also to a provider on plain HTTP by CONNECT: otherwise the proxy would be sent what is meant for the provider. */
function openTunnel(
  { proxyTls, ...way }: ReturnType<GatewayTunnel>,
  times: Times,
  signal: AbortSignal,
): Dispatcher {
  return new ProxyAgent({
    ...poolOptions(times),
    ...way,
    proxyTunnel: true,
    connectTimeout: times.connect,
    // Its type wants a port, which is the URL's all the same.
    proxyTls: { ...proxyTls, signal, port: 0 },
    clientFactory: (url, own) => new Pool(url, { ...own, headersTimeout: times.connect }),
  });
}
