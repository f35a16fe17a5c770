/** The account of what was sold. */
import { appendFileSync } from 'node:fs';
import { nanoUsd, type Tokens } from './prices.ts';

/** What one call cost. Amounts are tokens and whole nano-USD (10⁻⁹ $). */
export type BillLine = Tokens & {
  /** The message's id. */
  readonly id: string;
  /** When it was billed, ISO 8601. */
  readonly at: string;
  /** The model as the client named it. */
  readonly model: string;
  readonly nanoUsd: number;
  /** Present if the call ran in a place that costs more. */
  readonly geo?: string;
  readonly stream: boolean;
  /** How the call ended: in full, left by the client, or broken by a `/fault`. */
  readonly ended: 'complete' | 'client_gone' | 'fault';
};

/** A call to be billed: everything but the price and the time. */
export type Charge = Omit<BillLine, 'at' | 'nanoUsd' | 'geo'> & {
  readonly priceList: string;
  readonly place: string;
};

/** The provider's own account of what it sold. */
export class Bill {
  readonly #lines: BillLine[] = [];
  readonly #file: string | undefined;

  /** @param file where each line is also appended, one JSON object a line */
  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Adds a line. It is in the file when this returns, so it outlives whatever is killed next. */
  charge({ priceList, place, ...charge }: Charge): void {
    const line: BillLine = {
      ...charge,
      at: new Date().toISOString(),
      nanoUsd: nanoUsd(priceList, charge, place),
      ...(place === 'us' ? { geo: place } : {}),
    };
    this.#lines.push(line);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  lines(): BillLine[] {
    return [...this.#lines];
  }
}
