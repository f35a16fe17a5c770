/**
 * What entries name against what is stored: each message, and all before it, is there until its session is erased.
 *
 *   opened ──> envelope, last message ──> … ──> first        closed ──> reply
 *
 * Retention only removes what no entry names any more, so age is no excuse.
 */
import type { Closed, Opened, RequestContent } from './entry.ts';
import { type Finding, finding, note } from './finding.ts';
import { type LeaseEntries, parse, type Tampered } from './lease-entries.ts';
import type { StoredContents, StoredEntry, StoredLease } from './source.ts';

/** Addresses that are kept in mind, so that a conversation is not followed to its beginning for each of its turns. */
const MOST_REMEMBERED = 500_000;

export class ContentCheck {
  readonly #contents: StoredContents;
  readonly #erased: ReadonlySet<string>;
  /** By session: what was looked at. */
  readonly #seen = new Map<string, Set<string>>();
  readonly #unusable = new Set<string>();
  #remembered = 0;
  #unread = false;

  /** @param erased sessions whose erasure is recorded */
  constructor(contents: StoredContents, erased: ReadonlySet<string>) {
    this.#contents = contents;
    this.#erased = erased;
  }

  *ofLease(lease: StoredLease, { opened, closed }: LeaseEntries): Generator<Finding> {
    const session = opened[0]?.workload?.session ?? lease.session;
    const named = [...opened.flatMap(namedInOpened), ...closed.flatMap(namedInClosed)];
    yield* this.#check(session, lease.exchange, named);
  }

  /** For each entry of the log: a refusal has no lease. */
  *ofRefusal(stored: StoredEntry): Generator<Finding> {
    if (stored.kind !== 'closed' || !stored.apart) return;
    for (const entry of parse(stored)) {
      if (entry.kind !== 'closed' || entry.lease !== null) continue;
      yield* this.#check(entry.asked?.workload?.session ?? '', entry.exchange, namedInClosed(entry));
    }
  }

  /** After all of them. */
  *rest(): Generator<Finding> {
    for (const session of this.#erased) {
      if (this.#contents.session(session) === 'erased') continue;
      const sentence = `Session ${session} was erased, as the log records, and it is not marked so any more.`;
      yield finding('erasure_undone', { sentence });
    }
    if (!this.#unread) return;
    const sentence =
      'The key file is not there: that what was said is there was seen, not that it is unchanged.';
    yield note('contents_unread', { sentence });
  }

  *#check(session: string, exchange: string, named: readonly string[]): Generator<Finding> {
    if (named.length === 0 || this.#erased.has(session) || this.#unusable.has(session)) return;
    const unusable = this.#whyUnusable(session);
    if (unusable) {
      this.#unusable.add(session);
      const [kind, why] = unusable;
      const sentence = `Exchange ${exchange} and what else was said in session ${session} can't be read: ${why}.`;
      yield finding(kind, { exchange, sentence });
      return;
    }
    if (!this.#contents.readable) this.#unread = true;
    for (const last of named) yield* this.#follow(session, exchange, last);
  }

  #whyUnusable(session: string): [kind: 'content_missing' | 'content_changed', why: string] | undefined {
    const state = this.#contents.session(session);
    if (state === undefined) return ['content_missing', 'nothing is stored of it'];
    if (state === 'erased')
      return ['content_missing', 'its key is gone, and nothing says that it was erased'];
    if (state === 'locked') {
      return ['content_changed', 'its key was changed, or was not wrapped with the key file that is there'];
    }
    return undefined;
  }

  *#follow(session: string, exchange: string, last: string): Generator<Finding> {
    const seen = this.#seenOf(session);
    for (let address: string | null = last; address !== null && !seen.has(address); ) {
      seen.add(address);
      this.#remembered++;
      const stored = this.#contents.of(session, address);
      if (stored?.intact !== true) {
        const [kind, what] = stored
          ? (['content_changed', 'was changed'] as const)
          : (['content_missing', 'is missing'] as const);
        const sentence = `Exchange ${exchange} of session ${session}: message ${address}, which was said in it or before it, ${what}.`;
        yield finding(kind, { exchange, sentence });
        return;
      }
      address = stored.prev;
    }
  }

  #seenOf(session: string): Set<string> {
    if (this.#remembered > MOST_REMEMBERED) {
      this.#seen.clear();
      this.#remembered = 0;
    }
    const seen = this.#seen.get(session) ?? new Set();
    this.#seen.set(session, seen);
    return seen;
  }
}

function namedInOpened({ content }: Tampered<Opened>): string[] {
  return namedInRequest(content);
}

function namedInClosed({ content, asked }: Tampered<Closed>): string[] {
  return [content?.reply, ...namedInRequest(asked?.content)].filter((address) => typeof address === 'string');
}

function namedInRequest(content: RequestContent | undefined): string[] {
  return [content?.envelope, content?.messages].filter((address) => typeof address === 'string');
}
