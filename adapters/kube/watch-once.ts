/** One watch from its beginning to its end, and what its end means. */
import type { ApiError } from './answer.ts';
import { compareVersions, type KubeObject } from './object.ts';
import type { WatchEvent } from './watch.ts';

/** Why a watch ended; few, since it is a label of a metric. */
export type WatchEnd =
  | 'closed'
  | 'due'
  | 'order'
  | 'expired'
  | 'idle'
  | 'garbage'
  | 'refused'
  | 'overloaded'
  | 'network';

export interface Watched {
  /** The last resourceVersion that was heard of. */
  readonly last: string;
  /** Whether anything was. */
  readonly heard: boolean;
  readonly end: WatchEnd;
  readonly error?: ApiError;
}

/** @param take gets each event that came in its turn; false ends the watch */
export async function watchOnce<T extends KubeObject>(
  events: AsyncIterable<WatchEvent<T>>,
  from: string,
  take: (event: Exclude<WatchEvent<T>, { type: 'ERROR' }>) => boolean,
): Promise<Watched> {
  let last = from;
  let heard = false;
  for await (const event of events) {
    if (event.type === 'ERROR') return { last, heard, error: event.error, end: watchEnd(event.error) };
    const bookmark = event.type === 'BOOKMARK';
    const version = bookmark ? event.resourceVersion : event.object.metadata.resourceVersion;
    // Within a watch versions grow. One that does not may have come late, or twice: only a list tells what is missing.
    if ((compareVersions(version, last) ?? 1) < (bookmark ? 0 : 1)) return { last, heard, end: 'order' };
    heard = true;
    last = version;
    if (!take(event)) break;
  }
  return { last, heard, end: 'closed' };
}

export function watchEnd({ kind, code }: ApiError): WatchEnd {
  if (kind === 'unreadable') return 'garbage';
  if (kind === 'timeout') return 'idle';
  if (kind !== 'status') return 'network';
  if (code === 410) return 'expired';
  return code === 429 || code >= 500 ? 'overloaded' : 'refused';
}

/** One in so many failures is taken for one that the resourceVersion may be to blame for. */
const WATCHES_IN_VAIN = 5;

/** Whether a watch from the last resourceVersion is in vain: it is too old, or the server can't make sense of it. */
export function wantsList(error: ApiError | undefined, failures: number): boolean {
  if (error?.kind !== 'status') return false;
  const { code } = error;
  if (code === 410) return true;
  return (
    failures % WATCHES_IN_VAIN === 0 || (code >= 400 && code < 500 && ![401, 403, 408, 429].includes(code))
  );
}
