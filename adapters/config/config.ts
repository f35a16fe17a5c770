/** Configuration files of programs in a cluster: YAML or JSON, checked whole at the start. */
import { Ajv } from 'ajv';
import { parse } from 'yaml';

/** The configuration can't be used; the message says where and why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError */
export function parseConfig(source: string): unknown {
  try {
    return parse(source);
  } catch (error) {
    throw new ConfigError(`it is neither YAML nor JSON: ${(error as Error).message}`);
  }
}

/** An object with just these properties, in a JSON Schema. */
export const section = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

export const text = { type: 'string', minLength: 1 };
export const texts = { type: 'array', items: text };
export const port = { type: 'integer', minimum: 0, maximum: 65_535 };

/**
 * @param schema JSON Schema; its defaults are filled in, and what it does not know is refused
 * @returns a reader of such files, which throws ConfigError
 */
export function configReader<Config>(schema: object): (source: string) => Config {
  const validate = new Ajv({ useDefaults: true }).compile(schema);
  return (source) => {
    const value = parseConfig(source);
    if (validate(value)) return value as Config;
    const [first] = validate.errors ?? [];
    const where = first?.instancePath.slice(1).replaceAll('/', '.') || 'it';
    throw new ConfigError(`${where} ${first?.message} ${JSON.stringify(first?.params ?? {})}`);
  };
}
