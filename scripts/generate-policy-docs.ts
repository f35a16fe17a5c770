/** Generates docs/policies.md from the CRDs: every field with what it takes, its default and what it does. */
import { claudeCode } from '../core/agents/claude-code.ts';
import { PHASES } from '../core/egress/judge.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { crdSchemas } from '../core/policy/schema.generated.ts';
import type { SchemaNode } from '../core/policy/schema.ts';
import { TIERS, TOOL_CLASSES, type ToolClass } from '../core/policy/tiers.ts';
import { MADE_BY_TOLLGATE } from './generate-policy.ts';
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
  \`defaultOutputTokens\` is the own profile's. What a phase may reach on the network is what all of them open that are
  enforced: of two lists the hosts that both name. Where there is no ToolProfile at all, none is asked; in a cluster tier
  \`locked\` is in force then.
- Where no Provider speaks the wire, Anthropic does, with the key in \`ANTHROPIC_API_KEY\`.
- A \`when:\` is a CEL condition on one tool call: \`args\` (the arguments), \`tool\`, \`class\`, \`workload\`, \`labels\`, and
  \`host(url)\`. Regular expressions (\`matches\`) are RE2's and run in linear time. A condition that cannot be evaluated
  counts against the agent, and so do arguments that programs may read differently: a key twice, or a number that is not
  the same as a double (a whole one beyond 2^53). A member of a provider's toolset is called \`toolset/name\`, and is
  denied also where \`name\` is.
- \`*\` in a pattern stands for any characters.
`;

const WARNINGS = `### Warnings

A limit with a window warns when 50, 80 and 95 % of its amount are spent, or what \`spec.warnings.at\` says; \`at: []\` warns
of nothing. What running calls have reserved does not count. Budgets that only record (\`enforce: false\`, \`atLimit: warn\`)
warn like others.

Each threshold is told once for each window and for each of those who have a count of their own, by whichever process on
the state folder brings it there, and not again when a late settlement takes some of the spend back, Tollgate is started
anew, or a policy changes the amount. A threshold that is added below what is spent is told with the next call. It is

- a line of level \`warn\` in the log, with limit, percent, spent, amount and when the window ends;
- a count of \`tollgate_budget_warnings_total\` ([metrics.md](metrics.md));
- where \`webhook\` is given, a POST to its URL.

Where one call reaches several thresholds, all are counted, and the log and the webhook are told of the highest.

In a cluster control tells of them, whichever of its replicas comes first, a second or so after the call was settled. The
BudgetPolicy gets an Event \`BudgetWarning\` as well (\`kubectl events --for budgetpolicy/team\`). What is to be told stands
in Redis; where that has lost its data, thresholds that are reached are told once more.

The webhook gets a [CloudEvent](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) 1.0 in JSON, signed as
[Standard Webhooks](https://www.standardwebhooks.com/) has it; any library for either reads it.
[examples/warnings](../examples/warnings) has a policy and a receiver.

\`\`\`
content-type: application/cloudevents+json; charset=utf-8
webhook-id: warning_0b1c…       the event's id: the same however often it is sent
webhook-timestamp: 1795357801   seconds, of this attempt
webhook-signature: v1,…         HMAC-SHA256 of "id.timestamp.body", in base64

{ "specversion": "1.0", "type": "dev.tollgate.budget.warning", "id": "warning_0b1c…", "subject": "local/team/per-day",
  "source": "/apis/tollgate.dev/v1alpha1/namespaces/local/budgetpolicies/team", "time": "2026-11-22T14:30:01.005Z",
  "datacontenttype": "application/json", "data": {
    "policy": "local/team", "limit": "local/team/per-day", "per": "workload", "scope": "workload:local/claude",
    "window": "day:UTC:2026-11-22", "unit": "usd", "percent": 80,
    "spent": "10.000000001", "amount": "12.50", "spentNanoUsd": 10000000001, "amountNanoUsd": 12500000000,
    "resetsAt": "2026-11-23T00:00:00.000Z", "workload": "local/claude", "session": "…" } }
\`\`\`

\`workload\` and \`session\` are of the call that reached the threshold. Limits in tokens and requests have whole numbers in
\`spent\` and \`amount\`; \`resetsAt\` is null for a lifetime.

Any status from 200 to 299 takes it; 410 ends it. Everything else (also a redirect, or no answer within 10 seconds) is
tried again after 5 seconds, then ever later up to an hour, for 24 hours. What is to be sent stands in the state folder,
so that the next process sends what one that ended or was killed did not. Where one was killed after sending and before
it could write that down, the receiver gets the event again: drop it by its id. No call waits for a webhook. A rehearsal
tells none.

Nothing is sent without a secret: \`export TOLLGATE_WEBHOOK_SECRET="whsec_$(openssl rand -base64 32)"\`. Names that resolve
to private addresses are refused; \`privateAddresses\` allows an address that the URL itself names, or localhost.
\`tollgate check\` and the log at start say why a webhook could not be told.

In a cluster the secret is a Secret in \`tollgate-system\`, named by \`secretRef\`. Its label says which namespace's policies may
name it, so that nobody signs with what is another's:

\`\`\`
kubectl -n tollgate-system create secret generic team-a-warnings --from-literal=key="whsec_$(openssl rand -base64 32)"
kubectl -n tollgate-system label secret team-a-warnings tollgate.dev/webhook=team-a
\`\`\`

There \`privateAddresses\` counts in policies of \`tollgate-system\` alone, as what control reaches is not for whoever may
write a policy. Where a webhook can't be told, control's log says why, and an Event \`WebhookNotTold\` on the policy; it is told
once that is put right, within 24 hours.
`;

/** @returns docs/policies.md, from the schemas of the CRDs */
export function generatePolicyDocs(): string {
  const parts = [INTRO];
  for (const [kind, { schema }] of Object.entries(crdSchemas())) {
    if (MADE_BY_TOLLGATE.has(kind)) continue;
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
    if (kind === 'BudgetPolicy') parts.push(WARNINGS);
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
    ...PHASES.map(
      (phase) => `| \`network.${phase}\` | ${tiers.map(([, { network }]) => network[phase]).join(' | ')} |`,
    ),
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
