/** What answers in the place of every provider with --rehearsal. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeFolder } from '../adapters/sqlite/state.ts';

export interface Rehearsing {
  readonly url: string;
  /** What Tollgate shows it instead of a provider's key. */
  readonly key: string;
  close(): Promise<void>;
}

/**
 * Starts a provider that needs no key and costs nothing.
 * @param folder the state folder, where it keeps its bill
 */
export async function rehearse(folder: string): Promise<Rehearsing> {
  const { startRehearsal } = await import('../rehearsal/server.ts');
  const key = randomBytes(16).toString('hex');
  makeFolder(folder);
  const server = await startRehearsal({ apiKey: key, billFile: join(folder, 'bill.ndjson') });
  return { url: server.url, key, close: () => server.close() };
}
