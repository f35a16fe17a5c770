import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { PLENTY, profile } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import type { RawReply } from '../test/support/raw-http.ts';
import {
  chunk,
  head,
  jsonReply,
  LAST_CHUNK,
  MESSAGE,
  RawUpstream,
  type Script,
  SSE_HEAD,
  sseReply,
} from '../test/support/raw-upstream.ts';
import { question, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope);
  const policies = [PLENTY, profile({ tools: { allow: [{ name: 'Read' }] } })];
  sidecar = await startTestSidecar(scope, { upstream: upstream.url, policies });
});

/** @returns the reply as it stood on the agent's socket */
async function replyTo(script: Script, more: object = {}): Promise<RawReply> {
  upstream.script = script;
  const client = await RawClient.connect(scope, sidecar.port);
  const body = Buffer.from(JSON.stringify(question('hi', more)));
  await client.send(
    `POST /v1/messages HTTP/1.1\r\nhost: localhost:${sidecar.port}\r\nauthorization: bearer ${DUMMY_KEY}\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  await client.send(body);
  const reply = await client.reply();
  client.socket.destroy();
  return reply;
}

const JSON_BODY = Buffer.from(
  `\r\n { "id":"msg_\\u0031", "content" : [\t{"type":"text","text":"grüße \\ud83d\\ude00 \u2028 \\/"} , {"type":"tool_use","id":"t","name":"Read","input":{ "b":1.0, "a":[ ] }}],\n"type":"message","usage":{"output_tokens":5,"input_tokens":1e1},"extra":-0, "stop_reason":"tool_use"}\n`,
);

/** Every form of white space that the standard of server-sent events has, in one reply. */
const SSE_BODY = [
  ': a comment before anything\n\n',
  'event: ping\ndata: {"type": "ping"}\n\n',
  `event: message_start\r\ndata: {"type":"message_start" , "message":${JSON.stringify({ ...MESSAGE, content: [], usage: { input_tokens: 10, output_tokens: 1 } })} }\r\n\r\n`,
  'id: 7\nretry: 100\nevent:content_block_start\ndata:{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}       }\n\n',
  'event: ping\rdata: {"type": "ping"}\r\r',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,\ndata: "delta":{"type":"text_delta","text":"grüße \\n 😀"}}\n\n\n\n',
  ':\n: keep-alive\n\n',
  'data: {"type":"content_block_stop","index":0     }\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"Read","input":{}}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" {\\"a\\" "}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":": 1}"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}               }\n\n',
  'event: message_stop\ndata: {"type":"message_stop"  }\n\n',
].join('');

/** A provider that answers this in pieces, each a packet and a chunk of its own. */
function inPieces(pieces: readonly Buffer[]): Script {
  return async (_request, socket) => {
    socket.setNoDelay();
    socket.write(SSE_HEAD);
    for (const piece of pieces) {
      socket.write(chunk(piece));
      await turn();
    }
    socket.write(LAST_CHUNK);
  };
}

describe('a reply that no stage changes', () => {
  it('comes back byte for byte when it is not streamed', async () => {
    const reply = await replyTo(() => jsonReply(JSON_BODY));
    assert.deepEqual(reply.body, JSON_BODY);
    assert.equal(reply.header('content-length'), String(JSON_BODY.length));
  });

  it('comes back byte for byte when the provider sends it in chunks, or without a length', async () => {
    const chunked = `${head(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })}`;
    const pieces = [JSON_BODY.subarray(0, 7), JSON_BODY.subarray(7)].map(chunk);
    const inChunks = Buffer.concat([Buffer.from(chunked), ...pieces, Buffer.from(LAST_CHUNK)]);
    assert.deepEqual((await replyTo(() => inChunks)).body, JSON_BODY);
    const endless = Buffer.concat([
      Buffer.from(head(200, { 'content-type': 'application/json' })),
      JSON_BODY,
    ]);
    const reply = await replyTo((_request, socket) => {
      socket.end(endless);
    });
    assert.deepEqual(reply.body, JSON_BODY);
  });

  it('comes back byte for byte when it is streamed, with every kind of white space', async () => {
    const reply = await replyTo(() => sseReply(SSE_BODY), { stream: true });
    assert.equal(reply.body.toString(), SSE_BODY);
  });

  it('comes back byte for byte however it is cut: at every single byte, and at odd places', async () => {
    const bytes = Buffer.from(SSE_BODY);
    const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    assert.equal((await replyTo(inPieces(single), { stream: true })).body.toString(), SSE_BODY);
    for (const size of [2, 3, 7, 64, 1000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      assert.equal((await replyTo(inPieces(pieces), { stream: true })).body.toString(), SSE_BODY, `${size}`);
    }
  });

  it('is delivered event by event, not at the end', async () => {
    const [first = '', second = ''] = SSE_BODY.split('event: content_block_delta');
    let go: () => void = () => undefined;
    const delivered = new Promise<void>((resolve) => {
      go = resolve;
    });
    upstream.script = async (_request, socket) => {
      socket.write(SSE_HEAD);
      socket.write(chunk(first));
      await delivered;
      socket.write(chunk(`event: content_block_delta${second}`));
      socket.destroy();
    };
    const response = await sidecar.ask('hi', { stream: true });
    const reader = response.body?.getReader();
    let got = '';
    while (!got.includes('content_block_start')) got += Buffer.from((await reader?.read())?.value ?? []);
    assert.equal(got, first);
    go();
    await reader?.cancel();
  });

  it('begins when the provider begins: its head is not held until there is something to say', async () => {
    let go: () => void = () => undefined;
    upstream.script = async (_request, socket) => {
      socket.write(SSE_HEAD);
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      socket.write(chunk(SSE_BODY));
      socket.write(LAST_CHUNK);
    };
    const response = await sidecar.ask('hi', { stream: true }, { signal: AbortSignal.timeout(3000) });
    assert.equal(response.status, 200);
    go();
    assert.equal(await response.text(), SSE_BODY);
  });

  it('of an error comes back with its status, byte for byte', async () => {
    const body = Buffer.from(
      '{"type":"error", "error":{"type":"overloaded_error","message":"Overloaded"}}\n',
    );
    for (const status of [400, 401, 404, 413, 429, 500, 529, 999]) {
      const reply = await replyTo(() =>
        jsonReply(body, status, { 'retry-after': '7', 'x-should-retry': 'true' }),
      );
      assert.deepEqual([reply.status, reply.body], [status, body]);
      assert.equal(reply.header('retry-after'), '7');
      assert.equal(reply.header('x-should-retry'), 'true');
    }
  });
});

describe('the head of a reply', () => {
  const PROVIDERS = {
    'content-type': 'application/json; charset=utf-8',
    'Request-Id': 'req_1',
    'anthropic-ratelimit-requests-remaining': '3',
    'anthropic-organization-id': 'org-of-ours',
    'Set-Cookie': 'a=b',
    Server: 'cloudflare',
    'cf-ray': '1',
    'x-request-id': 'no',
    Location: 'http://127.0.0.1/',
    'x-api-key': 'echo',
    'strict-transport-security': 'max-age=1',
    'x-tollgate-verdict': 'forged',
    'x-tollgate-cost-usd': '0',
    Connection: 'close, request-id',
    'keep-alive': 'timeout=1',
    'proxy-authenticate': 'Basic',
    'www-authenticate': 'Basic',
    'content-disposition': 'x',
    Vary: 'Origin',
    'access-control-allow-origin': '*',
    'alt-svc': 'h3=":443"',
  };

  it('has what the table lets through, what Tollgate says, and nothing else', async () => {
    const reply = await replyTo(() => jsonReply(JSON_BODY, 200, PROVIDERS));
    const names = reply.headers.map(([name]) => name.toLowerCase());
    assert.deepEqual(names.sort(), [
      'anthropic-ratelimit-requests-remaining',
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'request-id',
      'x-tollgate-cost-usd',
      'x-tollgate-request-id',
      'x-tollgate-reserved-usd',
      'x-tollgate-time-ms',
      'x-tollgate-verdict',
    ]);
    assert.equal(reply.header('content-type'), 'application/json; charset=utf-8');
    assert.equal(reply.header('x-tollgate-verdict'), 'allow');
    assert.equal(reply.header('keep-alive'), 'timeout=75');
  });

  it('says what was reserved, what it cost, how long it took, and under which id it is recorded', async () => {
    const reply = await replyTo(() => jsonReply(JSON_BODY));
    const opened = sidecar.records().opened.at(-1);
    assert.equal(reply.header('x-tollgate-request-id'), opened?.exchange);
    assert.equal(Number(reply.header('x-tollgate-reserved-usd')), Number(opened?.reserved.usd) / 1e9);
    // 10 tokens in at $1, 5 out at $5 the million.
    assert.equal(reply.header('x-tollgate-cost-usd'), '0.000035');
    assert.match(reply.header('x-tollgate-time-ms') ?? '', /^\d+\.\d\d$/);
  });

  it('does not say what a stream cost, which nobody knows yet', async () => {
    const reply = await replyTo(() => sseReply(SSE_BODY), { stream: true });
    assert.equal(reply.header('x-tollgate-cost-usd'), undefined);
    assert.ok(Number(reply.header('x-tollgate-reserved-usd')) > 0);
    assert.equal(reply.header('x-tollgate-verdict'), 'allow');
  });
});
