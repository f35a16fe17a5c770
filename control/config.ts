/** Control's configuration: a file in YAML or JSON, which the chart writes. What is not known in it is refused. */
import { configReader, port, section, text } from '../adapters/config/config.ts';
import type { TokensConfig } from '../adapters/tokens/config.ts';
import { TOKENS } from '../adapters/tokens/config.ts';

export interface ControlConfig {
  readonly listen: { readonly address: string; readonly port: number; readonly metrics: number };
  readonly tls: { readonly cert: string; readonly key: string };
  readonly tokens: TokensConfig;
  readonly redis: StoreConfig & { readonly minReplicas: number };
  readonly mongodb: StoreConfig;
  /** What keys of sessions are wrapped with; without it no contents are kept. */
  readonly contents?: { readonly keyFile: string };
  /** Where the Secrets of Providers are. */
  readonly namespace: string;
  /** Nothing is reserved when the API server was not heard for so long, ms. */
  readonly staleMs: number;
  /** What a stop takes at most: half of it requests are served as before. */
  readonly graceMs: number;
}

/** Where a store is, as it stands in a Secret. */
export interface StoreConfig {
  readonly urlFile: string;
  /** With ca.crt, tls.crt and tls.key, as far as the Secret has them. */
  readonly tlsFolder?: string;
}

/** @throws ConfigError */
export const readControlConfig = configReader<ControlConfig>(
  section(
    {
      listen: section({ address: { ...text, default: '::' }, port, metrics: port }, ['address']),
      tls: section({ cert: text, key: text }),
      tokens: TOKENS,
      redis: section(
        { urlFile: text, tlsFolder: text, minReplicas: { type: 'integer', minimum: 0, default: 0 } },
        ['tlsFolder', 'minReplicas'],
      ),
      mongodb: section({ urlFile: text, tlsFolder: text }, ['tlsFolder']),
      contents: section({ keyFile: text }),
      namespace: text,
      // A resource may have nothing to tell for two minutes; as long as the gateway opens tunnels.
      staleMs: { type: 'integer', minimum: 180_000, default: 600_000 },
      graceMs: { type: 'integer', minimum: 0, default: 25_000 },
    },
    ['graceMs', 'staleMs', 'contents'],
  ),
);
