import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplyFault } from '../wire.ts';
import { openaiEmbeddings } from './wire.ts';

const { words } = openaiEmbeddings;
const errorOf = (text: Buffer): unknown => JSON.parse(text.toString()).error;
const eventsOf = (text: Buffer): unknown[] =>
  [...text.toString().matchAll(/^data: (.*)\n\n/gm)].map(([, data = '']) => JSON.parse(data).error);

describe('Tollgate itself', () => {
  it('speaks in errors only', () => {
    const error = { message: '[tollgate] no', type: 'permission_error', param: null, code: 'refused' };
    assert.deepEqual(errorOf(words.errorBody(403, '[tollgate] no', 'r1', 'refused')), error);
    assert.deepEqual(errorOf(words.messageBody('[tollgate] no', 'm', 'r1')), error);
    const streamed = { ...error, type: 'server_error' };
    assert.deepEqual(eventsOf(words.messageStream('[tollgate] no', 'm', 'r1')), [streamed]);
    assert.deepEqual(eventsOf(words.errorEvent('[tollgate] no', 'refused')), [streamed]);
    assert.deepEqual(eventsOf(words.asErrorEvent(words.errorBody(403, '[tollgate] no', 'r1', 'refused'))), [
      error,
    ]);
    assert.equal(words.keepAlive.toString(), ':\n\n');
  });
});

describe('a stream of embeddings', () => {
  const options = {} as Parameters<typeof openaiEmbeddings.guardStream>[0];

  it('does not pass, from its first byte on', () => {
    const guard = openaiEmbeddings.guardStream(options);
    assert.deepEqual(guard.push(Buffer.alloc(0)), []);
    assert.throws(
      () => guard.push(Buffer.from(' ')),
      (error: unknown) => error instanceof ReplyFault && error.code === 'reply_garbage',
    );
    assert.equal(guard.ended, false);
    assert.deepEqual(guard.facts().faults, ['usage_missing']);
    assert.equal(guard.facts().usage, undefined);
  });

  it('ends with an error', () => {
    const guard = openaiEmbeddings.guardStream(options);
    assert.match(
      guard.finish('[tollgate] cut').toString(),
      /^data: \{"error":\{"message":"\[tollgate\] cut"/,
    );
    const [error] = eventsOf(guard.fail('[tollgate] cut', 'some_code')) as { code: string }[];
    assert.equal(error?.code, 'some_code');
  });
});
