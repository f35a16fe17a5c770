import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_USAGE } from '../../money/price.ts';
import { cpuMs } from '../../testing-cpu.ts';
import { ReplyFault } from '../wire.ts';
import { guardOther, guardReply } from './reply.ts';
import { openaiEmbeddings } from './wire.ts';

const usage = { prompt_tokens: 7, total_tokens: 7 };
const floats = { object: 'embedding', index: 0, embedding: [0.25, -1e-7, 3] };
const base64 = { object: 'embedding', index: 1, embedding: 'AAAAPgAAgD8=' };
const good = { object: 'list', data: [floats, base64], model: 'm', usage };
const bytesOf = (reply: unknown): Buffer =>
  Buffer.from(typeof reply === 'string' ? reply : JSON.stringify(reply, null, 1));
const faultOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ReplyFault);
    return error.message;
  }
  return 'none';
};
const inputOf = (said: unknown): unknown => {
  const { usage, soFar, faults } = guardReply(bytesOf({ ...good, usage: said }));
  return usage === undefined ? [soFar.inputTokens, ...faults] : usage.inputTokens;
};

describe('embeddings', () => {
  it('come back as the very bytes, with numbers or base64, and what else a host adds', () => {
    for (const reply of [
      good,
      { ...good, id: 'x', object: undefined, data: [{ ...floats, flagged: true, tokens: [1, 2] }] },
      { data: [], usage },
    ]) {
      const bytes = bytesOf(reply);
      const guarded = guardReply(bytes);
      assert.equal(guarded.bytes, bytes);
      assert.deepEqual(guarded.usage, { ...NO_USAGE, inputTokens: 7 });
      assert.deepEqual(guarded.faults, []);
    }
  });

  it('are as many as a provider makes at once', () => {
    const vector = `[${Array.from({ length: 1536 }, (_, n) => `-0.0${n}1234`).join(',')}]`;
    const items = Array.from({ length: 512 }, (_, n) => `{"index":${n},"embedding":${vector}}`);
    const bytes = bytesOf(`{"data":[${items.join(',')}],"usage":${JSON.stringify(usage)}}`);
    assert.ok(bytes.length > 7e6);
    const ms = cpuMs(() => assert.equal(guardReply(bytes).usage?.inputTokens, 7));
    assert.ok(ms < 20_000, `${ms} ms`);
  });

  it('are nothing else', () => {
    for (const reply of [
      '7',
      '[]',
      'null',
      {},
      { data: {} },
      { data: [7] },
      { data: [{}] },
      ...['', 'no base64!', 'AAAA====', [], ['1'], [1, null], [[1]], 1, null, {}].map((embedding) => ({
        data: [{ embedding }],
      })),
      { error: { message: 'x' } },
    ]) {
      assert.equal(
        faultOf(() => guardReply(bytesOf(reply))),
        'it is not a list of embeddings',
        JSON.stringify(reply),
      );
    }
    assert.match(
      faultOf(() => guardReply(bytesOf('{"data":[{"embedding":[1,,2]}]}'))),
      /not valid JSON/,
    );
    assert.match(
      faultOf(() => guardReply(bytesOf('{"data":['))),
      /not valid JSON/,
    );
    assert.match(
      faultOf(() => guardReply(bytesOf('{"data":[],"Data":[]}'))),
      /stands in one object twice/,
    );
    assert.match(
      faultOf(() => guardReply(Buffer.from([0x7b, 0xff, 0x7d]))),
      /not valid UTF-8/,
    );
  });

  it('have no call in them, anywhere', () => {
    const call = { type: 'function', function: { name: 'Bash', arguments: '{}' } };
    for (const hidden of [
      { ...good, choices: [{ message: { tool_calls: [call] } }] },
      { ...good, output: [{ type: 'function_call', name: 'Bash' }] },
      { ...good, data: [{ ...floats, x: { function_call: { name: 'Bash' } } }] },
      { ...good, data: [{ ...floats, TYPE: 'tool_use' }] },
    ]) {
      assert.match(
        faultOf(() => guardReply(bytesOf(hidden))),
        /^a tool call stands/,
        JSON.stringify(hidden),
      );
    }
  });
});

describe('the usage of embeddings', () => {
  it('is all the tokens that the provider counted', () => {
    assert.equal(inputOf({ prompt_tokens: 5 }), 5);
    assert.equal(inputOf({ total_tokens: 5 }), 5);
    assert.equal(inputOf({ prompt_tokens: 5, total_tokens: 6, completion_tokens: 1 }), 6);
    assert.equal(inputOf({ prompt_tokens: 5, total_tokens: null }), 5);
  });

  it('is missing where nothing was counted', () => {
    for (const said of [undefined, null, {}, 7, { prompt_tokens: 0, total_tokens: 0 }, { input_tokens: 5 }]) {
      assert.deepEqual(inputOf(said), [0, 'usage_missing'], JSON.stringify(said));
    }
  });

  it('is not believed where it is impossible, but for what is possible', () => {
    for (const wrong of [-1, 1.5, 1e12, '5', true, {}]) {
      assert.deepEqual(inputOf({ prompt_tokens: wrong }), [0, 'usage_impossible'], JSON.stringify(wrong));
      assert.deepEqual(inputOf({ prompt_tokens: 5, total_tokens: wrong }), [5, 'usage_impossible']);
    }
  });
});

describe('models', () => {
  it('pass as an object or a list, whatever hosts say of them', () => {
    const model = { id: 'm', object: 'model', type: 'chat', capabilities: { function_calling: true } };
    for (const reply of [{ object: 'list', data: [model] }, model, [model]]) {
      assert.deepEqual(guardOther(bytesOf(reply)), reply);
    }
  });

  it('are nothing else, and hold no call', () => {
    for (const reply of ['7', 'null', '"x"']) {
      assert.equal(
        faultOf(() => guardOther(bytesOf(reply))),
        'it names no models',
        reply,
      );
    }
    assert.match(
      faultOf(() => guardOther(bytesOf('<html>'))),
      /not valid JSON/,
    );
    const call = { data: [{ id: 'm', tool_calls: [{ id: 'x' }] }] };
    assert.match(
      faultOf(() => guardOther(bytesOf(call))),
      /^a tool call stands/,
    );
  });
});

describe('an error', () => {
  it('passes only if it is one', () => {
    const error = { error: { message: 'no', type: 'invalid_request_error', param: null, code: null } };
    assert.deepEqual(openaiEmbeddings.guardError(bytesOf(error)), error);
    assert.match(
      faultOf(() => openaiEmbeddings.guardError(bytesOf(good))),
      /no error of its wire/,
    );
  });
});
