/** Requests of each wire, changed by chance: what arrives was judged, bounded and paid for, and nothing else arrives. */
import { describe, it } from 'node:test';
import { ANTHROPIC_KIT } from '../test/support/fuzz/kit-anthropic.ts';
import { ANTHROPIC } from '../test/support/fuzz/oracle-anthropic.ts';
import { fuzzRequests } from '../test/support/fuzz/run.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 20_000);

describe('a request of Anthropic’s Messages that was changed by chance', { timeout: 3_000_000 }, () => {
  it(`reaches the provider as it was judged, or not at all: ${CASES} of them`, (t) =>
    fuzzRequests(t, {
      ...{ kit: ANTHROPIC_KIT, dialect: ANTHROPIC, cases: CASES, quick: 'claude-haiku-4-5' },
      ...{ allow: ['claude-haiku-*', 'claude-sonnet-*'], models: /^claude-(haiku|sonnet)-/ },
    }));
});
