/**
 * Requests changed by chance, through a sidecar, to a provider that keeps every byte. Whatever arrives there is judged by
 * an oracle that shares no code with Tollgate; of what is refused not a byte may arrive.
 *
 *   FUZZ_SEED=…  repeats a run; a case's own seed repeats that case alone, with FUZZ_CASES=1
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEED } from '../core/json/testing.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { type MutatedRequest, mutatedRequest } from '../test/support/mutated-requests.ts';
import { PLENTY, profile } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { parseReply, type RawReply } from '../test/support/raw-http.ts';
import {
  jsonReply,
  MESSAGE,
  RawUpstream,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { judgeForwarded } from '../test/support/request-oracle.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 20_000);
const CEILING = 3000;
/** nano-USD a token. Chance makes other names too, and none of those models is cheaper than 800 and 4000. */
const PRICES: Readonly<Record<string, [input: number, output: number]>> = {
  'claude-haiku-4-5': [1000, 5000],
  'claude-sonnet-4-5': [3000, 15_000],
};

const STREAM = sseStart() + sseText('hello') + sseEnd();

/** Counts by what was done to a request, and what became of it. */
class Counts {
  readonly #counts = new Map<string, { accepted: number; refused: number }>();

  add(what: string, accepted: boolean): void {
    const counts = this.#counts.get(what) ?? { accepted: 0, refused: 0 };
    counts[accepted ? 'accepted' : 'refused']++;
    this.#counts.set(what, counts);
  }

  lines(): string[] {
    const sorted = [...this.#counts].toSorted(([a], [b]) => a.localeCompare(b));
    return sorted.map(
      ([what, { accepted, refused }]) =>
        `${what.padEnd(28)} ${String(accepted).padStart(6)} accepted ${String(refused).padStart(6)} refused`,
    );
  }
}

/** A connection that is kept for as long as it is good for another request. */
class Sender {
  readonly #sidecar: TestSidecar;
  readonly #scope: { after(undo: () => unknown): void };
  #client: RawClient | undefined;
  connections = 0;

  constructor(sidecar: TestSidecar, scope: { after(undo: () => unknown): void }) {
    this.#sidecar = sidecar;
    this.#scope = scope;
  }

  /** @returns all that came back, and whether there is more than one reply in it */
  async send({ bytes, oddFrame }: MutatedRequest): Promise<RawReply[]> {
    if (this.#client === undefined || this.#client.closed || oddFrame) {
      this.#client?.socket.destroy();
      this.#client = await RawClient.connect(this.#scope, this.#sidecar.port);
      this.connections++;
    }
    const client = this.#client;
    await client.send(bytes);
    const replies: RawReply[] = [];
    if (oddFrame) {
      client.socket.end();
      await client.untilClosed();
      // It may have been hung up on before its call is made.
      while ((await this.#sidecar.metrics()).sum('tollgate_exchanges_running') > 0) await sleep(1);
      for (let rest = client.received; ; ) {
        const found = parseReply(rest, true);
        if (found === undefined) {
          assert.equal(rest.length, 0, `half a reply: ${rest}`);
          return replies;
        }
        // Interim ones answer nothing.
        if (found.reply.status >= 200) replies.push(found.reply);
        rest = found.rest;
      }
    }
    do replies.push(await client.reply());
    while (Number(replies.at(-1)?.status) < 200);
    assert.equal(client.received.length, 0, 'there is something behind the reply');
    if (replies.at(-1)?.header('connection') === 'close') await client.untilClosed();
    return replies.slice(-1);
  }
}

describe('a request that was changed by chance', { timeout: 600_000 }, () => {
  it(`reaches the provider as it was judged, or not at all: ${CASES} of them`, async (t) => {
    t.diagnostic(`FUZZ_SEED=${SEED}`);
    const upstream = await RawUpstream.start(t, ({ line, body }) => {
      if (line.includes('count_tokens')) return jsonReply({ input_tokens: 1 });
      const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
      return stream ? sseReply(STREAM) : jsonReply(MESSAGE);
    });
    const models = {
      allow: ['claude-haiku-*', 'claude-sonnet-*'],
      aliases: [{ name: 'quick', model: 'claude-haiku-4-5' }],
      maxOutputTokens: CEILING,
    };
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, profile({ models, unknownFields: 'refuse' })],
      logLevel: 'error',
    });
    const rules = {
      aliases: { quick: 'claude-haiku-4-5' },
      models: /^claude-(haiku|sonnet)-/,
      ceiling: CEILING,
      host: upstream.url.slice('http://'.length),
      key: PROVIDER_KEY,
    };
    const sender = new Sender(sidecar, t);
    const counts = new Counts();
    const codes = new Counts();
    let accepted = 0;
    for (let n = 0; n < CASES; n++) {
      const request = mutatedRequest(SEED + n, sidecar.port);
      const told = () =>
        `FUZZ_SEED=${SEED + n} FUZZ_CASES=1 (${request.how}): ${JSON.stringify(request.bytes.toString('latin1'))}`;
      upstream.requests.length = 0;
      const before = upstream.bytesReceived;
      const replies = await sender.send(request).catch((error: unknown) => assert.fail(`${error} ${told()}`));
      const [got, ...more] = upstream.requests;
      const bytes = upstream.bytesReceived - before;
      for (const what of request.how.length === 0 ? ['nothing'] : request.how)
        counts.add(what, got !== undefined);
      if (got === undefined) {
        assert.equal(bytes, 0, `something reached the provider: ${told()}`);
        codes.add(
          refusalIn(replies, request) ??
            assert.fail(`neither sent nor refused: ${told()} ${replies[0]?.body}`),
          false,
        );
        continue;
      }
      accepted++;
      codes.add('allowed', true);
      assert.deepEqual([more.length, bytes], [0, got.bytes.length], `more than one request: ${told()}`);
      assert.deepEqual(judgeForwarded(request, got, rules), [], told());
      // Who sends more than a request may not be there any more.
      if (request.oddFrame && replies.length === 0) continue;
      assert.deepEqual(replyFaults(replies, got.body, got.line.includes('count_tokens')), [], told());
    }
    const share = accepted / CASES;
    t.diagnostic(
      `${accepted} of ${CASES} accepted (${(100 * share).toFixed(1)} %), on ${sender.connections} connections`,
    );
    for (const line of [...counts.lines(), '', ...codes.lines()]) t.diagnostic(line);
    if (CASES >= 1000) assert.ok(share > 0.05 && share < 0.95, `${share} accepted proves little`);
    const { closed } = await sidecar.assertWell();
    // What was released was never sent: its sender hung up before.
    const made = closed.filter(({ code, outcome }) => code === null && outcome !== 'released');
    assert.equal(made.length, accepted + 1, 'each has its entry');
  });
});

function refusalIn([reply]: readonly RawReply[], { oddFrame }: MutatedRequest): string | undefined {
  // What follows on a request and is none ends the connection, in the middle of whatever is being said there.
  if (reply === undefined) return oddFrame ? 'hung up' : undefined;
  const text = reply.body.toString();
  // Node's own, where there is no request yet that could have been judged.
  if (text === '' && reply.status === 400) return 'no body';
  const [, code] = /\(([a-z_]+), [0-9a-f]+\)/.exec(text) ?? [];
  return reply.header('x-tollgate-verdict') === 'allow' ? undefined : code;
}

/** The reply is the provider's, and what was reserved covers every byte that the provider got. */
function replyFaults([reply]: readonly RawReply[], body: Buffer, counted: boolean): string[] {
  const {
    model,
    max_tokens: cap,
    stream,
  } = JSON.parse(body.toString()) as {
    model: string;
    max_tokens: number;
    stream?: boolean;
  };
  if (counted) return [];
  const wanted = stream ? STREAM : JSON.stringify(MESSAGE);
  const faults =
    reply?.status === 200 && reply.body.toString() === wanted ? [] : [`the reply ${reply?.body}`];
  const [input, output] = PRICES[model] ?? [800, 4000];
  const least = (body.length * input + cap * output) / 1e9;
  const reserved = Number(reply?.header('x-tollgate-reserved-usd'));
  return reserved >= least ? faults : [...faults, `${reserved} is reserved for ${least}`];
}
