/** What is wrong with a manifest that fits its schema: what neither schema nor CEL rules can say. */
import { parseUsd } from '../money/amount.ts';
import { isTimeZone } from '../money/window.ts';
import { compileCondition } from './condition.ts';
import type { ManifestDocument } from './documents.ts';
import type { PolicyProblem } from './problem.ts';
import type { BudgetPolicy, Manifest, Provider, ToolProfile } from './types.generated.ts';

/** @returns the problems of one manifest that fits its schema and rules */
export function meaningProblems(document: ManifestDocument, manifest: Manifest): PolicyProblem[] {
  switch (manifest.kind) {
    case 'BudgetPolicy':
      return budgetProblems(document, manifest);
    case 'ToolProfile':
      return profileProblems(document, manifest);
    case 'Provider':
      return providerProblems(document, manifest);
  }
}

function budgetProblems(document: ManifestDocument, { spec }: BudgetPolicy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (!isTimeZone(spec.timeZone)) {
    const fix = 'Use an IANA name such as Europe/Berlin, or UTC.';
    problems.push(
      document.problem(['spec', 'timeZone'], `unknown time zone ${JSON.stringify(spec.timeZone)}`, fix),
    );
  }
  spec.limits.forEach((limit, i) => {
    if (limit.usd !== undefined)
      problems.push(...usdProblems(document, ['spec', 'limits', i, 'usd'], limit.usd));
  });
  return problems;
}

function profileProblems(document: ManifestDocument, { spec }: ToolProfile): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const list of ['allow', 'deny'] as const) {
    spec.tools[list].forEach(({ when }, i) => {
      const compiled = when === undefined ? undefined : compileCondition(when);
      if (compiled && 'error' in compiled) {
        const message = `the condition is not valid: ${compiled.error}`;
        problems.push(document.problem(['spec', 'tools', list, i, 'when'], message));
      }
    });
  }
  return problems;
}

function providerProblems(document: ManifestDocument, { spec }: Provider): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const field of ['url', 'proxy'] as const) {
    const text = spec[field];
    if (text !== undefined && !URL.canParse(text)) {
      problems.push(document.problem(['spec', field], `${JSON.stringify(text)} is not a URL`));
    }
  }
  spec.prices.forEach((price, i) => {
    for (const field of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
      const amount = price[field];
      if (amount !== undefined) problems.push(...usdProblems(document, ['spec', 'prices', i, field], amount));
    }
  });
  return problems;
}

function usdProblems(
  document: ManifestDocument,
  path: (string | number)[],
  amount: string | number,
): PolicyProblem[] {
  try {
    parseUsd(amount);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [document.problem(path, message.replace(/\.$/, ''))];
  }
}
