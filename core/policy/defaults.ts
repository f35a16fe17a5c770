/**
 * A manifest without what goes without saying: fields that have their default value. So it is hashed, and sent to sidecars.
 *
 *   API server ── all defaults filled in ──> control ── without them ──> sidecar of an older release ── fills in its own
 *
 * A field that a later release adds, with a default, is then unknown to nobody who does not use it: the manifest is the same
 * to both, and so is its hash. That holds as long as no release changes the default of a field that there is.
 */
import { canonical } from './canonical.ts';
import type { PolicyObject } from './objects.ts';
import { crdSchemas } from './schema.generated.ts';
import type { SchemaNode } from './schema.ts';

/** @returns the object as its author might have written it; filling in defaults gives what it was */
export function reduced(object: PolicyObject): PolicyObject {
  return { ...object, spec: specWithoutDefaults(object.kind, object.spec) };
}

/** @param kind of a manifest; of an unknown one nothing is left out */
export function specWithoutDefaults(kind: string, spec: unknown): unknown {
  const schema = crdSchemas()[kind]?.schema.properties?.spec;
  return schema === undefined ? spec : withoutDefaults(spec, schema);
}

/** @param value of any form: what does not fit the schema stays as it is */
export function withoutDefaults(value: unknown, schema: SchemaNode): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withoutDefaults(item, items));
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties } = schema;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const of = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (of === undefined) return [[name, field]];
      const short = withoutDefaults(field, of);
      const isDefault = known?.default !== undefined && isDefaultOf(known, short);
      return isDefault ? [] : [[name, short]];
    }),
  );
}

/** Defaults of what is in it may stand in a default, or not. */
function isDefaultOf(schema: SchemaNode, short: unknown): boolean {
  return canonical(short) === canonical(withoutDefaults(schema.default, schema));
}
