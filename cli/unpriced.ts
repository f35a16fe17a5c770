/** Models that agents ask for by default and that have no price here, with what to paste for them. */
import type { PublishedPrice } from '../core/agents/agent.ts';
import type { Unpriced } from '../core/govern/unpriced.ts';
import { formatUsd } from '../core/money/amount.ts';
import { findPrice } from '../core/money/price-list.ts';
import type { LoadedManifest } from '../core/policy/manifests.ts';

export interface Paste {
  /** The Provider manifest to which it is added; undefined where it is one of its own. */
  readonly to: { readonly file: string; readonly line: number } | undefined;
  /** YAML. */
  readonly lines: readonly string[];
}

/**
 * @param manifests those of the user; without one for the provider, as for a built-in one, a whole manifest is made
 * @returns what gives the model a price; undefined where no price is known that could be proposed
 */
export function pasteFor(
  { model, provider, asked }: Unpriced,
  manifests: readonly LoadedManifest[],
  now: number,
): Paste | undefined {
  // An alias leads to another model: what the agent asks for says nothing of its price.
  const price = (model === asked.model ? asked.published : undefined) ?? listed(asked.maker, model, now);
  if (price === undefined) return undefined;
  const entry = [
    `    # ${price.note}`,
    `    - model: ${JSON.stringify(model)}`,
    `      input: ${JSON.stringify(price.input)}`,
    `      output: ${JSON.stringify(price.output)}`,
    `      cacheRead: ${JSON.stringify(price.cacheRead)}`,
    `      cacheWrite5m: ${JSON.stringify(price.cacheWrite5m)}`,
    ...(price.contextWindow === undefined ? [] : [`      contextWindow: ${price.contextWindow}`]),
  ];
  for (const { manifest, file, line } of manifests) {
    if (manifest.kind !== 'Provider' || manifest.metadata.name !== provider.name) continue;
    const head = manifest.spec.prices.length === 0 ? ['  prices:'] : [];
    return { to: { file, line }, lines: [...head, ...entry] };
  }
  const { name, origin, basePath, wires } = provider;
  const head = [
    'apiVersion: tollgate.dev/v1alpha1',
    'kind: Provider',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    `  url: ${origin}${basePath}`,
    `  wires: [${wires.join(', ')}]`,
    '  prices:',
  ];
  return { to: undefined, lines: [...head, ...entry] };
}

/** Of the maker's list, the dearest tier: a Provider's prices have one only. */
function listed(list: string, model: string, now: number): PublishedPrice | undefined {
  const found = findPrice(list, model, now);
  if (found === undefined) return undefined;
  const { input, output, cacheRead, cacheWrite5m } = found.above?.at(-1)?.price ?? found;
  return {
    input: usd(input),
    output: usd(output),
    cacheRead: usd(cacheRead),
    cacheWrite5m: usd(cacheWrite5m),
    ...(found.contextWindow === undefined ? {} : { contextWindow: found.contextWindow }),
    note: `what ${list} asks for ${model}; this host may ask for something else`,
  };
}

/** As manifests have it. */
function usd(nano: number): string {
  return formatUsd(nano).replace('$', '');
}

/** @returns lines for a terminal; none where all have a price */
export function describeUnpriced(
  found: readonly Unpriced[],
  manifests: readonly LoadedManifest[],
  now: number,
): string[] {
  if (found.length === 0) return [];
  const lines = [
    '',
    'Without a price here',
    '  Under a limit in US dollars calls of these models are refused (price_unknown).',
  ];
  for (const unpriced of found) {
    const { agents, model, provider } = unpriced;
    const paste = pasteFor(unpriced, manifests, now);
    lines.push(
      '',
      `  ${model} at ${provider.name}: ${agents.join(', ')} asks for it by default. ${instruction(paste)}`,
    );
    lines.push('', ...(paste?.lines ?? []));
  }
  return lines;
}

function instruction(paste: Paste | undefined): string {
  if (paste === undefined) return 'Give its price in spec.prices of the Provider.';
  const { to } = paste;
  const what = 'Compare with its price list, and';
  if (to === undefined) return `${what} save as a file among your policies:`;
  const where = paste.lines[0] === '  prices:' ? 'spec' : 'spec.prices';
  return `${what} add to ${where} of the Provider at ${to.file}:${to.line}:`;
}
