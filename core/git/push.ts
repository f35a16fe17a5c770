/**
 * What a push begins with (gitprotocol-pack, "reference update request"): read to its end and written anew, so that the
 * server reads what was judged here and not what else might be made of these bytes.
 *
 *   *shallow  1*(old SP new SP ref)  flush  PACK…        the first command carries NUL and capabilities
 */
import { FLUSH, FLUSH_LINE, type Malformed, PktReader, pktLine } from './pkt-line.ts';
import { type GitRefusal, gitRefusal } from './refusals.ts';

export interface Command {
  /** Object ids; all zeros: there is none. */
  readonly old: string;
  readonly new: string;
  readonly ref: string;
}

export interface PushHead {
  readonly commands: readonly Command[];
  readonly capabilities: readonly string[];
  /** Object ids at which the client's history ends. */
  readonly shallow: readonly string[];
}

/** A client looks first whether it may come in at all, before it sends much. */
export const PROBE = 'probe';

const MOST_BYTES = 256 * 1024;
const MOST_COMMANDS = 100;
const MOST_REF = 1_024;
const MOST_SHALLOW = 1_000;
const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const COMMAND = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (.+)$/s;
const PACK = Buffer.from('PACK');

/** Those that change how the answer looks or what the server does with the commands, and that are safe. */
const CARRIED =
  /^(?:report-status|report-status-v2|side-band-64k|quiet|atomic|ofs-delta|object-format=sha(?:1|256))$/;
/** Names of the client, which the server has no need of. */
const DROPPED = /^(?:agent|session-id)=/;

export class PushReader {
  readonly #lines = new PktReader();
  readonly #commands: Command[] = [];
  readonly #shallow: string[] = [];
  #capabilities: readonly string[] = [];
  #head: PushHead | undefined;

  /** What comes after the head. */
  get rest(): Buffer {
    return this.#lines.rest;
  }

  /** @returns the head once it and the pack's first bytes are there; undefined: more has to be fed */
  feed(chunk: Buffer): PushHead | GitRefusal | undefined {
    this.#lines.feed(chunk);
    while (this.#head === undefined) {
      const line = this.#lines.next();
      if (line === undefined) return this.#lines.rest.length > MOST_BYTES ? malformed(TOO_LONG) : undefined;
      if (line === FLUSH) {
        this.#head = { commands: this.#commands, capabilities: this.#capabilities, shallow: this.#shallow };
        break;
      }
      const wrong = Buffer.isBuffer(line) ? this.#line(line) : malformed(line);
      if (wrong !== undefined) return wrong;
    }
    if (this.#commands.length === 0)
      return this.rest.length > 0 || this.#shallow.length > 0 ? malformed(NO_COMMAND) : undefined;
    const begin = this.rest.subarray(0, PACK.length);
    if (!begin.equals(PACK.subarray(0, begin.length))) return malformed(NO_PACK);
    return begin.length < PACK.length ? undefined : this.#head;
  }

  /** The body has ended. @returns the head of a push that only deletes, which alone has no pack */
  end(): PushHead | typeof PROBE | GitRefusal {
    if (this.#head !== undefined && this.#commands.length === 0) return PROBE;
    if (this.#head !== undefined && this.rest.length === 0 && this.#commands.every(isDelete))
      return this.#head;
    return malformed({ why: 'it ends before its pack begins' });
  }

  /** As far as it was read. */
  get head(): PushHead {
    return { commands: this.#commands, capabilities: this.#capabilities, shallow: this.#shallow };
  }

  #line(bytes: Buffer): GitRefusal | undefined {
    const nul = bytes.indexOf(0);
    const [said, more] = nul === -1 ? [bytes] : [bytes.subarray(0, nul), bytes.subarray(nul + 1)];
    const text = utf8(said);
    if (text === undefined) return malformed({ why: 'a line of it is not UTF-8' });
    if (text.startsWith('push-cert')) return gitRefusal('signed_push');
    const line = more === undefined ? text.replace(/\n$/, '') : text;
    const [, shallow] = /^shallow (.+)$/s.exec(line) ?? [];
    if (shallow !== undefined && more === undefined && this.#commands.length === 0) {
      if (!ID.test(shallow) || this.#shallow.length >= MOST_SHALLOW) return malformed(NOT_AN_ID);
      this.#shallow.push(shallow);
      return undefined;
    }
    const [, old, now, ref] = COMMAND.exec(line) ?? [];
    if (old === undefined || now === undefined || ref === undefined || old.length !== now.length)
      return malformed({ why: 'a line of it is no command' });
    if (ref.length > MOST_REF) return malformed(TOO_LONG);
    if (more !== undefined && this.#commands.length > 0)
      return malformed({ why: 'capabilities stand behind another command than the first' });
    this.#commands.push({ old, new: now, ref });
    if (this.#commands.length > MOST_COMMANDS) return malformed(TOO_LONG);
    return more === undefined ? undefined : this.#offer(more);
  }

  #offer(bytes: Buffer): GitRefusal | undefined {
    const text = bytes.toString('latin1').replace(/\n$/, '');
    const all = text.split(' ').filter((one) => one !== '');
    if (all.includes('push-options')) return gitRefusal('push_options');
    const kept = all.filter((one) => !DROPPED.test(one));
    const odd = kept.find((one) => !CARRIED.test(one));
    if (odd !== undefined) return malformed({ why: `the capability ${odd.slice(0, 60)} is not known here` });
    this.#capabilities = kept;
    return undefined;
  }
}

const TOO_LONG = { why: `it has more than ${MOST_COMMANDS} commands, or they are too long` };
const NO_COMMAND = { why: 'there is no command before the first flush' };
const NO_PACK = { why: 'no pack follows on its commands' };
const NOT_AN_ID = { why: 'a shallow line has no object id, or there are too many' };

function malformed({ why }: Malformed): GitRefusal {
  return gitRefusal('malformed', { why });
}

function utf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

export function isDelete({ new: now }: Command): boolean {
  return /^0+$/.test(now);
}

/** @returns the head as the server gets it */
export function writeHead({ commands, capabilities, shallow }: PushHead): Buffer {
  const lines = commands.map(({ old, new: now, ref }, i) =>
    pktLine(`${old} ${now} ${ref}${i === 0 ? `\0 ${capabilities.join(' ')}` : ''}`),
  );
  return Buffer.concat([...shallow.map((id) => pktLine(`shallow ${id}`)), ...lines, FLUSH_LINE]);
}
