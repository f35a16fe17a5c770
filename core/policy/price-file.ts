/**
 * A file of prices that are newer than this release: price lists by name, each a list of prices as a Provider has them.
 *
 *   openai:
 *     - { model: gpt-6.1-sol, input: 3, output: 24, cacheRead: "0.3" }
 *
 * They come after the prices of a Provider's manifest and before the built-in table.
 */
import { type ManifestDocument, type PolicyFile, readDocuments } from './documents.ts';
import { problemsWith } from './manifests.ts';
import type { PolicyProblem } from './problem.ts';
import type { Provider } from './types.generated.ts';

export type PriceLists = ReadonlyMap<string, Provider['spec']['prices']>;

/** @returns the lists of the file, by name, and what is wrong with it; with problems the lists are not to be used */
export function readPriceFile(file: PolicyFile): { lists: PriceLists; problems: PolicyProblem[] } {
  const { documents, problems } = readDocuments(file);
  const lists = new Map<string, Provider['spec']['prices']>();
  for (const document of documents) {
    const { value } = document;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || 'kind' in value) {
      const fix = 'Write the name of a price list, such as openai, and below it a list of prices.';
      problems.push(document.problem([], 'not a file of prices', fix));
      continue;
    }
    for (const [list, prices] of Object.entries(value)) {
      const provider = providerWith(prices);
      const wrong = problemsWith(within(document, list, provider), 'Provider');
      problems.push(...wrong);
      if (wrong.length === 0) lists.set(list, [...(lists.get(list) ?? []), ...provider.spec.prices]);
    }
  }
  return { lists, problems };
}

/** Prices are checked as those of a manifest are. */
function providerWith(prices: Provider['spec']['prices']) {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Provider',
    metadata: { name: 'prices' },
    spec: { url: 'https://prices.example', wires: ['openai-chat'], prices: prices ?? [] },
  };
}

/** Problems are told at the place in the file. */
function within(document: ManifestDocument, list: string, value: unknown): ManifestDocument {
  const placeOf = (path: readonly (string | number)[]) => [list, ...path.slice(2)];
  return {
    file: document.file,
    value,
    lineOf: (path) => document.lineOf(placeOf(path)),
    problem: (path, message, fix) => document.problem(placeOf(path), message, fix),
  };
}
