/**
 * Proxies of the environment, which most programs go by and Tollgate does not: through a proxy it could not check which
 * addresses a provider has, so the way there is said in the Provider (spec.proxy).
 */
import type { ProviderSpec } from '../core/policy/provider.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const HTTPS = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
const HTTP = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** @returns a sentence about providers that other programs would call through a proxy; undefined where there are none */
export function proxyProblem(providers: readonly ProviderSpec[], env: Environment): string | undefined {
  for (const { name, origin, proxy } of providers) {
    const { protocol, hostname } = new URL(origin);
    const variable = (protocol === 'https:' ? HTTPS : HTTP).find((one) => env[one]?.trim());
    if (proxy !== undefined || variable === undefined || isExcepted(hostname, env)) continue;
    return `${variable} is set, and Tollgate does not go by it: Provider ${name} is called directly, and so are webhooks and collectors of traces. Where only the proxy leads out, name it in spec.proxy of the Provider`;
  }
  return undefined;
}

/** NO_PROXY as curl reads it: names with all that ends in them, or * for everything. Ports and networks are not looked at. */
function isExcepted(host: string, env: Environment): boolean {
  const names = (env.NO_PROXY || env.no_proxy || '').toLowerCase().split(/[\s,]+/);
  const parts = names.map((name) => name.replace(/^\*?\./, '')).filter((name) => name !== '');
  return parts.some((name) => name === '*' || host === name || host.endsWith(`.${name}`));
}
