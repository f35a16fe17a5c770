/** The rules of a CRD beyond its schema: `x-kubernetes-validations`, and list keys that must differ. */
import type { Environment } from '@marcbachmann/cel-js';
import { type Compiled, celEnvironment, compileCel } from './cel.ts';
import type { SchemaNode } from './schema.ts';

export interface BrokenRule {
  readonly path: (string | number)[];
  readonly message: string;
}

/**
 * @param value with defaults filled in
 * @param isFaulty whether something at this path or below does not fit the schema: no rule is asked about it
 * @returns the rules that the value breaks
 */
export function brokenRules(
  schema: SchemaNode,
  value: unknown,
  isFaulty: (path: readonly (string | number)[]) => boolean = () => false,
): BrokenRule[] {
  const broken: BrokenRule[] = [];
  walk(schema, value, [], broken, isFaulty);
  return broken;
}

function walk(
  schema: SchemaNode,
  value: unknown,
  path: (string | number)[],
  broken: BrokenRule[],
  isFaulty: (path: readonly (string | number)[]) => boolean,
): void {
  if (value === undefined) return;
  const faulty = isFaulty(path);
  for (const { rule, message, fieldPath } of faulty ? [] : (schema['x-kubernetes-validations'] ?? [])) {
    // A manifest of a file has no past that a transition rule could compare it with.
    if (/\boldSelf\b/.test(rule)) continue;
    if (!holds(rule, value)) {
      broken.push({
        path: fieldPath === undefined ? path : [...path, ...fieldPath.slice(1).split('.')],
        message,
      });
    }
  }
  if (Array.isArray(value)) {
    if (!faulty) broken.push(...twins(schema, value, path));
    value.forEach((item, i) => {
      if (schema.items) walk(schema.items, item, [...path, i], broken, isFaulty);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      walk(property, (value as Record<string, unknown>)[name], [...path, name], broken, isFaulty);
    }
  }
}

/** Kubernetes refuses items of a list of type map that have the same key. */
function twins(schema: SchemaNode, items: readonly unknown[], path: (string | number)[]): BrokenRule[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys) return [];
  const seen = new Set<string>();
  const broken: BrokenRule[] = [];
  items.forEach((item, i) => {
    const id = JSON.stringify(keys.map((key) => (item as Record<string, unknown>)[key]));
    if (seen.has(id))
      broken.push({ path: [...path, i], message: `another item has the same ${keys.join(' and ')}` });
    seen.add(id);
  });
  return broken;
}

let environment: Environment | undefined;
const compiledRules = new Map<string, Compiled>();

function holds(rule: string, self: unknown): boolean {
  let compiled = compiledRules.get(rule);
  if (!compiled) {
    environment ??= celEnvironment().registerVariable('self', 'dyn');
    compiled = compileCel(environment, rule);
    compiledRules.set(rule, compiled);
  }
  if ('error' in compiled) throw new Error(`a rule of the CRD does not compile: ${rule}: ${compiled.error}`);
  // A rule that fails to evaluate is broken, as in the API server.
  try {
    return compiled.run({ self }) === true;
  } catch {
    return false;
  }
}
