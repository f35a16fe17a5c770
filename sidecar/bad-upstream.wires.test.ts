/** What bad-upstream.test.ts shows of Anthropic's Messages, for OpenAI's wires: each fault of a provider, streamed and not. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Closed } from '../core/audit/entry.ts';
import { fileScope } from '../test/support/output.ts';
import { PLENTY, profile } from '../test/support/policies.ts';
import { assertConsistent } from '../test/support/records.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import {
  FORMS,
  type Form,
  formName,
  PATHS,
  providers,
  requestOf,
  type WireName,
} from '../test/support/wires.ts';

/** What a fault of the provider becomes: for the agent, for the ledger, in the records. */
interface Outcome {
  readonly status: number;
  readonly says: RegExp;
  readonly outcome: Closed['outcome'];
  readonly code?: string;
  readonly faults?: readonly string[];
}

const refused = (status: number, says: RegExp): Outcome => ({
  ...{ status, says, outcome: 'released', faults: [`upstream_${status}`] },
});
const garbage = (says: RegExp): Outcome => ({
  ...{ status: 502, says, outcome: 'charged', code: 'upstream_garbage' },
});
const cut = (code: string, says: RegExp): Outcome => ({
  ...{ status: 200, says, outcome: 'charged', code, faults: ['usage_missing'] },
});
const good: Outcome = { status: 200, says: /"usage"|\[DONE\]/, outcome: 'settled' };
const noUsage: Outcome = { status: 200, says: /./, outcome: 'charged', faults: ['usage_missing'] };
const overloaded = refused(503, /^\{"error":\{.*"code":"server_is_overloaded"/);

const BOTH: Record<string, Outcome> = {
  http400: refused(400, /^\{"error":\{"message":"\[rehearsal\] this request is refused/),
  http401: refused(401, /"code":"invalid_api_key"/),
  http403: refused(403, /"type":"insufficient_permissions"/),
  http404: refused(404, /"code":"model_not_found"/),
  http429: refused(429, /"code":"rate_limit_exceeded"/),
  http500: refused(500, /"type":"server_error"/),
  http529: overloaded,
  html502: {
    ...refused(
      502,
      /^\{"error":\{"message":"\[tollgate\] The provider openai answered with the status 502, and/,
    ),
    code: 'upstream_error_withheld',
  },
  redirect302: {
    ...{ status: 502, says: /a redirect \(302\)/, outcome: 'released', code: 'upstream_garbage' },
  },
  hang: {
    ...{ status: 502, says: /did not answer: Headers Timeout/, outcome: 'charged' },
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
  'error-event': overloaded,
  garbage: garbage(/not valid (UTF-8|JSON)/),
  'usage-late': noUsage,
  'usage-twice': garbage(/stands in one object twice/),
  'dup-keys': garbage(/stands in one object twice/),
  'huge-event': good,
};
const STREAMED: Record<string, Outcome> = {
  ...BOTH,
  cut: cut('reply_cut', /broke off in the middle/),
  'end-early': cut('reply_cut', /broke off in the middle/),
  'error-event': cut('reply_cut', /server_is_overloaded.*broke off in the middle/s),
  garbage: cut('reply_cut', /broke off in the middle/),
  'usage-late': good,
  'usage-twice': good,
  'dup-keys': cut('reply_garbage', /rest of the reply was withheld.*twice/),
  'huge-event': cut('reply_garbage', /too large to be judged/),
};
/** Where a wire is another way. */
const OWN: Partial<Record<WireName, (stream: boolean) => Record<string, Outcome>>> = {
  'openai-chat': (stream) => ({ failed: stream ? (STREAMED.cut as Outcome) : overloaded }),
  'openai-responses': (stream) => ({
    // It says of itself that it failed, and not what it cost.
    failed: { ...noUsage, says: /"status":"failed"/ },
    // It ends with the event that has its usage; a second one is too late.
    ...(stream ? { 'usage-late': noUsage } : {}),
  }),
  'openai-embeddings': () => ({ failed: overloaded }),
};

async function check(sidecar: TestSidecar, fault: string, form: Form, wanted: Outcome): Promise<void> {
  const bills = sidecar.rehearsal.bill().length;
  const entries = sidecar.records().closed.length;
  const body = JSON.stringify(requestOf(form, `/fault ${fault}`));
  const response = await sidecar.send(body, { path: PATHS[form.wire] });
  const text = await response.text();
  assert.equal(response.status, wanted.status, text);
  assert.match(text, wanted.says);
  const { outcome, code, faults, amounts, status } = await sidecar.closed(entries + 1);
  assert.deepEqual(
    { status, outcome, code, faults },
    {
      ...{ status: wanted.status, outcome: wanted.outcome },
      ...{ code: wanted.code ?? null, faults: wanted.faults ?? [] },
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

const scope = fileScope();

// Side by side, because all wait for a provider that hangs.
describe('a provider of an OpenAI wire', { concurrency: true }, () => {
  for (const form of FORMS.filter(({ wire }) => wire !== 'anthropic-messages')) {
    describe(`that answers on ${formName(form)}`, { concurrency: false }, () => {
      let sidecar: TestSidecar;
      before(async () => {
        const policies = [PLENTY, profile({})];
        sidecar = await startTestSidecar(scope, {
          ...{ providers, policies, times: { replyHead: 1500, replySilence: 1500 } },
        });
      });

      const outcomes = { ...(form.stream ? STREAMED : PLAIN), ...OWN[form.wire]?.(form.stream) };
      for (const [fault, outcome] of Object.entries(outcomes)) {
        it(`with the fault ${fault}: ${outcome.status}, and the call is ${outcome.outcome}`, () =>
          check(sidecar, fault, form, outcome));
      }

      it('is well afterwards: a good call succeeds, and the records are consistent', async () => {
        const response = await sidecar.send(JSON.stringify(requestOf(form, '/say still here')), {
          path: PATHS[form.wire],
        });
        assert.equal(response.status, 200, await response.text());
        await sidecar.stop();
        assertConsistent(sidecar.state);
      });
    });
  }
});
