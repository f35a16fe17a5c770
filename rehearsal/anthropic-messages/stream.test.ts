import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import test, { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startRehearsal } from '../server.ts';
import { cutText } from '../stream-event.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

async function post(content: string, url = rehearsal.url): Promise<[IncomingMessage, ClientRequest]> {
  const req = request(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
  });
  req.on('error', () => undefined);
  req.end(
    JSON.stringify({
      model: 'claude-opus-5-5',
      max_tokens: 100_000,
      stream: true,
      messages: [{ role: 'user', content }],
    }),
  );
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  res.on('error', () => undefined);
  return [res, req];
}

async function chunksOf(content: string): Promise<Buffer[]> {
  const [res] = await post(content);
  const chunks: Buffer[] = [];
  for await (const chunk of res) chunks.push(chunk);
  return chunks;
}

const textOf = (sse: string): string =>
  [...sse.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data).delta?.text ?? '').join('');

test('a stream keeps to the grammar of events', async () => {
  const sse = Buffer.concat(await chunksOf('/think a\n/tool T {"a":1}')).toString();
  assert.match(sse, /^(event: [a-z_]+\ndata: \{.*\}\n\n)+$/);
  const names = [...sse.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  const grammar =
    /^message_start (content_block_start (ping )?(content_block_delta )+content_block_stop )+message_delta message_stop$/;
  assert.match(names.join(' '), grammar);
  assert.equal(names.filter((name) => name === 'ping').length, 1);
  for (const [, name, data = ''] of sse.matchAll(/^event: (.*)\ndata: (.*)$/gm)) {
    assert.equal(JSON.parse(data).type, name);
  }
  const start = JSON.parse(/^data: (.*)$/m.exec(sse)?.[1] ?? '').message;
  assert.deepEqual([start.content, start.stop_reason, start.usage.output_tokens], [[], null, 1]);
});

test('text comes a few words at a time, or as /chunk says, and never in the middle of a character', () => {
  const text =
    'Grüße, 😀 and a rather long sentence with several words; and_one_that_has_no_blank_in_it_for_long.';
  for (const bytes of [undefined, 1, 2, 3, 5, 16]) {
    const pieces = [...cutText(text, bytes)];
    assert.equal(pieces.join(''), text);
    for (const piece of pieces)
      assert.ok(Buffer.byteLength(piece) <= Math.max(bytes ?? 40, [...piece].length === 1 ? 4 : 0));
  }
  assert.deepEqual([...cutText('  a\n\n b  ', undefined)].join(''), '  a\n\n b  ');
  assert.deepEqual([...cutText('abcdefg', 3)], ['abc', 'def', 'g']);
});

test('/split writes pieces of exactly that size, whatever they cut through', async () => {
  const chunks = await chunksOf('/split 7\n/say Grüße an alle');
  assert.ok(chunks.length > 50);
  const sizes = chunks.map(({ length }) => length);
  // The kernel may hand over two writes at once, but none begins or ends elsewhere.
  assert.ok(sizes.slice(0, -1).every((size) => size % 7 === 0));
  assert.equal(textOf(Buffer.concat(chunks).toString()), '[rehearsal] Grüße an alle');
});

test('/pace sets the time between chunks', async () => {
  const started = performance.now();
  const chunks = await chunksOf('/pace 20\n/chunk 4\n/say 12345678');
  assert.equal(textOf(Buffer.concat(chunks).toString()), '[rehearsal] 12345678');
  assert.ok(performance.now() - started >= 5 * 19);
});

test('a client that leaves pays for what was made until it was missed', async () => {
  const [res, req] = await post('/pace 5\n/tokens 20000');
  for (let seen = ''; !seen.includes('text_delta'); ) seen += String(await once(res, 'data'));
  req.destroy();
  while (rehearsal.bill().at(-1)?.ended !== 'client_gone') await setTimeout(5);
  const { outputTokens = 0, inputTokens = 0, nanoUsd } = rehearsal.bill().at(-1) ?? {};
  assert.ok(outputTokens >= 1 && outputTokens < 5000, String(outputTokens));
  assert.equal(nanoUsd, inputTokens * 4000 + outputTokens * 20_000);
});

test('a client that does not read holds the provider up, not its memory', async () => {
  const [res, req] = await post('/bill output=7\n/ignore-cap 2000000');
  await setTimeout(200);
  assert.equal(rehearsal.bill().at(-1)?.outputTokens === 7, false);
  req.destroy();
  res.resume();
  while (rehearsal.bill().at(-1)?.outputTokens !== 7) await setTimeout(5);
  assert.equal(rehearsal.bill().at(-1)?.ended, 'client_gone');
});

test('closing cuts what runs, and bills it', async () => {
  const other = await startRehearsal();
  const [res] = await post('/tokens 5000', other.url);
  await once(res, 'data');
  await other.close();
  assert.equal(other.bill()[0]?.ended, 'client_gone');
});
