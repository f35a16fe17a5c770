/** What is wrong with a manifest, said so that its author can mend it. */
export interface PolicyProblem {
  readonly file: string;
  /** First line is 1. */
  readonly line: number;
  /** Path of the field, such as spec.limits[0].usd; empty for the file or document itself. */
  readonly field: string;
  readonly message: string;
  readonly fix?: string;
}

/** @returns one line: file:line: field: message. fix */
export function formatProblem(problem: PolicyProblem): string {
  const field = problem.field === '' ? '' : `${problem.field}: `;
  const fix = problem.fix === undefined ? '' : ` ${problem.fix}`;
  return `${problem.file}:${problem.line}: ${field}${problem.message}.${fix}`;
}

/** @returns a path as people write it: spec.limits[0].usd */
export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`;
  return text;
}

/** @returns the candidate that differs from `name` by at most two typing mistakes, if there is one */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least && distance < candidate.length) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
