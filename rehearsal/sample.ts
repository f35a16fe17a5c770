/** Values that a JSON schema allows. */
import { isObject, type JsonObject } from './json.ts';

const deepest = 8;

/** What `$ref` points at, within the same schema (`#/$defs/Step`); undefined if nothing is there. */
function referred(root: unknown, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), root);
}

/**
 * A small value that a JSON schema allows (its common keywords), with `word` wherever a free string is wanted.
 * @param root the schema in which references are looked up
 */
export function sampleOf(schema: unknown, word: string, depth = 0, root = schema): unknown {
  if (!isObject(schema) || depth > deepest) return word;
  if (typeof schema.$ref === 'string') return sampleOf(referred(root, schema.$ref), word, depth + 1, root);
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (Array.isArray(choices) && choices.length > 0) return sampleOf(choices[0], word, depth + 1, root);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () =>
        sampleOf(schema.items, word, depth + 1, root),
      );
    case 'string':
      return word;
    default:
      return isObject(schema.properties) || type === 'object'
        ? sampleObject(schema, word, depth, root)
        : word;
  }
}

function sampleObject(schema: JsonObject, word: string, depth: number, root: unknown): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.fromEntries(
    required.map((name) => [name, sampleOf(properties[name], word, depth + 1, root)]),
  );
}

/** True if every property that the schema requires is a free string, or it requires none. */
export function takesOnlyStrings(schema: JsonObject): boolean {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return required.every((name) => {
    const property = properties[name];
    return isObject(property) && property.type === 'string';
  });
}
