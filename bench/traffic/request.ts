/** Requests as coding agents make them, of exactly so many bytes, and where they go. */
import { type Conversation, conversation } from './conversation.ts';
import type { WireTraffic } from './wire.ts';

/** Where a call goes, and as what. */
export interface Target {
  /** On loopback. */
  readonly port: number;
  readonly path: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
}

/** @returns the wire's own path at a port, called as its agents call it */
export function targetAt(port: number, { path, headers }: WireTraffic): Target {
  return { port, path, headers };
}

/** @returns a whole HTTP request */
export function httpRequest({ port, path, headers }: Target, body: Buffer): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`, `content-length: ${body.length}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

export interface RequestOptions {
  readonly wire: WireTraffic;
  readonly bytes: number;
  readonly stream?: boolean;
}

/** From here on there is room for a conversation. */
const LARGE = 16_384;
/** More than one turn takes on any wire. */
const TURN = 6_000;

/** @returns a body of exactly `bytes` bytes; @throws RangeError when they are too few */
export function requestBody({ wire, bytes, stream = false }: RequestOptions): Buffer {
  const size = bytes > LARGE ? 'large' : 'small';
  const encoded = (parts: Conversation) => Buffer.from(JSON.stringify(wire.body(parts, stream)));
  const begin = 'Go on.';
  let turns = 0;
  if (size === 'large') while (encoded(conversation(size, turns, begin)).length + TURN < bytes) turns++;
  const missing = bytes - encoded(conversation(size, turns, begin)).length;
  if (missing < 0) throw new RangeError(`${bytes} bytes are too few for a request`);
  return encoded(conversation(size, turns, begin + filler(missing)));
}

/** @returns plain characters, one byte each in JSON */
function filler(length: number): string {
  const text = ' Look at the callers first, and change nothing that has no test.';
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
