/** The API server of a kubeconfig, with all the ways to log in that @kubernetes/client-node knows: certificates, exec, OIDC. */
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import { type Access, Agents, KEEP_ALIVE, type Way } from './access.ts';

/** What the library falls back to. */
const NOTHING_FOUND = 'http://localhost:8080';

/**
 * @param path of the file; without one, KUBECONFIG or ~/.kube/config
 * @throws an error for people if it can't be read or names no cluster
 */
export async function fromKubeconfig(path?: string, context?: string): Promise<Access> {
  // This file alone: the library's index would bring every API's decoder into the bundle, 6.4 MB instead of 1.7.
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  if (context !== undefined) config.setCurrentContext(context);

  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new Error(
      `the kubeconfig's context "${config.getCurrentContext() ?? ''}" names no cluster; it knows ${known.join(', ') || 'none'}`,
    );
  }
  if (path === undefined && cluster.server === NOTHING_FOUND) {
    throw new Error(
      'there is no kubeconfig: KUBECONFIG is not set and ~/.kube/config is not there; name a file',
    );
  }
  const agents = new Agents();

  const way = async (): Promise<Way> => {
    // The library's own requests make a dispatcher each, and so a TLS handshake each (2.0.1): here it only says what with.
    const shown: RequestOptions = {};
    await config.applyToHTTPSOptions(shown);
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = shown;
    const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value != null));
    const digest = createHash('sha256').update(JSON.stringify(given)).digest('hex');
    return { dispatcher: agents.for(digest, () => make(cluster.proxyUrl, given)), headers: headersOf(shown) };
  };

  await way();
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    way,
    // The library keeps a token file for a minute and runs an exec plugin again when its credential has expired.
    forget: () => undefined,
    close: () => agents.close(),
  };
}

function make(proxy: string | undefined, tls: buildConnector.BuildOptions): Dispatcher {
  if (!proxy) return new Agent({ connect: { ...KEEP_ALIVE, ...tls } });
  if (proxy.startsWith('socks')) {
    throw new Error(
      'the kubeconfig names a SOCKS proxy, which is not supported; use an HTTP proxy (proxy-url: http://…)',
    );
  }
  return new ProxyAgent({ uri: proxy, requestTls: tls });
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  const others = Object.entries(headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value).trim(),
  ]);
  return { ...basic, ...Object.fromEntries(others) };
}
