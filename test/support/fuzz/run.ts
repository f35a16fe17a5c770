/**
 * Sends requests that chance changed through a sidecar, to a provider that keeps every byte. Whatever arrives there is
 * judged by an oracle that shares no code with Tollgate; of what is refused not a byte may arrive.
 *
 *   FUZZ_SEED=…  repeats a run; a case's own seed repeats that case alone, with FUZZ_CASES=1
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Closed } from '../../../core/audit/entry.ts';
import { SEED } from '../../../core/json/testing.ts';
import { DUMMY_KEY, PROVIDER_KEY } from '../keys.ts';
import { PLENTY, profile } from '../policies.ts';
import { RawClient } from '../raw-client.ts';
import { parseReply, type RawReply, type RawRequest } from '../raw-http.ts';
import { formAsked, rawReply, readOf, stepsOf } from '../raw-replies.ts';
import { jsonReply, RawUpstream } from '../raw-upstream.ts';
import { assertConsistent } from '../records.ts';
import { startTestSidecar, type TestSidecar } from '../sidecar.ts';
import { providers } from '../wires.ts';
import type { Kit } from './kit.ts';
import { type MutatedRequest, mutatedRequest } from './mutated-requests.ts';
import { type Dialect, judgeForwarded, type Rules } from './oracle.ts';

const CEILING = 3000;

export interface FuzzOptions {
  readonly kit: Kit;
  readonly dialect: Dialect;
  readonly cases: number;
  /** What the policy calls `quick`. */
  readonly quick: string;
  /** As the policy has them, and as a pattern that says the same. */
  readonly allow: readonly string[];
  readonly models: RegExp;
}

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

const COUNTED = { input_tokens: 1 };

/** Sends them all, and looks at each. */
export async function fuzzRequests(t: TestContext, options: FuzzOptions): Promise<void> {
  const { kit, dialect, cases, quick, allow } = options;
  t.diagnostic(`FUZZ_SEED=${SEED}`);
  const upstream = await RawUpstream.start(t, ({ line, body }) =>
    dialect.isBilled(line) ? rawReply(formAsked(line, body)) : jsonReply(COUNTED),
  );
  const models = { allow, aliases: [{ name: 'quick', model: quick }], maxOutputTokens: CEILING };
  const sidecar = await startTestSidecar(t, {
    upstream: upstream.url,
    providers,
    policies: [PLENTY, profile({ models, unknownFields: 'refuse' })],
    logLevel: 'error',
  });
  const rules: Rules = {
    ...{ aliases: { quick }, models: options.models, ceiling: CEILING },
    ...{ host: upstream.url.slice('http://'.length), key: PROVIDER_KEY },
  };
  const sender = new Sender(sidecar, t);
  const counts = new Counts();
  const codes = new Counts();
  let accepted = 0;
  let billed = 0;
  let tight = 0;
  for (let n = 0; n < cases; n++) {
    const request = mutatedRequest(kit, SEED + n, sidecar.port);
    const told = () =>
      `FUZZ_SEED=${SEED + n} FUZZ_CASES=1 (${request.how}): ${JSON.stringify(request.bytes.toString('latin1'))}`;
    upstream.requests.length = 0;
    const before = upstream.bytesReceived;
    const replies = await sender.send(request).catch((error: unknown) => assert.fail(`${error} ${told()}`));
    const [got, ...more] = upstream.requests;
    const bytes = upstream.bytesReceived - before;
    for (const { headers, body } of replies)
      assert.ok(!`${headers}${body}`.includes(PROVIDER_KEY), `the key came back: ${told()}`);
    for (const what of request.how.length === 0 ? ['nothing'] : request.how)
      counts.add(what, got !== undefined);
    if (got === undefined) {
      assert.equal(bytes, 0, `something reached the provider: ${told()}`);
      codes.add(
        refusalIn(replies, request) ?? assert.fail(`neither sent nor refused: ${told()} ${replies[0]?.body}`),
        false,
      );
      continue;
    }
    accepted++;
    codes.add('allowed', true);
    assert.deepEqual([more.length, bytes], [0, got.bytes.length], `more than one request: ${told()}`);
    assert.ok(!got.bytes.includes(DUMMY_KEY), `the agent's key was passed on: ${told()}`);
    const { faults, most } = judgeForwarded(dialect, request, got, rules);
    assert.deepEqual(faults, [], told());
    if (dialect.isBilled(got.line)) billed++;
    if (most > 0 && replies.some((reply) => reservedFor(reply) === most)) tight++;
    // Who sends more than a request may not be there any more.
    if (request.oddFrame && replies.length === 0) continue;
    assert.deepEqual(replyFaults(replies, got, most), [], told());
  }
  const share = accepted / cases;
  t.diagnostic(
    `${accepted} of ${cases} accepted (${(100 * share).toFixed(1)} %), on ${sender.connections} connections`,
  );
  t.diagnostic(`${billed} had to be paid for; for ${tight} just the most was reserved that they can cost`);
  for (const line of [...counts.lines(), '', ...codes.lines()]) t.diagnostic(line);
  const good = await sidecar.send(kit.bodies[0], { path: kit.path });
  assert.equal(good.status, 200, await good.text());
  await sidecar.stop();
  const { closed } = assertConsistent(sidecar.state);
  // What was released was never sent: its sender hung up before. What was cut was.
  const isMade = ({ code, outcome }: Closed) =>
    outcome !== 'released' && (code === null || code === 'reply_over_cap');
  const made = closed.filter(isMade);
  assert.equal(made.length, accepted + 1, 'each has its entry');
  if (cases < 1000) return;
  assert.ok(share > 0.2 && share < 0.6, `${share} accepted proves little`);
  assert.ok(billed > 0.15 * cases, 'hardly one had to be paid for');
}

function refusalIn([reply]: readonly RawReply[], { oddFrame }: MutatedRequest): string | undefined {
  // What follows on a request and is none ends the connection, in the middle of whatever is being said there.
  if (reply === undefined) return oddFrame ? 'hung up' : undefined;
  const text = reply.body.toString();
  // Node's own, where there is no request yet that could have been judged.
  if (text === '' && reply.status === 400) return 'no body';
  const [, code] = /\(([a-z_]+), [0-9a-f]+\)/.exec(text) ?? [];
  return reply.header('x-tollgate-verdict') === 'allow' ? undefined : code;
}

/** nano-USD */
function reservedFor(reply: RawReply | undefined): number {
  return Math.round(Number(reply?.header('x-tollgate-reserved-usd')) * 1e9);
}

/** The reply is the provider's, and what was reserved covers what the provider may bill, to the nano-dollar. */
function replyFaults([reply]: readonly RawReply[], got: RawRequest, most: number): string[] {
  const form = formAsked(got.line, got.body);
  const said = reply?.body.toString() ?? '';
  if (most === 0) return said === JSON.stringify(COUNTED) ? [] : [`the reply ${said}`];
  // Who asked for the usage of a stream gets it; and of a stream that may have no output, not a word was paid for.
  const wanted = [readOf(form), stepsOf(form).join('')];
  const nothing = form.stream && /"max_\w*tokens"\s*:\s*0\b/.test(got.body.toString());
  const fits = wanted.includes(said) || (nothing && said.includes('reply_over_cap'));
  const faults = reply?.status === 200 && fits ? [] : [`the reply ${said}`];
  const reserved = reservedFor(reply);
  return reserved >= most ? faults : [...faults, `${reserved} is reserved for ${most}`];
}
