/** Figures of the cluster, each with its bar where there is one, and what it was made of. */
import { table as lined } from '../../cli/output.ts';
import { judge, type Verdict } from '../bars.ts';
import { markdownTable } from '../report.ts';

export interface Result {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Not to be exceeded; undefined: it is told, and not judged. */
  readonly limit?: number;
  /** What it was made of, in words and units of their own. */
  readonly of: string;
  /** Of a time: the part of it in which what is measured wanted its core and another process had it, 0 to 1. */
  readonly waited?: number;
}

const HEAD = ['', 'bar', 'measured', '', ''];

/** @returns lines of a table with even columns */
export function table(results: readonly Result[]): string[] {
  return lined([HEAD, ...results.map(cellsOf)]);
}

/** @returns lines of Markdown */
export function markdown(results: readonly Result[]): string[] {
  return markdownTable([HEAD, ...results.map(cellsOf)]);
}

/** @returns those that are worse than twice their bars, which no noise explains */
export function far(results: readonly Result[]): Result[] {
  return results.filter((result) => verdictOf(result) === 'far');
}

export function ms(value: number): string {
  return Math.abs(value) >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(0)} ms`;
}

export function megabytes(value: number): string {
  return `${value.toFixed(0)} MB`;
}

function cellsOf(result: Result): string[] {
  const { what, value, unit, limit, of } = result;
  const bar = limit === undefined ? '' : `≤ ${limit} ${unit}`;
  const verdict = verdictOf(result);
  return [what, bar, `${show(value)} ${unit}`, of, verdict === undefined ? '' : VERDICTS[verdict]];
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: 'met',
  missed: 'missed',
  far: 'missed by more than twice',
  disturbed: 'machine too busy to say',
};

function verdictOf({ value, limit, waited }: Result): Verdict | undefined {
  if (limit === undefined) return undefined;
  return judge({ what: '', unit: '', limit, better: 'less' }, value, waited);
}

/** Three digits that count. */
function show(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
