/**
 * Splitting a stream of server-sent events without changing a byte of it.
 *
 *   chunks ── event borders ──> SseEvent { raw: the very bytes, type, data }
 *
 * Rules: WHATWG HTML, "Server-sent events", 9.2.5–9.2.6. Chunks may be cut anywhere, inside a line end too. The raw
 * bytes of all events plus rest() are exactly the bytes pushed.
 */
import { Pieces } from './pieces.ts';

export interface SseEvent {
  /** The event as it came, with its comments, unknown fields and closing blank line. */
  readonly raw: Buffer;
  /** The last `event` field, or "message" when there is none. */
  readonly type: string;
  /** The `data` lines joined by line feeds; undefined when there is none, and then clients see no event. */
  readonly data: Buffer | undefined;
  /** Where the data stands in `raw`; undefined when there is none, or it stands on several lines. */
  readonly dataAt: number | undefined;
  /**
   * Whether it has a line that is neither a comment nor one of the standard's fields. The standard ignores such a line;
   * some clients trim lines, or take a byte order mark off each of them (Anthropic's SDK does), and would read it.
   * Or a line other than data with anything but printable ASCII: many clients (Python's splitlines, Node's readline) end
   * a line at U+2028, U+0085 or a vertical tab too, and what stands behind it would be a line that nobody looked at.
   */
  readonly foreign: boolean;
}

/** Events larger than this are not held: no provider sends such, and holding is memory. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const COLON = 0x3a;
const SPACE = 0x20;
const DELETE = 0x7f;

export class SseReader {
  readonly #maxBytes: number;
  /** Bytes of the event that is not complete yet. */
  readonly #held = new Pieces();
  /** Whether the current line has a byte yet. */
  #lineEmpty = true;
  /** Whether the byte before was a CR, so that a LF now belongs to the same line end. */
  #afterCr = false;
  /** Whether the line before ended with CRLF. */
  #afterCrLf = false;
  /** Whether the event is over but for the LF of its last CRLF, which the next chunk will bring. */
  #due = false;
  #first = true;

  constructor(maxBytes: number = MAX_EVENT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns the events that this chunk completes
   * @throws RangeError when an event exceeds the bound
   */
  push(chunk: Buffer): SseEvent[] {
    const events: SseEvent[] = [];
    let from = 0;
    const complete = (end: number): void => {
      events.push(this.#complete(chunk.subarray(from, end)));
      from = end;
    };
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.#due) {
        this.#due = false;
        complete(byte === LF ? i + 1 : i);
      }
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        this.#afterCrLf = true;
        continue;
      }
      this.#afterCr = byte === CR;
      if (byte !== LF && byte !== CR) {
        this.#lineEmpty = false;
        continue;
      }
      if (!this.#lineEmpty) {
        this.#lineEmpty = true;
        this.#afterCrLf = false;
        continue;
      }
      // A blank line ends the event. The LF of a CRLF goes with it, or what is passed on would change with the cuts.
      if (byte === CR && i + 1 === chunk.length && this.#afterCrLf) this.#due = true;
      else complete(byte === CR && chunk[i + 1] === LF ? i + 2 : i + 1);
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return events;
  }

  /** @returns the bytes of the event that has not ended; clients discard such at the end of the stream */
  rest(): Buffer {
    return this.#held.join();
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    if (this.#held.bytes > this.#maxBytes) throw new RangeError(`an event exceeds ${this.#maxBytes} bytes`);
  }

  #complete(last: Buffer): SseEvent {
    let raw = last;
    if (this.#held.bytes > 0) {
      this.#hold(last);
      raw = this.#held.join();
      this.#held.clear();
    }
    const event = parseEvent(raw, this.#first);
    this.#first = false;
    return event;
  }
}

function parseEvent(raw: Buffer, first: boolean): SseEvent {
  let type = '';
  const lines: Buffer[] = [];
  let dataAt = 0;
  let foreign = false;
  let i = first && raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0;
  while (i < raw.length) {
    let end = i;
    while (end < raw.length && raw[end] !== LF && raw[end] !== CR) end++;
    if (raw[i] === COLON) {
      foreign ||= !isPrintable(raw, i, end);
    } else if (end > i) {
      let colon = i;
      while (colon < end && raw[colon] !== COLON) colon++;
      const value = raw[colon + 1] === SPACE && colon + 1 < end ? colon + 2 : Math.min(colon + 1, end);
      if (isField(raw, i, colon, 'data')) {
        dataAt = value;
        lines.push(raw.subarray(value, end));
      } else {
        foreign ||= !isPrintable(raw, i, end);
        if (isField(raw, i, colon, 'event')) type = raw.toString('utf8', value, end);
        else foreign ||= !isField(raw, i, colon, 'id') && !isField(raw, i, colon, 'retry');
      }
    }
    i = end + 1;
  }
  return {
    raw,
    type: type === '' ? 'message' : type,
    data: lines.length > 1 ? joined(lines) : lines[0],
    dataAt: lines.length === 1 ? dataAt : undefined,
    foreign,
  };
}

/** By hand: Buffer.concat of very many lines would hold up everything else for seconds. */
function joined(lines: readonly Buffer[]): Buffer {
  const all = Buffer.alloc(
    lines.reduce((sum, line) => sum + line.length + 1, -1),
    LF,
  );
  let at = 0;
  for (const line of lines) {
    all.set(line, at);
    at += line.length + 1;
  }
  return all;
}

/** Whether a part of it is ASCII without control characters but the tab. */
function isPrintable(raw: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = raw[i] as number;
    if ((byte < SPACE && byte !== TAB) || byte >= DELETE) return false;
  }
  return true;
}

function isField(raw: Buffer, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (raw[start + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** @returns the event's bytes with other data; everything around it stays, unless the data stands on several lines */
export function withData({ raw, type, data: old, dataAt }: SseEvent, data: Buffer): Buffer {
  if (old !== undefined && dataAt !== undefined && !data.includes(LF)) {
    return Buffer.concat([raw.subarray(0, dataAt), data, raw.subarray(dataAt + old.length)]);
  }
  const label = type === 'message' ? '' : `event: ${type}\n`;
  return Buffer.from(`${label}data: ${data.toString().replaceAll('\n', '\ndata: ')}\n\n`);
}

/** @returns the bytes of one event with one line of data */
export function sseEvent(type: string, data: unknown): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
