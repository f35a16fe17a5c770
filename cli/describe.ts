/** A snapshot in words. */

import { targetOf } from '../adapters/webhooks/target.ts';
import { PRICE_LIST_IDS } from '../core/money/price-list.ts';
import { PRICES_AS_OF } from '../core/money/prices.generated.ts';
import type { Budget, Limit, Per, Rate } from '../core/policy/budget.ts';
import type { Profile } from '../core/policy/profile.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { Snapshot, Workload } from '../core/policy/snapshot.ts';
import { plural, showAmount } from '../core/wording.ts';
import { credentialVariable } from '../sidecar/config.ts';
import { table } from './output.ts';
import { spendIsUnlimited } from './unlimited.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns lines for a terminal */
export function describeSnapshot(snapshot: Snapshot, workload: Workload, env: Environment): string[] {
  const unlimited = spendIsUnlimited(snapshot, workload);
  return [
    ...section(`Budgets of ${workload.namespace}/${workload.name}`, [
      ...snapshot.budgets.flatMap((budget) => budgetLines(budget, env)),
      ...(unlimited === undefined ? [] : [unlimited]),
    ]),
    ...snapshot.profiles.flatMap((profile) => section(profileTitle(profile), profileLines(profile))),
    ...section(
      'Providers',
      snapshot.providers.flatMap((provider) => providerLines(provider, env)),
    ),
    ...section(
      'Not in force here',
      snapshot.notInForce.map(
        ({ sentence, place }) => `- ${sentence}${place === undefined ? '' : ` (${place})`}`,
      ),
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  const body = lines.length === 0 ? ['none'] : lines;
  return ['', title, ...body.map((line) => `  ${line}`)];
}

const WHO: Readonly<Record<Per, string>> = {
  workload: 'each workload by itself',
  session: 'each session by itself',
  runner: 'each runner by itself',
  namespace: 'all of the namespace together',
  cluster: 'everything together',
};

function budgetLines(budget: Budget, env: Environment): string[] {
  const head = budget.enforce ? budget.name : `${budget.name} (enforce: false: recorded, never refused)`;
  const rows = [...budget.limits.map(limitRow), ...budget.rates.map(rateRow)];
  return [head, ...[...table(rows), ...warningLines(budget, env)].map((line) => `  ${line}`)];
}

/** The same for all limits of a budget that count something. */
function warningLines(budget: Budget, env: Environment): string[] {
  const percents = budget.limits.flatMap(({ warns }) => warns ?? [])[0]?.percents ?? [];
  if (percents.length === 0) return [];
  const line = `warns when ${percents.map((percent) => `${percent} %`).join(', ')} of a limit is spent`;
  const target = targetOf(budget, env);
  if (target === undefined) return [line];
  if (typeof target === 'string') return [line, target];
  return [`${line}; told to ${target.url.host}, signed with ${budget.webhook?.secretEnv}`];
}

function limitRow(limit: Limit): string[] {
  const amount = showAmount(limit.amount, limit.unit);
  const window = { request: 'a call', hour: 'an hour', day: 'a day', month: 'a month', lifetime: 'in all' }[
    limit.window
  ];
  const zone = ['hour', 'day', 'month'].includes(limit.window) ? ` (${limit.timeZone})` : '';
  const who = limit.window === 'request' ? '' : WHO[limit.per];
  return [shortName(limit.id), `${amount} ${window}${zone}`, who, limit.refuse ? '' : 'only recorded'];
}

function rateRow(rate: Rate): string[] {
  const parts = [
    rate.requestsPerMinute === undefined ? '' : `${plural(rate.requestsPerMinute, 'call')} a minute`,
    rate.tokensPerMinute === undefined ? '' : `${plural(rate.tokensPerMinute, 'token')} a minute`,
    rate.concurrent === undefined ? '' : `${rate.concurrent} at the same time`,
  ];
  return [
    shortName(rate.id),
    parts.filter(Boolean).join(', '),
    WHO[rate.per],
    rate.refuse ? '' : 'only recorded',
  ];
}

function shortName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function profileTitle({ name, tier, enforce }: Profile): string {
  return `Tools and models: ToolProfile ${name}, tier ${tier}${enforce ? '' : ' (enforce: false: recorded, never refused)'}`;
}

function profileLines(profile: Profile): string[] {
  const unknown =
    profile.unknownFields === 'record' ? 'recorded, and refused under a limit in US dollars' : 'refused';
  const lines = [`tools of class ${[...profile.classes].join(', ') || 'none'} are allowed`];
  for (const { pattern, when } of profile.allow)
    lines.push(`tool ${pattern} is allowed${when ? ` when ${when.source}` : ''}`);
  for (const { pattern, when, reason } of profile.deny) {
    lines.push(
      `tool ${pattern} is refused${when ? ` when ${when.source}` : ''}${reason ? ` – ${reason}` : ''}`,
    );
  }
  lines.push(
    `models: ${profile.models ? profile.models.patterns.join(', ') || 'none' : 'all that have a price'}`,
  );
  for (const [name, model] of profile.aliases) lines.push(`model ${name} stands for ${model}`);
  if (profile.maxOutputTokens !== undefined)
    lines.push(`at most ${plural(profile.maxOutputTokens, 'output token')} a call`);
  lines.push(`fields that are not known: ${unknown}; betas that are not known: ${profile.unknownBetas}`);
  lines.push(`message contents in the audit log: ${profile.content}`);
  return lines;
}

function providerLines(provider: ProviderSpec, env: Environment): string[] {
  const variable = credentialVariable(provider);
  const key =
    provider.auth.type === 'none' ? 'no key' : `key from ${variable} (${env[variable] ? 'set' : 'NOT SET'})`;
  const known = PRICE_LIST_IDS.includes(provider.priceList);
  const list = known
    ? `price list ${provider.priceList} as of ${PRICES_AS_OF}`
    : `no price list named ${provider.priceList}`;
  const own = provider.prices.length === 0 ? '' : `, ${plural(provider.prices.length, 'price')} of its own`;
  return [
    `${provider.name}  ${provider.origin}${provider.basePath}  ${provider.wires.join(', ')}`,
    `  ${key}; ${list}${own}`,
  ];
}
