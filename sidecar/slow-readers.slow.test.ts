import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { chunk, LAST_CHUNK, RawUpstream, SSE_HEAD, sseEnd, sseStart } from '../test/support/raw-upstream.ts';
import { question, startTestSidecar, type TestOptions, type TestSidecar } from '../test/support/sidecar.ts';

const request = ({ port }: TestSidecar, text: string, more: object = {}) => {
  const body = JSON.stringify(question(text, more));
  const head = `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-api-key: ${DUMMY_KEY}\r\n`;
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

async function asking(
  t: TestContext,
  sidecar: TestSidecar,
  text: string,
  more: object = {},
): Promise<RawClient> {
  const client = await RawClient.connect(t, sidecar.port);
  await client.send(request(sidecar, text, more));
  return client;
}

describe('an agent that reads slowly', () => {
  const PIECE = 16 * 1024;
  const PIECES = 3200;

  const drained = (socket: Socket) =>
    new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });

  /** A provider that sends 50 MB as fast as it can. */
  async function flooding(t: TestContext, options: TestOptions = {}) {
    const text = 'a'.repeat(PIECE);
    const start = `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n`;
    const delta = chunk(
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`,
    );
    const stop = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n';
    const state = { taken: 0 };
    const upstream = await RawUpstream.start(t, async (_request, socket) => {
      socket.write(SSE_HEAD);
      socket.write(chunk(sseStart() + start));
      for (state.taken = 0; state.taken < PIECES && !socket.destroyed; state.taken++) {
        if (!socket.write(delta)) await drained(socket);
      }
      socket.write(chunk(stop + sseEnd()));
      socket.write(LAST_CHUNK);
    });
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, ...options });
    return { sidecar, state, upstream };
  }

  it('slows the provider down: what waits in between is bounded, and nothing of it is lost', async (t) => {
    const warnings: string[] = [];
    const warn = ({ message }: Error) => warnings.push(message);
    process.on('warning', warn);
    t.after(() => process.off('warning', warn));
    const { sidecar, state } = await flooding(t);
    const client = await asking(t, sidecar, 'hi', { stream: true });
    await client.untilText('message_start');
    client.socket.pause();
    for (let before = -1; state.taken > before; await sleep(200)) {
      before = state.taken;
      // What the kernel buffers for two connections is a few MB.
      assert.ok(before * PIECE < 20 * 1024 * 1024, `${before} pieces were taken`);
    }
    assert.ok(state.taken < PIECES, 'the provider was not slowed down');
    let tail = client.received.toString('latin1');
    let pieces = tail.split('"text_delta"').length - 1;
    tail = tail.slice(-'"text_delta'.length);
    client.socket.removeAllListeners('data').on('data', (bytes: Buffer) => {
      const text = tail + bytes.toString('latin1');
      pieces += text.split('"text_delta"').length - 1;
      tail = text.slice(-'"text_delta'.length);
    });
    client.socket.resume();
    await sidecar.closed(1);
    while (!tail.endsWith('0\r\n\r\n')) await sleep(5);
    assert.equal(pieces, PIECES);
    assert.deepEqual(warnings, []);
    assert.deepEqual((await sidecar.closed(1)).faults, []);
  });

  it('and takes nothing at all for too long has gone', async (t) => {
    const { sidecar } = await flooding(t, { times: { stalledReader: 250 } });
    const client = await asking(t, sidecar, 'hi', { stream: true });
    await client.untilText('message_start');
    client.socket.pause();
    const { outcome, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, faults], ['settled', ['client_gone']]);
  });

  it('and hangs up while the provider is held back lets it go on', async (t) => {
    for (const how of ['reset', 'end'] as const) {
      const { sidecar, state } = await flooding(t);
      const client = await asking(t, sidecar, 'hi', { stream: true });
      await client.untilText('message_start');
      client.socket.pause();
      await sleep(100);
      if (how === 'reset') client.reset();
      else {
        // Half-closed, and still not reading: what is written now is lost without a word.
        client.socket.end();
        await sleep(100);
        client.socket.destroy();
      }
      const { outcome, faults } = await sidecar.closed(1);
      assert.deepEqual([how, outcome, faults], [how, 'settled', ['client_gone']]);
      assert.equal(state.taken, PIECES);
    }
  });
});
