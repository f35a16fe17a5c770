/** Judges what handlers are told, and how often the server is asked. Shares no code with the reflector. */
import assert from 'node:assert/strict';
import { HANG_MS } from '../../test/support/hang.ts';
import type { Seen } from './testing-api.ts';
import type { FakeObject } from './testing-store.ts';

/** A handler that accepts only what can be: add, then updates to newer states, then delete; all under one UID. */
export class LegalHandler {
  readonly known = new Map<string, FakeObject>();
  readonly wrong: string[] = [];
  calls = 0;

  readonly add = (object: FakeObject): void => {
    this.calls++;
    this.#check(object, !this.known.has(idOf(object)), 'added, but there already');
    this.known.set(idOf(object), object);
  };

  readonly update = (object: FakeObject, old: FakeObject): void => {
    this.calls++;
    const before = this.known.get(idOf(object));
    this.#check(object, before !== undefined, 'updated, but not there');
    this.#check(object, before === old, 'updated from another state than the last');
    this.#check(object, before?.metadata.uid === object.metadata.uid, 'updated to another UID');
    const grows = Number(object.metadata.resourceVersion) > Number(before?.metadata.resourceVersion);
    this.#check(object, grows, `went from version ${before?.metadata.resourceVersion} back`);
    this.known.set(idOf(object), object);
  };

  readonly delete = (object: FakeObject): void => {
    this.calls++;
    const before = this.known.get(idOf(object));
    this.#check(object, before !== undefined, 'deleted, but not there');
    this.#check(object, before?.metadata.uid === object.metadata.uid, 'deleted under another UID');
    this.known.delete(idOf(object));
  };

  #check(object: FakeObject, fine: boolean, what: string): void {
    if (!fine) this.wrong.push(`${idOf(object)}@${object.metadata.resourceVersion} ${what}`);
    if ('managedFields' in object.metadata) this.wrong.push(`${idOf(object)} has managedFields`);
    if (!isFrozen(object)) this.wrong.push(`${idOf(object)} can be changed`);
  }
}

/** @returns one line an object, without what is dropped on purpose */
export function picture(objects: Iterable<FakeObject>): string[] {
  return [...objects]
    .map((object) => {
      const { managedFields: _, ...metadata } = object.metadata;
      const { apiVersion: __, kind: ___, ...rest } = object;
      return `${idOf(object)} ${JSON.stringify(sortedKeys({ ...rest, metadata }))}`;
    })
    .sort();
}

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
  readonly pageCost: number;
}

/** No span of time may have had more requests than its bucket gives; `slackMs` is what a busy machine may add. */
export function assertPaced(
  seen: readonly Seen[],
  { burst, perSecond, pageCost }: Rate,
  slackMs = 300,
): void {
  const asked = seen.filter(({ kind }) => kind !== 'other');
  for (let first = 0; first < asked.length; first++) {
    let cost = 0;
    for (let last = first; last < asked.length; last++) {
      cost += asked[last]?.kind === 'page' ? pageCost : 1;
      const ms = (asked[last]?.at ?? 0) - (asked[first]?.at ?? 0);
      const most = burst + 1 + ((ms + slackMs) * perSecond) / 1000;
      assert.ok(
        cost <= most,
        `requests worth ${cost} within ${ms.toFixed(0)} ms; at most ${most.toFixed(0)} may be`,
      );
    }
  }
}

/** Waits until a condition holds, for so long and not less than HANG_MS. @throws if it does not */
export async function eventually(holds: () => boolean, ms: number, what: () => string): Promise<void> {
  const most = Math.max(ms, HANG_MS);
  const end = performance.now() + most;
  while (!holds()) {
    if (performance.now() > end) assert.fail(`not within ${most} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

function idOf({ metadata: { namespace, name } }: FakeObject): string {
  return `${namespace ?? ''}/${name}`;
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sortedKeys(inner)]));
}
