/**
 * Each field of the CRDs does something, or only a cluster can honour it and the field says so. For every other field the
 * table names where it takes effect, in the very words of the code, and the test that sees the effect. A new field without
 * an entry fails here, and so does an entry whose code or test is gone.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { crdSchemas } from './schema.generated.ts';
import { CLUSTER_ONLY, type SchemaNode } from './schema.ts';

interface Effect {
  /** File, and the code in it that acts on the field. */
  readonly code: readonly [file: string, text: string];
  /** File, and the name of a test that fails when the field has no effect. */
  readonly test: readonly [file: string, name: string];
}

const effect = (code: Effect['code'], test: Effect['test']): Effect => ({ code, test });

const CHECKS = 'core/ledger/checks.ts';
const RATES = 'core/ledger/rate.ts';
const CALL = 'core/govern/call.ts';
const CALL_TEST = 'core/govern/call.test.ts';
const MODEL = 'core/govern/model.ts';
const MODEL_TEST = 'core/govern/model.test.ts';
const TOOLS = 'core/govern/tool-calls.ts';
const TOOLS_TEST = 'core/govern/tool-calls.test.ts';
const TARGET = 'adapters/webhooks/target.ts';
const TARGET_TEST = 'adapters/webhooks/target.test.ts';
const SNAPSHOT_TEST = 'core/policy/snapshot.test.ts';

const compiled = [
  'core/policy/compile.test.ts',
  'becomes limits in whole units and rates, with the names of their counts',
] as const;
const scopes = ['core/ledger/checks.test.ts', 'counts each scope under its own key'] as const;
const ownPrices = [
  SNAPSHOT_TEST,
  'have prices of their own, of which missing ones follow from the input’s',
] as const;
const priced = (text: string) => effect(['core/policy/provider.ts', text], ownPrices);
const byPrice = effect(
  [CALL, 'provider.prices.find(({ matches }) => matches(model))'],
  [CALL_TEST, 'is the provider’s own where a pattern matches, the first of them, else that of its list'],
);
const selected = [SNAPSHOT_TEST, 'are selected by name and by labels, both of which must match'] as const;
const aliased = effect(
  [CALL, 'profile.aliases.get(model)'],
  [CALL_TEST, 'is what an alias stands for; the workload’s own profile goes first'],
);
const routed = effect(
  [CALL, 'routes.find(({ matches }) => matches(model ??'],
  [CALL_TEST, 'is the one that the first matching route names'],
);
const fallenBack = effect(
  [CALL, 'fallbacks.find(({ matches }) => matches(model))'],
  [CALL_TEST, 'are calls of their own, with their own provider and price, in order'],
);

const EFFECTS: Readonly<Record<string, Effect>> = {
  'BudgetPolicy.spec.enforce': effect(
    ['core/policy/budget.ts', "refuse: spec.enforce && limit.atLimit === 'deny'"],
    ['core/policy/compile.test.ts', 'that is not enforced refuses in none of them'],
  ),
  'BudgetPolicy.spec.selector.workloads[]': effect(
    ['core/policy/budget.ts', 'anyGlob(workloads)(workload.name)'],
    selected,
  ),
  'BudgetPolicy.spec.selector.labels{}': effect(
    ['core/policy/budget.ts', 'workload.labels[name] === value'],
    selected,
  ),
  'BudgetPolicy.spec.timeZone': effect([CHECKS, 'windowAt(limit.window, limit.timeZone, at)'], compiled),
  'BudgetPolicy.spec.limits[].name': effect(['core/policy/budget.ts', 'limit.name}`'], compiled),
  'BudgetPolicy.spec.limits[].per': effect([CHECKS, 'scopeOf(limit.per, payer)'], scopes),
  'BudgetPolicy.spec.limits[].window': effect(
    [CHECKS, 'windowAt(limit.window,'],
    ['core/ledger/checks.test.ts', 'counts each window under its own key'],
  ),
  'BudgetPolicy.spec.limits[].usd': effect(['core/policy/budget.ts', 'parseUsd(limit.usd)'], compiled),
  'BudgetPolicy.spec.limits[].tokens': effect(['core/policy/budget.ts', 'amount: limit.tokens'], compiled),
  'BudgetPolicy.spec.limits[].requests': effect(
    ['core/policy/budget.ts', 'amount: limit.requests'],
    compiled,
  ),
  'BudgetPolicy.spec.limits[].atLimit': effect(['core/ledger/fit.ts', 'if (!limit.refuse'], compiled),
  'BudgetPolicy.spec.rates[].name': effect(['core/policy/budget.ts', 'rate.name}`'], compiled),
  'BudgetPolicy.spec.rates[].per': effect([CHECKS, 'scopeOf(per, payer)'], compiled),
  'BudgetPolicy.spec.rates[].requestsPerMinute': effect([RATES, 'check.requestsPerMinute'], compiled),
  'BudgetPolicy.spec.rates[].tokensPerMinute': effect([RATES, 'check.tokensPerMinute'], compiled),
  'BudgetPolicy.spec.rates[].concurrent': effect([RATES, 'running >= check.concurrent'], compiled),
  'BudgetPolicy.spec.warnings.at[]': effect(
    ['core/ledger/warnings.ts', 'percents.filter((percent)'],
    ['core/ledger/warnings.test.ts', 'is reached by the very amount, and not by a nano-dollar less'],
  ),
  'BudgetPolicy.spec.warnings.webhook.url': effect(
    [TARGET, 'new URL(webhook.url)'],
    [TARGET_TEST, 'is told at a public address, or at a name'],
  ),
  'BudgetPolicy.spec.warnings.webhook.secretEnv': effect(
    [TARGET, 'env[webhook.secretEnv]'],
    [TARGET_TEST, 'is not told without a secret, or with one that is none'],
  ),
  'BudgetPolicy.spec.warnings.webhook.privateAddresses': effect(
    [TARGET, 'named && !privateAddresses'],
    [TARGET_TEST, 'is told at a private address only where the URL names it and the manifest says that'],
  ),
  'BudgetPolicy.spec.minOutputTokens': effect(
    ['core/govern/budget.ts', 'map(({ minOutputTokens }) => minOutputTokens)'],
    [
      'core/govern/budget.test.ts',
      'is at least as much output as the budgets say, and as the thinking budget needs',
    ],
  ),
  'BudgetPolicy.spec.onDisconnect': effect(['sidecar/exchange.ts', "onDisconnect === 'cancel'"], compiled),
  'Provider.spec.url': effect(
    ['sidecar/upstream/upstreams.ts', 'provider.basePath'],
    [
      SNAPSHOT_TEST,
      'are reached at their URL, with its version or version 1, and priced by a list of their own name',
    ],
  ),
  'Provider.spec.wires[]': effect(
    [CALL, 'provider.wires.includes(one)'],
    [
      SNAPSHOT_TEST,
      'are those of the manifests, in any namespace, and the built-in ones only for wires that none speaks',
    ],
  ),
  'Provider.spec.auth.type': effect(
    ['sidecar/exchange.ts', "auth.type === 'none'"],
    ['core/policy/rules.test.ts', 'auth type none takes neither env nor secretRef'],
  ),
  'Provider.spec.auth.env': effect(
    ['sidecar/config.ts', 'auth.env ??'],
    ['core/policy/rules.test.ts', 'auth type none takes neither env nor secretRef'],
  ),
  'Provider.spec.privateAddresses': effect(
    ['sidecar/upstream/upstreams.ts', 'privateAddresses'],
    ['core/policy/rules.test.ts', 'http:// sends the key'],
  ),
  'Provider.spec.proxy': effect(
    ['sidecar/upstream/upstreams.ts', 'proxy'],
    ['core/policy/manifests.test.ts', 'may be a URL or a price that fits its pattern and is none'],
  ),
  'Provider.spec.outputCapField': effect(
    ['core/wire/openai-chat/body.ts', 'made.capField'],
    [
      'core/wire/openai-chat/body.test.ts',
      'gets a cap in the field that its provider takes, where the agent names none',
    ],
  ),
  'Provider.spec.priceList': effect([CALL, 'findPrice(provider.priceList, model, now)'], byPrice.test),
  'Provider.spec.prices[].model': byPrice,
  'Provider.spec.prices[].input': priced('parseUsd(spec.input)'),
  'Provider.spec.prices[].output': priced('parseUsd(spec.output)'),
  'Provider.spec.prices[].cacheRead': priced('or(spec.cacheRead, input)'),
  'Provider.spec.prices[].cacheWrite5m': priced('or(spec.cacheWrite5m,'),
  'Provider.spec.prices[].cacheWrite1h': priced('or(spec.cacheWrite1h,'),
  'Provider.spec.prices[].contextWindow': effect(
    ['core/govern/budget.ts', 'price?.contextWindow'],
    [
      'core/govern/budget.test.ts',
      'is a document with pages, where the window of the model is unknown; else it may fill the window',
    ],
  ),
  'Provider.spec.allowedFields[]': effect(
    [MODEL, 'provider.allowedFields.has(name)'],
    [MODEL_TEST, 'are known when the provider’s manifest says so, by the name that the refusal gave'],
  ),
  'Provider.spec.allowedBetas[]': effect(
    ['sidecar/forward.ts', 'provider.allowedBetas'],
    ['core/wire/wire.test.ts', 'pass when the tables or the Provider know them; the rest is removed'],
  ),
  'ToolProfile.spec.enforce': effect(
    [MODEL, 'if (profile.enforce) return'],
    [TOOLS_TEST, 'are recorded, and not denied, by those that are not enforced'],
  ),
  'ToolProfile.spec.tier': effect(
    ['core/policy/profile.ts', 'tools.classes ?? tier.classes'],
    [
      TOOLS_TEST,
      'are allowed by the class that the agent’s table gives their name, as the tier or the profile says',
    ],
  ),
  'ToolProfile.spec.tools.classes[]': effect(
    [TOOLS, 'profile.classes.has(cls)'],
    [
      TOOLS_TEST,
      'are allowed by the class that the agent’s table gives their name, as the tier or the profile says',
    ],
  ),
  'ToolProfile.spec.tools.allow[].name': effect(
    [TOOLS, 'for (const rule of profile.allow)'],
    [TOOLS_TEST, 'are all of unknown class for an agent that no table knows, and allowed only by name'],
  ),
  'ToolProfile.spec.tools.allow[].when': effect(
    [TOOLS, 'rule.when.evaluate('],
    [TOOLS_TEST, 'wait for their arguments where a condition asks for them, and only there'],
  ),
  'ToolProfile.spec.tools.deny[].name': effect(
    [TOOLS, 'for (const rule of profile.deny)'],
    [TOOLS_TEST, 'are denied by an entry of deny before anything allows them'],
  ),
  'ToolProfile.spec.tools.deny[].when': effect(
    [TOOLS, 'rule.when.evaluate('],
    [TOOLS_TEST, 'wait for their arguments where a condition asks for them, and only there'],
  ),
  'ToolProfile.spec.tools.deny[].reason': effect(
    [TOOLS, 'rule.reason ??'],
    [TOOLS_TEST, 'is why, by which profile, and what to do'],
  ),
  'ToolProfile.spec.models.allow[]': effect(
    [MODEL, 'profile.models.matches(model)'],
    [MODEL_TEST, 'are allowed by their names at the provider, after aliases'],
  ),
  'ToolProfile.spec.models.aliases[].name': aliased,
  'ToolProfile.spec.models.aliases[].model': aliased,
  'ToolProfile.spec.models.routes[].model': routed,
  'ToolProfile.spec.models.routes[].provider': routed,
  'ToolProfile.spec.models.fallbacks[].model': fallenBack,
  'ToolProfile.spec.models.fallbacks[].to[]': fallenBack,
  'ToolProfile.spec.models.maxOutputTokens': effect(
    [CALL, 'maxOutputTokens ?? asked'],
    [CALL_TEST, 'is what was asked for, lowered to the ceilings of all profiles that are enforced'],
  ),
  'ToolProfile.spec.models.defaultOutputTokens': effect(
    [CALL, 'profiles[0]?.defaultOutputTokens'],
    [CALL_TEST, 'is the default of the workload’s profile where none was asked for'],
  ),
  'ToolProfile.spec.unknownFields': effect(
    [MODEL, "profile.unknownFields === 'refuse'"],
    [MODEL_TEST, 'are refused or recorded as the profile says, or else its tier'],
  ),
  'ToolProfile.spec.unknownBetas': effect(
    [MODEL, "profile.unknownBetas === 'refuse'"],
    [MODEL_TEST, 'are taken out, or refused where the profile says so'],
  ),
  'ToolProfile.spec.audit.content': effect(
    ['sidecar/exchange.ts', "content === 'none'"],
    ['sidecar/contents.test.ts', 'are the very bytes of each message and reply'],
  ),
};

const NETWORK = 'core/policy/network.ts';
const ownNetwork = [
  'core/policy/network.test.ts',
  'is its tier’s where the profile is silent, and each phase’s own',
] as const;
const access = effect([NETWORK, 'access = TIERS[tier].network[phase]'], ownNetwork);
const hosts = effect([NETWORK, 'hosts: hosts.map(compileHost)'], ownNetwork);

/** Of a profile's network, which is the cluster's alone. */
const NETWORK_EFFECTS: Readonly<Record<string, Effect>> = {
  'network.setup.access': access,
  'network.setup.hosts[]': hosts,
  'network.work.access': access,
  'network.work.hosts[]': hosts,
  'network.teardown.access': access,
  'network.teardown.hosts[]': hosts,
};

/** Fields that hold values, not other fields; those that are a cluster's alone are left out. */
function leaves(schema: SchemaNode, path: string): string[] {
  if (schema.description?.startsWith(CLUSTER_ONLY)) return [];
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      leaves(property, `${path}.${name}`),
    );
  }
  if (schema.items) return leaves(schema.items, `${path}[]`);
  return [typeof schema.additionalProperties === 'object' ? `${path}{}` : path];
}

/** Fields that say of themselves that only a cluster can honour them. */
function clusterOnly(schema: SchemaNode, path: string): string[] {
  if (schema.description?.startsWith(CLUSTER_ONLY)) return [path];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    clusterOnly(property, `${path}.${name}`),
  );
}

const kinds = Object.entries(crdSchemas());
const read = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

describe('every field of the CRDs', () => {
  it('has an effect that is named here, or is the cluster’s alone', () => {
    const fields = kinds.flatMap(([kind, { schema }]) => leaves(schema, kind));
    assert.ok(fields.length > 50);
    assert.deepEqual(
      fields.filter((field) => !(field in EFFECTS)),
      [],
      'fields without an effect',
    );
    assert.deepEqual(
      Object.keys(EFFECTS).filter((field) => !fields.includes(field)),
      [],
      'effects without a field',
    );
  });

  it('has that effect in code that is there, seen by a test that is there', () => {
    for (const [field, { code, test }] of Object.entries({ ...EFFECTS, ...NETWORK_EFFECTS })) {
      assert.ok(read(code[0]).includes(code[1]), `${field}: ${code[0]} has no ${code[1]}`);
      assert.ok(read(test[0]).includes(test[1]), `${field}: ${test[0]} has no test ${test[1]}`);
    }
  });

  it('of a network has an effect that is named here', () => {
    const { spec } = crdSchemas().ToolProfile?.schema.properties ?? {};
    const phases = Object.entries(spec?.properties?.network?.properties ?? {});
    assert.deepEqual(
      phases.flatMap(([phase, { properties = {} }]) =>
        Object.entries(properties).map(([name, { items }]) => `network.${phase}.${name}${items ? '[]' : ''}`),
      ),
      Object.keys(NETWORK_EFFECTS),
    );
  });

  it('that only a cluster can honour says so, and nothing else does', () => {
    assert.deepEqual(
      kinds.flatMap(([kind, { schema }]) => clusterOnly(schema, kind)),
      [
        'AgentRunner',
        'Approval',
        'BudgetPolicy.spec.warnings.webhook.secretRef',
        'Provider.spec.auth.secretRef',
        'ToolProfile.spec.network',
      ],
    );
  });

  it('has a description, and a bound where it has a length or a size', () => {
    const walk = (schema: SchemaNode, path: string): string[] => {
      const node = schema as SchemaNode & Readonly<Record<string, unknown>>;
      const missing: string[] = [];
      if (node.description === undefined && !/\[\]$|^\w+$/.test(path))
        missing.push(`${path} has no description`);
      const text = node.type === 'string' && node.enum === undefined;
      if (text && node.maxLength === undefined) missing.push(`${path} has no maxLength`);
      if (node.type === 'integer' && (node.maximum === undefined || node.minimum === undefined))
        missing.push(`${path} has no bounds`);
      if (node.type === 'array' && node.maxItems === undefined) missing.push(`${path} has no maxItems`);
      if (typeof node.additionalProperties === 'object' && node.maxProperties === undefined)
        missing.push(`${path} has no maxProperties`);
      const children = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
        walk(property, `${path}.${name}`),
      );
      return [...missing, ...children, ...(schema.items ? walk(schema.items, `${path}[]`) : [])];
    };
    assert.deepEqual(
      kinds.flatMap(([kind, { schema }]) => walk(schema, kind)),
      [],
    );
  });
});
