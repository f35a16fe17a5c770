/** One watch on the fake API server, and what goes wrong with it. */
import type { ServerResponse } from 'node:http';
import type { WatchFault } from './testing-faults.ts';
import type { FakeStore, Logged } from './testing-store.ts';

export interface WatchPlan {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly from: number;
  readonly endMs: number;
  readonly bookmarkMs: number;
  readonly fault: WatchFault | undefined;
  readonly chunk: number;
}

/** Lasts until one side ends it. */
export class FakeWatch {
  readonly #store: FakeStore;
  readonly #response: ServerResponse;
  readonly #plan: WatchPlan;
  readonly #timers: NodeJS.Timeout[];
  /** Place in the store's log. */
  #next: number;
  #told = 0;
  /** Revision that the client knows. */
  #known: number;
  #over = false;
  #silent = false;
  #fault: Extract<WatchFault, { after: number }> | undefined;

  constructor(store: FakeStore, response: ServerResponse, plan: WatchPlan) {
    this.#store = store;
    this.#response = response;
    this.#plan = plan;
    this.#fault = plan.fault !== undefined && 'after' in plan.fault ? plan.fault : undefined;
    this.#known = plan.from;
    const at = store.log.findIndex(({ revision }) => revision > plan.from);
    this.#next = at === -1 ? store.log.length : at;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.#timers = [
      setTimeout(() => this.#close(), plan.endMs),
      setInterval(() => this.#bookmark(), plan.bookmarkMs),
    ];
    store.listeners.add(this.#pump);
    response.on('close', () => this.#end());
    this.#pump();
  }

  readonly #pump = (): void => {
    while (!this.#over && !this.#silent) {
      const change = this.#take();
      if (this.#fault !== undefined && this.#told >= this.#fault.after && this.#go(this.#fault.kind, change))
        return;
      if (change === undefined) return;
      this.#write(lineOf(change));
      this.#told++;
      this.#known = change.revision;
    }
  };

  /** @returns the next change of this collection */
  #take(): Logged | undefined {
    for (let at = this.#next; at < this.#store.log.length; at++) {
      const change = this.#store.log[at];
      if (change !== undefined && this.#isMine(change)) {
        this.#next = at + 1;
        return change;
      }
    }
    return undefined;
  }

  #isMine({ collection, object }: Logged): boolean {
    const { namespace } = this.#plan;
    return (
      collection === this.#plan.collection &&
      (namespace === undefined || object.metadata.namespace === namespace)
    );
  }

  /** @returns whether the fault took the event's place, or has to wait for one */
  #go(kind: NonNullable<WatchFault>['kind'], change: Logged | undefined): boolean {
    if (kind === 'reset') {
      this.#response.socket?.resetAndDestroy();
      this.#end();
    } else if (kind === 'close') this.#close();
    else if (kind === 'stall') this.#silent = true;
    else if (kind === 'garbage') this.#last('{"type":"ADDED","obj\n');
    else if (kind === 'nonsense') this.#last('{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n', false);
    else if (kind === 'bad-utf8') this.#last(Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d, 0x0a]), false);
    else if (kind === 'expired') this.#last(errorLine(410, 'Expired'));
    else if (kind === 'error') this.#last(errorLine(500, 'InternalError'));
    else return this.#disturb(kind, change);
    return true;
  }

  /** Faults that need an event. */
  #disturb(kind: string, change: Logged | undefined): boolean {
    if (change === undefined) return true;
    if (kind === 'half') {
      const line = Buffer.from(lineOf(change));
      this.#last(line.subarray(0, Math.floor(line.length / 2)));
      return true;
    }
    const other = kind === 'swap' ? this.#take() : change;
    this.#fault = undefined;
    if (other === undefined) {
      this.#write(lineOf(change));
      return false;
    }
    // In one piece: of events in a wrong order nobody who gets only the later one could tell.
    this.#response.write(kind === 'swap' ? lineOf(other) + lineOf(change) : lineOf(change) + lineOf(change));
    this.#known = Math.max(change.revision, other.revision);
    return true;
  }

  /** @param end whether the connection is closed, as is proper, or stays open and silent */
  #last(line: string | Buffer, end = true): void {
    this.#response.write(line);
    if (end) this.#close();
    else this.#silent = true;
  }

  #bookmark(): void {
    if (this.#over || this.#silent) return;
    // All that was before has been told.
    this.#known = Math.max(this.#known, this.#store.revision);
    const object = {
      kind: 'X',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(this.#known), creationTimestamp: null },
    };
    this.#write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  #write(line: string): void {
    const bytes = Buffer.from(line);
    const { chunk } = this.#plan;
    if (chunk === 0) {
      this.#response.write(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; at += chunk) this.#response.write(bytes.subarray(at, at + chunk));
  }

  #close(): void {
    this.#response.end();
    this.#end();
  }

  #end(): void {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#store.listeners.delete(this.#pump);
  }
}

function lineOf({ type, object }: Logged): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function errorLine(code: number, reason: string): string {
  return `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: 'made up' } })}\n`;
}
