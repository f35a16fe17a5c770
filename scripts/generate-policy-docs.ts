/** Generates docs/policies.md from the CRDs: every field with what it takes, its default and what it does. */

import { crdSchemas } from '../core/policy/schema.generated.ts';
import type { SchemaNode } from '../core/policy/schema.ts';
import { TIERS } from '../core/policy/tiers.ts';

const INTRO = `# Policies

<!-- Generated from crds/ by scripts/generate.ts. Do not edit. -->

Policies are Kubernetes manifests of API group \`tollgate.dev/v1alpha1\`. On one machine they are files: \`tollgate run
--policies FOLDER\` takes the YAML and JSON files of a folder, as \`kubectl apply -f\` does. \`tollgate check FOLDER\` says
whether they are right, what they mean, and what of them is not in force.

- Manifests without a namespace, in namespace \`local\`, and in \`tollgate-system\` apply. All budgets that select a workload
  apply to it; of several profiles the strictest wins.
- The profile is the only one, or the one called \`default\`, or the one named with \`--profile\`.
- A \`when:\` is a CEL condition on one tool call: \`args\` (the arguments), \`tool\`, \`class\`, \`workload\`, \`labels\`, and
  \`host(url)\`. Regular expressions (\`matches\`) are RE2's and run in linear time. A condition that cannot be evaluated
  counts against the agent.
- \`*\` in a pattern stands for any characters.
`;

export function generatePolicyDocs(): string {
  const parts = [INTRO];
  for (const [kind, { schema }] of Object.entries(crdSchemas())) {
    parts.push(
      `## ${kind}`,
      '',
      schema.description ?? '',
      '',
      '| field | takes | default | |',
      '|---|---|---|---|',
    );
    parts.push(...rows(schema.properties?.spec, 'spec'), '');
    if (kind === 'ToolProfile') parts.push(...tierTable(), '');
    const rules = rulesOf(schema.properties?.spec);
    if (rules.length > 0) parts.push('Rules:', '', ...rules.map((rule) => `- ${rule}`), '');
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

function rows(node: SchemaNode | undefined, path: string): string[] {
  if (!node) return [];
  const inner = node.items ?? node;
  const name = node.items ? `${path}[]` : path;
  return Object.entries(inner.properties ?? {}).flatMap(([field, property]) => {
    const required = inner.required?.includes(field) ? ' **required**' : '';
    const cells = [
      `\`${name}.${field}\``,
      takes(property),
      defaultOf(property),
      `${cell(property.description ?? '')}${required}`,
    ];
    return [`| ${cells.join(' | ')} |`, ...rows(property, `${name}.${field}`)];
  });
}

function takes(node: SchemaNode): string {
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (node['x-kubernetes-int-or-string']) return 'amount';
  if (node.items)
    return node.items.properties
      ? 'list'
      : `list of ${node.items.enum ? takes(node.items) : (node.items.type ?? '')}`;
  if (node.additionalProperties) return 'map';
  return { integer: 'number', boolean: 'true, false', string: 'text', object: '' }[node.type ?? ''] ?? '';
}

function defaultOf(node: SchemaNode): string {
  const { default: value } = node;
  return value === undefined || typeof value === 'object' ? '' : `\`${value}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function tierTable(): string[] {
  const tiers = Object.entries(TIERS);
  return [
    'What a tier sets, where the profile is silent:',
    '',
    `| | ${tiers.map(([name]) => `\`${name}\``).join(' | ')} |`,
    `|---|${tiers.map(() => '---').join('|')}|`,
    `| \`tools.classes\` | ${tiers.map(([, { classes }]) => classes.join(', ')).join(' | ')} |`,
    `| \`unknownFields\` | ${tiers.map(([, { unknownFields }]) => unknownFields).join(' | ')} |`,
  ];
}

function rulesOf(node: SchemaNode | undefined): string[] {
  if (!node) return [];
  const own = (node['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const below = [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : [])];
  return [...own, ...below.flatMap(rulesOf)];
}
