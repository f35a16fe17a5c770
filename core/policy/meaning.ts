/** What is wrong with a manifest beyond its schema: what neither schema nor CEL rules can say. */
import { parseUsd } from '../money/amount.ts';
import { isTimeZone } from '../money/window.ts';
import { compileCondition } from './condition.ts';
import type { ManifestDocument } from './documents.ts';
import type { PolicyProblem } from './problem.ts';
import type { Manifest } from './types.generated.ts';

type Path = readonly (string | number)[];

/** @returns whether the schema has something against the value at this very place */
export type IsFaulty = (path: Path) => boolean;

/**
 * @param document may have faults of its schema elsewhere: everything that is wrong is said at once
 * @returns the problems of what has none
 */
export function meaningProblems(
  document: ManifestDocument,
  kind: Manifest['kind'],
  isFaulty: IsFaulty,
): PolicyProblem[] {
  const meaning = new Meaning(document, isFaulty);
  switch (kind) {
    case 'BudgetPolicy':
      meaning.ofBudget();
      break;
    case 'ToolProfile':
      meaning.ofProfile();
      break;
    case 'Provider':
      meaning.ofProvider();
  }
  return meaning.problems;
}

/** @param hostname of a URL: addresses of IPv4 are written out there, those of IPv6 stand in brackets */
function isName(hostname: string): boolean {
  return hostname !== 'localhost' && !/^[\d.]+$|^\[/.test(hostname);
}

class Meaning {
  readonly #document: ManifestDocument;
  readonly #isFaulty: IsFaulty;
  readonly problems: PolicyProblem[] = [];

  constructor(document: ManifestDocument, isFaulty: IsFaulty) {
    this.#document = document;
    this.#isFaulty = isFaulty;
  }

  ofBudget(): void {
    const path = ['spec', 'timeZone'];
    const zone = this.#text(path);
    if (zone !== undefined && !isTimeZone(zone)) {
      const fix = 'Use an IANA name such as Europe/Berlin, or UTC.';
      this.#add(path, `unknown time zone ${JSON.stringify(zone)}`, fix);
    }
    for (const limit of this.#items(['spec', 'limits'])) this.#checkUsd([...limit, 'usd']);
    this.#checkWebhook(['spec', 'warnings', 'webhook']);
  }

  #checkWebhook(path: Path): void {
    const text = this.#text([...path, 'url']);
    if (text === undefined) return;
    const url = URL.parse(text);
    if (url === null) this.#add([...path, 'url'], `${JSON.stringify(text)} is not a URL`);
    // Who rules over a name could point it at anything here; adapters/webhooks/target.ts holds to the same.
    else if (this.#valueAt([...path, 'privateAddresses']) === true && isName(url.hostname)) {
      const message = `${url.hostname} is a name, and a webhook may only be told at private addresses that its URL names itself`;
      const fix = 'Name the address in the URL, or remove privateAddresses.';
      this.#add([...path, 'privateAddresses'], message, fix);
    }
  }

  ofProfile(): void {
    for (const list of ['allow', 'deny']) {
      for (const entry of this.#items(['spec', 'tools', list])) {
        const path = [...entry, 'when'];
        const when = this.#text(path);
        const compiled = when === undefined ? undefined : compileCondition(when);
        if (compiled && 'error' in compiled) this.#add(path, `the condition is not valid: ${compiled.error}`);
      }
    }
  }

  ofProvider(): void {
    for (const field of ['url', 'proxy']) {
      const text = this.#text(['spec', field]);
      if (text !== undefined && !URL.canParse(text))
        this.#add(['spec', field], `${JSON.stringify(text)} is not a URL`);
    }
    for (const price of this.#items(['spec', 'prices'])) {
      for (const field of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'])
        this.#checkUsd([...price, field]);
    }
  }

  #checkUsd(path: Path): void {
    const amount = this.#valueAt(path);
    if (typeof amount !== 'string' && typeof amount !== 'number') return;
    try {
      parseUsd(amount);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#add(path, message.replace(/\.$/, ''));
    }
  }

  #add(path: Path, message: string, fix?: string): void {
    this.problems.push(this.#document.problem(path, message, fix));
  }

  #text(path: Path): string | undefined {
    const value = this.#valueAt(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** @returns the paths of a list's items */
  #items(path: Path): Path[] {
    const value = this.#valueAt(path);
    return Array.isArray(value) ? value.map((_, i) => [...path, i]) : [];
  }

  /** Undefined where there is nothing, or nothing that fits the schema. */
  #valueAt(path: Path): unknown {
    if (this.#isFaulty(path)) return undefined;
    let value = this.#document.value;
    for (const step of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Readonly<Record<string | number, unknown>>)[step];
    }
    return value;
  }
}
