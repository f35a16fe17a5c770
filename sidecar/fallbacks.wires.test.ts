/** Falling back on each wire, streamed and not: each attempt has its own bound and price, and only the last one is charged. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLENTY, profile } from '../test/support/policies.ts';
import { formAsked, rawReply, readOf } from '../test/support/raw-replies.ts';
import { jsonReply, RawUpstream } from '../test/support/raw-upstream.ts';
import { assertConsistent } from '../test/support/records.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';
import { CHEAP, FORMS, formName, PATHS, providers, requestOf, type WireName } from '../test/support/wires.ts';

/** Another model of each wire, and what 10 tokens in and 5 out cost there, nano-USD. */
const NEXT: Readonly<Record<WireName, readonly [model: string, cost: number]>> = {
  'anthropic-messages': ['claude-sonnet-4-5', 10 * 3000 + 5 * 15_000],
  'openai-chat': ['gpt-4o-mini', 10 * 150 + 5 * 600],
  'openai-responses': ['gpt-4o-mini', 10 * 150 + 5 * 600],
  'openai-embeddings': ['text-embedding-3-small', 10 * 20],
};

const IMAGE = 'data:image/png;base64,iVBORw0KGgo=';
/** Fields with an image, whose number of tokens depends on who looks at it. */
const SHOWN: Partial<Record<WireName, object>> = {
  'openai-chat': {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: IMAGE } }] }],
  },
  'openai-responses': {
    input: [{ role: 'user', content: [{ type: 'input_image', image_url: IMAGE }] }],
  },
};

for (const form of FORMS) {
  describe(`a call on ${formName(form)} whose model is busy`, () => {
    it('is made with the next one, at its own bound and price', async (t) => {
      const [first, [second, cost]] = [CHEAP[form.wire], NEXT[form.wire]];
      const asked: string[] = [];
      const upstream = await RawUpstream.start(t, ({ line, body }) => {
        const { model } = JSON.parse(body.toString()) as { model: string };
        asked.push(model);
        const busy = { type: 'error', error: { message: 'busy', type: 'server_error' } };
        return model === first ? jsonReply(busy, 503) : rawReply(formAsked(line, body));
      });
      const fallbacks = [{ model: first, to: [second] }];
      const policies = [PLENTY, profile({ models: { fallbacks } })];
      const sidecar = await startTestSidecar(t, { upstream: upstream.url, providers, policies });
      const body = JSON.stringify(requestOf(form, 'hi', { more: SHOWN[form.wire] ?? {} }));
      const response = await sidecar.send(body, { path: PATHS[form.wire] });
      assert.equal(await response.text(), readOf(form));
      assert.deepEqual(asked, [first, second]);
      await sidecar.closed(2);
      await sidecar.stop();
      const { opened, leases } = assertConsistent(sidecar.state);
      assert.deepEqual(
        leases.map(({ state, charged_usd }) => [state, charged_usd]),
        [
          ['released', 0],
          ['settled', cost],
        ],
      );
      const [before, after] = opened.map(({ reserved }) => reserved.tokens);
      // An image is up to 12,000 tokens for most models, and 48,169 for that one.
      if (SHOWN[form.wire] !== undefined) assert.ok(Number(after) - Number(before) > 36_000);
      else assert.equal(after, before);
    });
  });
}
