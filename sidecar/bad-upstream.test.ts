import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Closed } from '../core/audit/entry.ts';
import { fileScope } from '../test/support/output.ts';
import { RawUpstream, sseEnd, sseReply, sseStart, sseText } from '../test/support/raw-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

/** What a fault of the provider becomes: for the agent, for the ledger, in the records. */
interface Outcome {
  /** What the agent gets: a status, or for streams what their end says. */
  readonly status: number;
  readonly says?: RegExp;
  readonly outcome: Closed['outcome'];
  readonly code?: string;
  readonly faults?: readonly string[];
}

const refused = (status: number): Outcome => ({
  status,
  outcome: 'released',
  faults: [`upstream_${status}`],
});
const garbage = (says: RegExp): Outcome => ({
  status: 502,
  says,
  outcome: 'charged',
  code: 'upstream_garbage',
});
const cut = (code: string, says: RegExp): Outcome => ({
  status: 200,
  says,
  outcome: 'charged',
  code,
  faults: ['usage_missing'],
});
const good: Outcome = { status: 200, outcome: 'settled' };
const noUsage: Outcome = { status: 200, outcome: 'charged', faults: ['usage_missing'] };

const BOTH: Record<string, Outcome> = {
  http400: refused(400),
  http401: refused(401),
  http403: refused(403),
  http404: refused(404),
  http429: refused(429),
  http500: refused(500),
  http529: refused(529),
  html502: {
    ...refused(502),
    says: /"api_error","message":"\[tollgate\] The provider anthropic answered with the status 502, and/,
    code: 'upstream_error_withheld',
  },
  redirect302: { status: 502, says: /a redirect \(302\)/, outcome: 'released', code: 'upstream_garbage' },
  hang: {
    status: 502,
    says: /did not answer: Headers Timeout/,
    outcome: 'charged',
    code: 'upstream_unreachable',
  },
  'slow-head:100': good,
  html200: garbage(/content type text\/html/),
  'bad-json': garbage(/not valid JSON/),
  'wrong-type': garbage(/not valid JSON/),
  'no-usage': noUsage,
};
const PLAIN: Record<string, Outcome> = {
  ...BOTH,
  cut: garbage(/broke off/),
  'end-early': garbage(/not valid JSON/),
  'error-event': refused(529),
  garbage: garbage(/not valid UTF-8/),
  'usage-late': noUsage,
  'usage-twice': garbage(/stands in one object twice/),
  'dup-keys': garbage(/stands in one object twice/),
  'huge-event': good,
};
const STREAMED: Record<string, Outcome> = {
  ...BOTH,
  cut: cut('reply_cut', /broke off in the middle/),
  'end-early': cut('reply_cut', /broke off in the middle/),
  'error-event': cut('reply_cut', /"type":"overloaded_error"/),
  garbage: cut('reply_cut', /event: error/),
  'usage-late': good,
  'usage-twice': good,
  'dup-keys': cut('reply_garbage', /rest of the reply was withheld.*twice/),
  'huge-event': cut('reply_garbage', /too large to be judged/),
};

const scope = fileScope();

async function check(sidecar: TestSidecar, fault: string, stream: boolean, wanted: Outcome): Promise<void> {
  const bills = sidecar.rehearsal.bill().length;
  const entries = sidecar.records().closed.length;
  const response = await sidecar.ask(`/fault ${fault}`, { stream });
  const text = await response.text();
  assert.equal(response.status, wanted.status, text);
  if (wanted.says) assert.match(text, wanted.says);
  const closed = await sidecar.closed(entries + 1);
  const { outcome, code, faults, amounts, status } = closed;
  assert.deepEqual(
    { status, outcome, code, faults },
    {
      status: wanted.status,
      outcome: wanted.outcome,
      code: wanted.code ?? null,
      faults: wanted.faults ?? [],
    },
  );
  // What the provider bills is covered: to the last nano-USD where it said so, never less than that elsewhere.
  const billed = sidecar.rehearsal
    .bill()
    .slice(bills)
    .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
  if (outcome === 'settled') assert.equal(amounts.usd, billed);
  else assert.ok(amounts.usd >= billed, `charged ${amounts.usd}, billed ${billed}`);
  if (outcome === 'charged') assert.deepEqual(amounts, sidecar.records().opened.at(-1)?.reserved);
  if (outcome === 'released') assert.deepEqual(amounts, { usd: 0, tokens: 0, requests: 0 });
}

// Side by side, because both wait for a provider that hangs.
describe('a provider', { concurrency: true }, () => {
  for (const [stream, outcomes] of [
    [false, PLAIN],
    [true, STREAMED],
  ] as const) {
    describe(`that answers a request${stream ? ' for a stream' : ''}`, { concurrency: false }, () => {
      let sidecar: TestSidecar;
      before(async () => {
        sidecar = await startTestSidecar(scope, { times: { replyHead: 400, replySilence: 400 } });
      });

      for (const [fault, outcome] of Object.entries(outcomes)) {
        it(`with the fault ${fault}: ${outcome.status}, and the call is ${outcome.outcome}`, () =>
          check(sidecar, fault, stream, outcome));
      }

      it('is well afterwards: a good call succeeds, and the records are consistent', async () => {
        await sidecar.assertWell();
      });
    });
  }
});

describe('a provider that streams to who did not ask for it', () => {
  it('is not passed on, and the call is charged', async (t) => {
    const upstream = await RawUpstream.start(t, () => sseReply(sseStart() + sseText('x') + sseEnd()));
    const unasked = await startTestSidecar(t, { upstream: upstream.url });
    const response = await unasked.ask('hi');
    assert.equal(response.status, 502);
    assert.match(await response.text(), /a stream that was not asked for/);
    assert.equal((await unasked.closed(1)).outcome, 'charged');
    assert.equal((await unasked.ask('hi', { stream: true })).status, 200);
  });
});
