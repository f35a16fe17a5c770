/**
 * How many tokens a streamed reply must have had by now. Items may come interleaved, and words are counted where they
 * stand together: each item, and what it says in each way, is counted by itself.
 */
import { isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { OutputMeter } from '../output-meter.ts';

export class Heard {
  /** By item, and by what kind of event. */
  readonly #open = new Map<number, Map<string, OutputMeter>>();
  #atLeast = 0;

  /** Tokens. */
  get atLeast(): number {
    return this.#atLeast;
  }

  /** @param index of the item; -1 for what belongs to none */
  delta(index: number, kind: string, text: string): void {
    const meters = this.#open.get(index) ?? new Map<string, OutputMeter>();
    this.#open.set(index, meters);
    const meter = meters.get(kind) ?? new OutputMeter();
    meters.set(kind, meter);
    this.#atLeast -= meter.atLeast;
    meter.take(text);
    this.#atLeast += meter.atLeast;
  }

  /** An item is complete: it may say more than its deltas did. */
  done(index: number, item: JsonObject): void {
    const meters = [...(this.#open.get(index)?.values() ?? [])];
    const heard = meters.reduce((sum, { atLeast }) => sum + atLeast, 0);
    const whole = new OutputMeter();
    for (const text of saidIn(item)) whole.take(text);
    this.#atLeast += Math.max(0, whole.atLeast - heard);
    this.#open.delete(index);
  }
}

/** Fields in which the model speaks; what a provider's tools brought, and what is sealed, is no output. */
const SAID = ['arguments', 'input', 'code', 'action', 'actions', 'operation'] as const;

function saidIn(item: JsonObject): string[] {
  const parts = [item.content, item.summary].flatMap((list) => (Array.isArray(list) ? list : []));
  const texts = parts.flatMap((part) => (isObject(part) ? [part.text, part.refusal] : []));
  return [...texts, ...SAID.map((field) => item[field])].flatMap(textOf);
}

function textOf(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  return value === undefined || value === null ? [] : [JSON.stringify(value)];
}
