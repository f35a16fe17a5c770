/** The table of `--peers`: a row for each wire and measure, a column for each peer, and under it what has to be known. */
import { table as lined } from '../../cli/output.ts';
import type { WireId } from '../../core/policy/provider.ts';
import type { Machine } from '../machine.ts';
import { describe, markdownTable } from '../report.ts';
import type { WireTraffic } from '../traffic/wire.ts';
import {
  type Cell,
  type Column,
  MEASURES,
  type Measure,
  type MeasureName,
  middleOf,
  ONCE,
  ratioOf,
} from './figures.ts';

/** What was measured: measures and wires that nobody asked for get no row. */
export interface Result {
  readonly machine: Machine;
  readonly wires: readonly WireTraffic[];
  readonly measures: readonly MeasureName[];
  readonly once: readonly (keyof typeof ONCE)[];
  /** nginx is the first. */
  readonly columns: readonly Column[];
}

/** @returns lines with even columns */
export function table(result: Result): string[] {
  return [describe(result.machine), '', ...lined(rowsOf(result)), '', ...notesOf(result)];
}

/** @returns lines of Markdown, with a heading */
export function markdown(result: Result): string[] {
  const notes = notesOf(result).map((note) => `- ${note}`);
  return [
    '## Beside the peers',
    '',
    describe(result.machine),
    '',
    ...markdownTable(rowsOf(result)),
    '',
    ...notes,
  ];
}

/** @returns one JSON text */
export function json(result: Result): string {
  const columns = result.columns.map((column) => ({ ...column, wires: Object.fromEntries(column.wires) }));
  return JSON.stringify({ machine: result.machine, columns }, null, 2);
}

function rowsOf({ wires, measures, once, columns }: Result): string[][] {
  const rows = [['', ...columns.map(({ name }) => name)]];
  for (const wire of wires) {
    for (const name of measures) {
      const cells = columns.map((column, i) => cellOf(column, wire.id, name, i > 0));
      rows.push([`${wire.title}: ${MEASURES[name].what}`, ...cells]);
    }
  }
  for (const name of once) {
    const cells = columns.map((column, i) =>
      column.missing === undefined ? textOf(column[name], ONCE[name], i > 0) : 'missing',
    );
    rows.push([ONCE[name].what, ...cells]);
  }
  return rows;
}

function cellOf({ missing, wires, start }: Column, wire: WireId, name: MeasureName, ratio: boolean): string {
  if (missing !== undefined) return 'missing';
  if ('failed' in start) return 'failed';
  const figures = wires.get(wire);
  return figures === undefined ? 'does not speak it' : textOf(figures[name], MEASURES[name], ratio);
}

/** @returns the figure, and behind it its ratio to nginx when that is asked for */
export function textOf(cell: Cell | undefined, { unit, digits }: Measure, withRatio: boolean): string {
  if (cell === undefined) return '';
  if ('failed' in cell) return 'failed';
  if ('instead' in cell) return cell.instead;
  const value = middleOf(cell);
  const text = digits === 0 ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
  const ratio = withRatio ? ratioOf(cell) : Number.NaN;
  return `${text}${unit}${Number.isNaN(ratio) ? '' : ` (${short(ratio)})`}`;
}

function notesOf({ columns }: Result): string[] {
  const notes = [
    'In brackets: divided by the same of nginx, in windows that lie side by side. All have the same core for themselves.',
    'Peers judge, pay and record nothing: their guards, keys, budgets, logs and caches are off. Tollgate does all of its work.',
  ];
  for (const { name, version, how, missing } of columns) {
    notes.push(missing === undefined ? `${name} ${version}: ${how}.` : `${name} is missing: ${missing}.`);
  }
  return [...notes, ...failures(columns)];
}

/** @returns a sentence for each figure that a peer which is there has not */
export function failures(columns: readonly Column[]): string[] {
  const sentences: string[] = [];
  for (const { name, missing, wires, memory, start, faults } of columns) {
    if (missing !== undefined) continue;
    sentences.push(...faults.map((fault) => `${name}: ${fault}.`));
    const cells = [...wires].flatMap(([wire, figures]) =>
      Object.entries(figures).map(([measure, cell]): [string, Cell] => [`${wire}, ${measure}`, cell]),
    );
    for (const [what, cell] of [...cells, ['memory', memory] as const, ['start', start] as const]) {
      if ('failed' in cell) sentences.push(`${name} failed at ${what}: ${cell.failed}.`);
    }
  }
  return sentences;
}

/** Two digits that count, but no more than are before the point of a large one. */
function short(ratio: number): string {
  return Math.abs(ratio) >= 100 ? ratio.toFixed(0) : ratio.toPrecision(2);
}
