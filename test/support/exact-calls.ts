/**
 * Calls that really cost what is reserved for them, to the nano-dollar: the rehearsal is told to bill the whole bound. So
 * a budget that fits ten of them is used up by ten, and every other sum is wrong.
 */
import assert from 'node:assert/strict';
import { DUMMY_KEY } from './keys.ts';
import type { Scope } from './output.ts';
import { startTestSidecar } from './sidecar.ts';

export interface ExactOptions {
  readonly model: string;
  /** Output cap, tokens; all of it is billed. */
  readonly cap: number;
  /** Lines for the rehearsal, the same number of bytes for each call. */
  readonly lines?: string;
}

export interface ExactCalls {
  /** What each call reserves, and costs, nano-USD. */
  readonly cost: number;
  readonly cap: number;
  /** @param tag names the call wherever it leaves a trace; all have the length of the first */
  body(tag: string, stream: boolean, lines?: string): string;
}

export interface CallEnd {
  readonly tag: string;
  /** Whether its reply arrived whole; refused calls get one too. */
  readonly ended: 'allowed' | 'refused' | 'broken';
  readonly text: string;
}

const TAG = /call-\d{3}-\d{3}/;

/** @returns the tag of a request that holds one */
export function tagIn(body: Buffer): string | undefined {
  return TAG.exec(body.toString('latin1'))?.[0];
}

export function tagOf(round: number, n: number): string {
  return `call-${String(round).padStart(3, '0')}-${String(n).padStart(3, '0')}`;
}

const make = ({ model, cap, lines = '' }: ExactOptions, tag: string, input: number, stream: boolean) => {
  // Numbers of one width, so that the length, and with it the bound, does not depend on them.
  const bill = `/bill input=${String(input).padStart(10, '0')} output=${cap} geo=us`;
  const content = [tag, bill, lines, '/say done'].join('\n');
  const messages = [{ role: 'user', content }];
  const body = JSON.stringify({ model, max_tokens: cap, stream, messages });
  return stream ? body.replace('"stream":true', '"stream": true') : body;
};

/** Learns from one call what such a call reserves, and proves with a second one that it costs just that. */
export async function exactCalls(t: Scope, options: ExactOptions): Promise<ExactCalls> {
  const sidecar = await startTestSidecar(t);
  const tag = tagOf(0, 0);
  await (await sidecar.send(make(options, tag, 1, false))).arrayBuffer();
  const { tokens } = sidecar.records().opened[0]?.reserved ?? { tokens: 0 };
  const input = tokens - options.cap;
  const exact = make(options, tag, input, true);
  await (await sidecar.send(exact)).text();
  const { amounts } = await sidecar.closed(2);
  const reserved = sidecar.records().opened[1]?.reserved.usd;
  const billed = sidecar.rehearsal.bill()[1]?.nanoUsd;
  assert.deepEqual([amounts.usd, billed], [reserved, reserved], 'it costs just what is reserved');
  await sidecar.stop();
  return {
    cost: amounts.usd,
    cap: options.cap,
    body: (of, stream, lines) => {
      const body = make(lines === undefined ? options : { ...options, lines }, of, input, stream);
      assert.equal(Buffer.byteLength(body), Buffer.byteLength(exact), 'all reserve the same');
      return body;
    },
  };
}

/** Makes a call as Claude Code does, which names its session in a header, and does not ask again when it breaks. */
export async function makeCall(url: string, tag: string, body: string): Promise<CallEnd> {
  const headers = {
    'content-type': 'application/json',
    'x-api-key': DUMMY_KEY,
    'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)',
    'x-claude-code-session-id': tag,
  };
  try {
    const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const refused = response.headers.get('x-tollgate-verdict') === 'deny';
    return { tag, ended: refused ? 'refused' : 'allowed', text };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return { tag, ended: 'broken', text: String(error) };
  }
}

/** nano-USD as a manifest has it. */
export function usdText(nano: number): string {
  return `${Math.floor(nano / 1e9)}.${String(nano % 1e9).padStart(9, '0')}`;
}
