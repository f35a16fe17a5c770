/** The result: a table for people, rows for docs/measurements.md, or JSON. */
import { table as lined } from '../cli/output.ts';
import { BARS, type Bar, judge, type Row, type Verdict } from './bars.ts';
import type { Machine } from './machine.ts';

const COLUMNS = ['', 'bar', 'measured (least to most)', 'Tollgate', 'nginx', 'Node, doing nothing', ''];

/** @returns lines of a table with even columns */
export function table(rows: readonly Row[]): string[] {
  return lined([COLUMNS, ...rows.map(cellsOf)]);
}

/** @returns lines of Markdown */
export function markdown(rows: readonly Row[], machine: Machine): string[] {
  return [describe(machine), '', ...markdownTable([COLUMNS, ...rows.map(cellsOf)])];
}

/** @param rows the first is the head. @returns lines of a table in Markdown */
export function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => '---')), ...body.map(line)];
}

/** @returns one line: when, what and where was measured */
export function describe(machine: Machine): string {
  const { date, commit, cpu, cores, memoryGb, system, node, nginx, wrk, load } = machine;
  const programs = `Node ${node}, nginx ${nginx}, wrk ${wrk}`;
  return `${date}, commit ${commit}: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}; ${programs}; load before ${load.toFixed(1)}`;
}

/** @returns one JSON text */
export function json(rows: readonly Row[], machine: Machine): string {
  const results = rows.map((row) => {
    const bar = BARS[row.bar];
    return { ...row, ...bar, bar: row.bar, verdict: judge(bar, row.value.median, row.waited) };
  });
  return JSON.stringify({ machine, results }, null, 2);
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: 'met',
  missed: 'missed',
  far: 'missed by more than twice',
  disturbed: 'machine too busy to say',
};

function cellsOf({ bar: name, value, tollgate, nginx, bare = '', waited }: Row): string[] {
  const bar: Bar = BARS[name];
  const { median, least, most } = value;
  const spread = least === most ? '' : ` (${show(least)} to ${show(most)})`;
  const sign = bar.better === 'more' ? '≥' : '≤';
  const verdict = VERDICTS[judge(bar, median, waited)];
  const limit = `${sign} ${bar.limit} ${bar.unit}`;
  return [bar.what, limit, `${show(median)}${spread}`, tollgate, nginx, bare, verdict];
}

/** Three digits that count. */
function show(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
