/** Requests of OpenAI's wires, changed by chance: what arrives was judged, bounded and paid for, and nothing else arrives. */
import { describe, it } from 'node:test';
import { CHAT_KIT } from '../test/support/fuzz/kit-chat.ts';
import { EMBEDDINGS_KIT } from '../test/support/fuzz/kit-embeddings.ts';
import { RESPONSES_KIT } from '../test/support/fuzz/kit-responses.ts';
import { CHAT } from '../test/support/fuzz/oracle-chat.ts';
import { EMBEDDINGS } from '../test/support/fuzz/oracle-embeddings.ts';
import { RESPONSES } from '../test/support/fuzz/oracle-responses.ts';
import { fuzzRequests } from '../test/support/fuzz/run.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 7000);
const WORDS = {
  // Its images count as five of others: what matters is who is asked, not how that is called.
  quick: 'gpt-4o-mini',
  allow: ['gpt-5.4-mini*', 'gpt-5.6-sol', 'gpt-4o-mini'],
  models: /^(gpt-5\.4-mini.*|gpt-5\.6-sol|gpt-4o-mini)$/,
};
const VECTORS = {
  quick: 'text-embedding-3-small',
  allow: ['text-embedding-3-*', 'text-embedding-ada-002'],
  models: /^text-embedding-(3-.*|ada-002)$/,
};

describe('a request of an OpenAI wire that was changed by chance', { timeout: 3_000_000 }, () => {
  for (const [name, options] of Object.entries({
    'a chat completion': { kit: CHAT_KIT, dialect: CHAT, ...WORDS },
    'a response': { kit: RESPONSES_KIT, dialect: RESPONSES, ...WORDS },
    embeddings: { kit: EMBEDDINGS_KIT, dialect: EMBEDDINGS, ...VECTORS },
  })) {
    it(`reaches the provider as it was judged, or not at all: ${CASES} for ${name}`, (t) =>
      fuzzRequests(t, { ...options, cases: CASES }));
  }
});
