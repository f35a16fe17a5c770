/** Control's configuration: a file in YAML or JSON, which the chart writes. What is not known in it is refused. */
import { Ajv } from 'ajv';
import { parse } from 'yaml';

export interface ControlConfig {
  readonly listen: { readonly address: string; readonly port: number; readonly metrics: number };
  readonly tls: { readonly cert: string; readonly key: string };
  readonly tokens: {
    readonly issuer: string;
    readonly jwks: { readonly url: string; readonly ca: string; readonly tokenFile: string };
  };
  readonly redis: { readonly urlFile: string; readonly minReplicas: number };
  readonly mongodb: { readonly urlFile: string };
  /** Where the Secrets of Providers are. */
  readonly namespace: string;
  readonly graceMs: number;
}

/** The configuration can't be used; the message says where and why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const text = { type: 'string', minLength: 1 };
const port = { type: 'integer', minimum: 0, maximum: 65_535 };
const section = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const validate = new Ajv({ useDefaults: true }).compile(
  section(
    {
      listen: section({ address: { ...text, default: '::' }, port, metrics: port }, ['address']),
      tls: section({ cert: text, key: text }),
      tokens: section({ issuer: text, jwks: section({ url: text, ca: text, tokenFile: text }) }),
      redis: section({ urlFile: text, minReplicas: { type: 'integer', minimum: 0, default: 0 } }, [
        'minReplicas',
      ]),
      mongodb: section({ urlFile: text }),
      namespace: text,
      graceMs: { type: 'integer', minimum: 0, default: 25_000 },
    },
    ['graceMs'],
  ),
);

/** @throws ConfigError */
export function readControlConfig(source: string): ControlConfig {
  let value: unknown;
  try {
    value = parse(source);
  } catch (error) {
    throw new ConfigError(`it is neither YAML nor JSON: ${(error as Error).message}`);
  }
  if (validate(value)) return value as unknown as ControlConfig;
  const [first] = validate.errors ?? [];
  const more = JSON.stringify(first?.params ?? {});
  throw new ConfigError(
    `${first?.instancePath.slice(1).replaceAll('/', '.') || 'it'} ${first?.message} ${more}`,
  );
}
