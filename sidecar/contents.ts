/**
 * What the audit log keeps of what was said, where a profile wants it: `audit.content: full`.
 *
 *   request ── envelope (all but the messages), messages as a list ──> addresses in `opened`
 *   reply   ── as the provider sent it ──────────────────────────────> address in `closed`
 *
 * The rows are written with the entries that name them. What can't be kept is not allowed to happen: the call is
 * refused.
 */
import type { RequestContent } from '../core/audit/entry.ts';
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import type { JsonDocument } from '../core/json/read.ts';
import { itemSpans, locate, splice } from '../core/json/splice.ts';
import type { Contents, Ledger } from '../core/ports.ts';

/** Sessions whose keys are at hand; more are opened anew when they are needed. */
const MOST_OPEN = 1_000;

/** Opens each session's contents once. */
export class OpenContents {
  readonly #ledger: Ledger;
  readonly #open = new Map<string, Promise<Contents>>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** @returns where the session's contents go, or the refusal of a call whose contents have no place to go */
  async of(session: string): Promise<Contents | Refusal> {
    try {
      return await this.#opened(session);
    } catch (error) {
      this.#open.delete(session);
      const detail = error instanceof Error ? error.message : String(error);
      return refusal('contents_unavailable', { detail });
    }
  }

  #opened(session: string): Promise<Contents> {
    const known = this.#open.get(session);
    if (known) return known;
    if (this.#open.size >= MOST_OPEN) this.#open.delete(this.#open.keys().next().value ?? '');
    const opened = this.#ledger.openContents(session);
    this.#open.set(session, opened);
    return opened;
  }
}

/**
 * Stores a request, message by message: what was said in the turns before is there already.
 * @returns undefined where there is nothing to keep, or the session was erased
 * @throws LedgerUnavailable
 */
export function keepRequest(
  contents: Contents | undefined,
  document: JsonDocument | undefined,
): RequestContent | undefined {
  if (contents === undefined || document === undefined || contents.erased) return undefined;
  const { bytes } = document;
  const list = locate(bytes, ['messages']);
  if (list === undefined) return { envelope: contents.put(bytes, null), messages: null };
  let last: string | null = null;
  for (const { start, end } of itemSpans(bytes, list)) last = contents.put(bytes.subarray(start, end), last);
  const envelope = splice(bytes, [{ span: list, bytes: Buffer.from('[]') }]);
  return { envelope: contents.put(envelope, null), messages: last };
}

/** @returns undefined where nothing was received, or the session was erased; @throws LedgerUnavailable */
export function keepReply(
  contents: Contents | undefined,
  received: Buffer | undefined,
): { readonly reply: string } | undefined {
  if (contents === undefined || contents.erased || !received?.length) return undefined;
  return { reply: contents.put(received, null) };
}
