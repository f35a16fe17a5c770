/** Generates docs/policies.md from the CRDs: every field with what it takes, its default and what it does. */
import { claudeCode } from '../core/agents/claude-code.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { crdSchemas } from '../core/policy/schema.generated.ts';
import type { SchemaNode } from '../core/policy/schema.ts';
import { TIERS, TOOL_CLASSES, type ToolClass } from '../core/policy/tiers.ts';
import { POLICY_EXAMPLES } from './policy-examples.ts';

const INTRO = `# Policies

<!-- Generated from crds/ by scripts/generate.ts. Do not edit. -->

Policies are Kubernetes manifests of API group \`tollgate.dev/v1alpha1\`. On one machine they are files: \`tollgate run
--policies FOLDER\` takes the YAML and JSON files of a folder, as \`kubectl apply -f\` does. \`tollgate check FOLDER\` says
whether they are right, what they mean, and what of them is not in force.

- Manifests without a namespace, in namespace \`local\`, and in \`tollgate-system\` apply.
- All budgets that select a workload apply to it. Where there is no BudgetPolicy at all, a built-in one allows $10 a day;
  where there are some and none has a limit for the workload, spend is not limited, and \`check\` and \`run\` say so.
- The profile is the only one, or the one called \`default\`, or the one named with \`--profile\`. Those of namespace
  \`tollgate-system\` apply beside it: what one of them refuses is refused, the lowest \`maxOutputTokens\` counts, and one that
  wants contents kept is enough. Of aliases, routes and fallbacks the first that matches counts, the own profile's first;
  \`defaultOutputTokens\` is the own profile's. Where there is no ToolProfile at all, none is asked.
- Where no Provider speaks the wire, Anthropic does, with the key in \`ANTHROPIC_API_KEY\`.
- A \`when:\` is a CEL condition on one tool call: \`args\` (the arguments), \`tool\`, \`class\`, \`workload\`, \`labels\`, and
  \`host(url)\`. Regular expressions (\`matches\`) are RE2's and run in linear time. A condition that cannot be evaluated
  counts against the agent, and so do arguments that programs may read differently: a key twice, or a number that is not
  the same as a double (a whole one beyond 2^53). A member of a provider's toolset is called \`toolset/name\`, and is
  denied also where \`name\` is.
- \`*\` in a pattern stands for any characters.
`;

/** @returns docs/policies.md, from the schemas of the CRDs */
export function generatePolicyDocs(): string {
  const parts = [INTRO];
  for (const [kind, { schema }] of Object.entries(crdSchemas())) {
    parts.push(
      `## ${kind}`,
      '',
      schema.description ?? '',
      '',
      ...example(kind),
      '',
      '| field | takes | default | |',
      '|---|---|---|---|',
    );
    parts.push(...rows(schema.properties?.spec, 'spec'), '');
    if (kind === 'ToolProfile') parts.push(...tierTable(), '', ...classTable(), '');
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
  if (node['x-kubernetes-int-or-string']) return `amount${bounds(node.minimum, node.maximum)}`;
  const { items } = node;
  if (items) {
    const many = `list${bounds(node.minItems, node.maxItems)}`;
    return items.properties ? `${many} of the fields below` : `${many} of: ${takes(items)}`;
  }
  if (typeof node.additionalProperties === 'object')
    return `map${bounds(undefined, node.maxProperties)} of names to: ${takes(node.additionalProperties)}`;
  switch (node.type) {
    case 'integer':
      return `whole number${bounds(node.minimum, node.maximum)}`;
    case 'boolean':
      return 'true, false';
    case 'string':
      return `text${bounds(undefined, node.maxLength, ' characters')}`;
    default:
      return 'the fields below';
  }
}

function bounds(least: number | undefined, most: number | undefined, what = ''): string {
  if (most === undefined) return '';
  return least === undefined ? ` (at most ${most}${what})` : ` (${least} to ${most}${what})`;
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

/** What stands in the docs is a manifest that works. */
function example(kind: string): string[] {
  const text = POLICY_EXAMPLES[kind];
  if (text === undefined) throw new Error(`there is no example of a ${kind}`);
  const { manifests, problems } = readManifests([{ path: `the example of ${kind}`, text }]);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  if (manifests[0]?.manifest.kind !== kind) throw new Error(`the example of ${kind} is another kind`);
  return ['```yaml', text.trim(), '```'];
}

/** What a class stands for, as far as its name does not say it. */
const CLASS_NOTES: Readonly<Partial<Record<ToolClass, string>>> = {
  install: 'none: Claude Code installs through its shell',
  other: 'every other name, such as `mcp__github__get_issue`: allowed only by an entry of `allow`',
};

function classTable(): string[] {
  return [
    'Which class a tool of Claude Code has. The tools of programs on an SDK have names of their own, so all of them are of',
    'class `other` and need an entry of `allow`:',
    '',
    '| class | tools |',
    '|---|---|',
    ...TOOL_CLASSES.map((kind) => {
      const names = [...claudeCode.tools].flatMap(([name, cls]) => (cls === kind ? [`\`${name}\``] : []));
      return `| \`${kind}\` | ${names.join(', ') || CLASS_NOTES[kind] || ''} |`;
    }),
  ];
}
