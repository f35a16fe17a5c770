/** Whole requests, as bytes for a socket, that were changed by chance: target, headers, encoding, framing, body. */
import * as zlib from 'node:zlib';
import { Chance } from '../../../core/json/testing.ts';
import { DUMMY_KEY } from '../keys.ts';
import type { Kit } from './kit.ts';
import { happens, mutatedBody, mutatedBytes } from './mutated-bodies.ts';

export interface MutatedRequest {
  readonly seed: number;
  readonly how: readonly string[];
  /** All of it. */
  readonly bytes: Buffer;
  /** Its header lines, as names and values. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * The body as it was before it was encoded and framed. Undefined where chance changed encoded or framed bytes: then a
   * decoder has to say what it is.
   */
  readonly plain: Buffer | undefined;
  /** The encoded body, and its encoding. */
  readonly encoded: { readonly bytes: Buffer; readonly encoding: string };
  /** Whether its framing is odd, so that the connection can't be used again. */
  readonly oddFrame: boolean;
}

const MORE: readonly (readonly [string, string])[] = [
  ['X-Stainless-Lang', 'js'],
  ['cookie', 'session=1'],
  ['anthropic-organization-id', 'org'],
  ['openai-organization', 'org'],
  ['OpenAI-Project', 'proj'],
  ['proxy-authorization', 'Basic eA=='],
  ['x-forwarded-for', '10.0.0.1'],
  ['accept-encoding', 'gzip, br'],
  ['accept', 'text/html'],
  ['content-type', 'text/plain'],
  ['Connection', 'x-api-key, keep-alive'],
  ['te', 'trailers'],
  ['upgrade-insecure-requests', '1'],
  ['x-http-method-override', 'DELETE'],
  ['idempotency-key', 'k'],
  ['x-evil', 'é\xff'],
  ['anthropic-version', '2026-10-21'],
  ['anthropic-version', '2023-06-01, 2023-06-02'],
  ['anthropic-dangerous-direct-browser-access', 'true'],
  ['user-agent', 'claude-cli/2.1.330 (external, sdk-cli)'],
  ['expect', '100-continue'],
  ['', 'no name'],
  ['x api', 'blank in a name'],
  ['x-fold', 'a\r\n b'],
  ['x-nul', 'a\0b'],
];

const ENCODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => zlib.gzipSync(body, { level: 1 }),
  'X-GZIP': (body) => zlib.gzipSync(body, { level: 1 }),
  deflate: (body) => zlib.deflateSync(body, { level: 1 }),
  br: (body) => zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: (body) => zlib.zstdCompressSync(body),
  identity: (body) => body,
};
const WRONG_ENCODINGS = ['gzip, gzip', 'br', 'gzip', 'zstd', 'compress', 'identity;q=1', '*', ' '];

/** @param port of the sidecar */
export function mutatedRequest(kit: Kit, seed: number, port: number): MutatedRequest {
  const chance = new Chance(seed);
  const how: string[] = [];
  const rare = (probability: number, what: string): boolean => {
    if (!happens(chance, probability)) return false;
    how.push(what);
    return true;
  };
  const body = mutatedBody(chance, kit);
  how.push(...body.how);
  const headers: [string, string][] = [
    [
      'host',
      rare(0.01, 'another host')
        ? chance.pick(['evil.example', '', `127.0.0.1:${port + 1}`])
        : `127.0.0.1:${port}`,
    ],
    ...key(chance, rare),
  ];
  if (rare(0.01, 'an origin')) headers.push(['origin', chance.pick(['null', 'https://evil.example'])]);
  for (let n = chance.below(4); n > 0; n--) headers.push([...chance.pick(MORE.slice(0, -4))]);
  if (rare(0.01, 'an odd header')) headers.push([...chance.pick(MORE.slice(-4))]);
  if (happens(chance, 0.3)) {
    const betas = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(kit.betas));
    headers.push([kit.betaHeader, betas.join(chance.pick([',', ', ', ' , ']))]);
  }
  const encoded = encode(body.bytes, chance, rare);
  if (encoded.encoding !== '') headers.push(['Content-Encoding', encoded.encoding]);
  const frame = framed(encoded.bytes, chance, rare);
  headers.push(...frame.headers);
  let target = happens(chance, 0.5) ? kit.path : chance.pick(kit.targets);
  if (rare(0.03, 'another target')) target = chance.pick(kit.badTargets);
  const method = rare(0.01, 'another method') ? chance.pick(['GET', 'PUT', 'OPTIONS', 'post']) : 'POST';
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return {
    seed,
    how,
    bytes: Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), frame.body]),
    headers,
    plain: encoded.touched || frame.odd ? undefined : body.bytes,
    encoded,
    oddFrame: frame.odd,
  };
}

type Rare = (probability: number, what: string) => boolean;

function key(chance: Chance, rare: Rare): [string, string][] {
  if (rare(0.01, 'another key')) {
    return [[chance.pick(['x-api-key', 'authorization', 'cookie']), chance.pick(['', 'x', `${DUMMY_KEY}0`])]];
  }
  return [happens(chance, 0.5) ? ['x-api-key', DUMMY_KEY] : ['Authorization', `Bearer ${DUMMY_KEY}`]];
}

function encode(plain: Buffer, chance: Chance, rare: Rare) {
  if (happens(chance, 0.7)) return { bytes: plain, encoding: '', touched: false };
  const encoding = chance.pick(Object.keys(ENCODERS));
  const bytes = ENCODERS[encoding]?.(plain) ?? plain;
  if (rare(0.1, 'wrongly labelled')) return { bytes, encoding: chance.pick(WRONG_ENCODINGS), touched: true };
  if (!rare(0.2, 'encoded bytes changed')) return { bytes, encoding, touched: false };
  return { bytes: mutatedBytes({ bytes, how: [] }, chance).bytes, encoding, touched: true };
}

function framed(body: Buffer, chance: Chance, rare: Rare) {
  const length: [string, string] = ['Content-Length', String(body.length)];
  if (rare(0.02, 'odd framing')) return { ...oddly(body, chance), odd: true };
  if (happens(chance, 0.7)) return { headers: [length], body, odd: false };
  return {
    headers: [['Transfer-Encoding', 'chunked'] as [string, string]],
    body: chunked(body, chance),
    odd: false,
  };
}

function chunked(body: Buffer, chance: Chance): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = 1 + chance.below(chance.pick([3, 50, 5000]));
    const piece = body.subarray(at, at + size);
    const extension = happens(chance, 0.2) ? ';x="y;z"' : '';
    pieces.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'));
    at += size;
  }
  pieces.push(Buffer.from(happens(chance, 0.2) ? '0\r\nx-trailer: 1\r\nx-api-key: z\r\n\r\n' : '0\r\n\r\n'));
  return Buffer.concat(pieces);
}

/** Framing that two readers may see differently. */
function oddly(body: Buffer, chance: Chance): { headers: [string, string][]; body: Buffer } {
  const length = String(body.length);
  const chunks = chunked(body, chance);
  return chance.pick<() => { headers: [string, string][]; body: Buffer }>([
    () => ({
      headers: [
        ['Content-Length', length],
        ['Transfer-Encoding', 'chunked'],
      ],
      body: chunks,
    }),
    () => ({
      headers: [
        ['Transfer-Encoding', 'chunked'],
        ['Content-Length', length],
      ],
      body: chunks,
    }),
    () => ({
      headers: [
        [
          'Transfer-Encoding',
          chance.pick(['chunked, chunked', 'identity', 'xchunked', 'chunked\t', '\x0bchunked']),
        ],
      ],
      body: chunks,
    }),
    () => ({ headers: [['Transfer-Encoding ', 'chunked']], body: chunks }),
    () => ({
      headers: [
        ['Content-Length', length],
        ['Content-Length', '5'],
      ],
      body,
    }),
    () => ({
      headers: [
        [
          'Content-Length',
          chance.pick([
            `+${length}`,
            `0x${body.length.toString(16)}`,
            `${length}, ${length}`,
            '-1',
            '',
            `${length}.0`,
          ]),
        ],
      ],
      body,
    }),
    () => ({ headers: [['Content-Length', String(chance.below(body.length + 1))]], body }),
    () => ({ headers: [['Content-Length', String(body.length + 1 + chance.below(50))]], body }),
    () => ({ headers: [], body }),
    () => ({
      headers: [['Transfer-Encoding', 'chunked']],
      body: mutatedBytes({ bytes: chunks, how: [] }, chance).bytes,
    }),
  ])();
}
