/** What stands in an Event (events.k8s.io/v1), within the bounds that the API server checks. */
import type { EventsV1Event } from '@kubernetes/client-node';
import { microTime } from './lease-record.ts';
import { apiVersionOf, type KubeObject, type Resource, resource, type Stored } from './object.ts';

export type Event = Stored<EventsV1Event>;
export const EVENTS = resource<Event>('events.k8s.io/v1 Event', 'events');

/** What an event is about. */
export interface Regarding {
  readonly of: Resource;
  readonly object: Pick<KubeObject, 'metadata'>;
}

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** Why, as one CamelCase word: machines read it. */
  readonly reason: string;
  /** What the controller did or tried, as one CamelCase word. */
  readonly action: string;
  /** For people. */
  readonly note: string;
  /**
   * Stands for what happened, in letters and digits: whoever tells of it, and however often, it is one event, as long as
   * the API server keeps that.
   */
  readonly once?: string;
}

/** Bounds of the API server (pkg/apis/core/validation/events.go), which are in bytes. */
const MOST_NOTE = 1024;
const MOST_WORD = 128;

/** Events that have it in common are one series. */
export function seriesKey({ of, object }: Regarding, { type, reason, action, once }: EventText): string {
  return JSON.stringify([of.plural, of.group, object.metadata.uid, type, reason, action, once ?? null]);
}

/** @param suffix of the name, unique: events of one object differ in it */
export function eventBody(
  { of, object: { metadata } }: Regarding,
  { type, reason, action, note }: EventText,
  reporter: { readonly controller: string; readonly instance: string },
  suffix: string,
): { readonly namespace: string; readonly body: object } {
  // Events of objects without a namespace are in this one.
  const namespace = metadata.namespace ?? 'default';
  const regarding = {
    apiVersion: apiVersionOf(of),
    kind: of.kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace }),
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
  };
  const body = {
    metadata: { name: eventName(metadata.name, suffix), namespace },
    eventTime: microTime(new Date()),
    type,
    reason: cut(reason, MOST_WORD),
    action: cut(action, MOST_WORD),
    note: cut(note, MOST_NOTE),
    regarding,
    reportingController: reporter.controller,
    reportingInstance: cut(reporter.instance, MOST_WORD),
  };
  return { namespace, body };
}

/** Event names are DNS subdomains; not all names are. */
function eventName(name: string, suffix: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .slice(0, 200)
    .replace(/^[.-]+|[.-]+$/g, '');
  return `${plain || 'event'}.${suffix}`;
}

/** @returns a text of at most so many bytes as UTF-8, in one line, with "…" where it was cut */
export function cut(text: string, bytes: number): string {
  const line = text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .toWellFormed();
  if (Buffer.byteLength(line) <= bytes) return line;
  const kept = Buffer.from(line).subarray(0, bytes - 3);
  // A character that was cut in two is left out.
  return `${new TextDecoder().decode(kept, { stream: true })}…`;
}
