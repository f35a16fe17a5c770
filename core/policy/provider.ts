/** Provider → where calls go, with which credential, and what they cost. */
import { parseUsd } from '../money/amount.ts';
import type { Price } from '../money/price.ts';
import { compileGlob, type Glob } from './glob.ts';
import type { Provider } from './types.generated.ts';

export type WireId = Provider['spec']['wires'][number];

export interface ProviderSpec {
  readonly name: string;
  readonly origin: string;
  /** Path before the wire's own, with the version and without a slash at its end. */
  readonly basePath: string;
  readonly wires: readonly WireId[];
  readonly auth: {
    readonly type: 'key' | 'none';
    readonly env?: string;
    /** In a cluster. */
    readonly secretRef?: { readonly name: string; readonly key: string };
  };
  readonly privateAddresses: boolean;
  readonly proxy?: string;
  /** Where a chat completion has its output cap. */
  readonly outputCapField: 'max_completion_tokens' | 'max_tokens';
  readonly priceList: string;
  readonly prices: readonly { readonly matches: Glob; readonly price: Price }[];
  readonly allowedFields: ReadonlySet<string>;
  readonly allowedBetas: ReadonlySet<string>;
}

/** @param manifest valid, with its defaults filled in; its prices are in USD per million tokens */
export function compileProvider({ metadata, spec }: Provider): ProviderSpec {
  const url = new URL(spec.url);
  return {
    name: metadata.name,
    origin: url.origin,
    basePath: withVersion(url.pathname.replace(/\/+$/, '')),
    wires: spec.wires,
    auth: {
      type: spec.auth.type,
      ...(spec.auth.env === undefined ? {} : { env: spec.auth.env }),
      ...(spec.auth.secretRef === undefined ? {} : { secretRef: spec.auth.secretRef }),
    },
    privateAddresses: spec.privateAddresses,
    ...(spec.proxy === undefined ? {} : { proxy: spec.proxy }),
    outputCapField: spec.outputCapField,
    priceList: spec.priceList ?? metadata.name,
    prices: spec.prices.map((price) => ({ matches: compileGlob(price.model), price: priceOf(price) })),
    allowedFields: new Set(spec.allowedFields),
    allowedBetas: new Set(spec.allowedBetas),
  };
}

/** Base URLs of SDKs end with the version on some wires and without it on others. */
function withVersion(path: string): string {
  return /\/v\d+[a-z0-9]*(?:\/|$)/.test(path) ? path : `${path}/v1`;
}

function priceOf(spec: Provider['spec']['prices'][number]): Price {
  const input = parseUsd(spec.input);
  const or = (amount: string | number | undefined, otherwise: number): number =>
    amount === undefined ? otherwise : parseUsd(amount);
  return {
    input,
    output: parseUsd(spec.output),
    cacheRead: or(spec.cacheRead, input),
    // Anthropic, "Prompt caching", pricing: writes cost 1.25 and 2 times the base input price.
    cacheWrite5m: or(spec.cacheWrite5m, Math.ceil(input * 1.25)),
    cacheWrite1h: or(spec.cacheWrite1h, input * 2),
    ...(spec.contextWindow === undefined ? {} : { contextWindow: spec.contextWindow }),
  };
}
