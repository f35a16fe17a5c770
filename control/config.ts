/** Control's configuration: a file in YAML or JSON, which the chart writes. What is not known in it is refused. */
import { readFileSync } from 'node:fs';
import { configReader, port, section, text } from '../adapters/config/config.ts';
import type { TokensConfig } from '../adapters/tokens/config.ts';
import { TOKENS } from '../adapters/tokens/config.ts';

export interface ControlConfig {
  readonly listen: { readonly address: string; readonly port: number; readonly metrics: number };
  readonly tls: { readonly cert: string; readonly key: string };
  readonly tokens: TokensConfig;
  readonly redis: { readonly urlFile: string; readonly minReplicas: number };
  readonly mongodb: { readonly urlFile: string };
  /** What keys of sessions are wrapped with; without it no contents are kept. */
  readonly contents?: { readonly keyFile: string };
  /** Where the Secrets of Providers are. */
  readonly namespace: string;
  readonly graceMs: number;
}

/** @throws ConfigError */
export const readControlConfig = configReader<ControlConfig>(
  section(
    {
      listen: section({ address: { ...text, default: '::' }, port, metrics: port }, ['address']),
      tls: section({ cert: text, key: text }),
      tokens: TOKENS,
      redis: section({ urlFile: text, minReplicas: { type: 'integer', minimum: 0, default: 0 } }, [
        'minReplicas',
      ]),
      mongodb: section({ urlFile: text }),
      contents: section({ keyFile: text }),
      namespace: text,
      graceMs: { type: 'integer', minimum: 0, default: 25_000 },
    },
    ['graceMs', 'contents'],
  ),
);

/** @returns what stands in a Secret's file; @throws Error when it can't be read */
export function secretOf(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
