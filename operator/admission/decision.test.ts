/** What is added to a decision, and to an AgentRunner, request by request; the slow tests ask a real API server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorRequest, recordAuthor } from './authors.ts';
import { decisionRequest, stamp } from './decision.ts';
import { answerMessage, readMessage } from './message.ts';
import type { ReviewAnswer } from './review.ts';
import { ask, reviewOf, startTestWebhook } from './testing-webhook.ts';

const note = (manager: string, time = '2026-11-23T08:00:00Z') => ({ manager, operation: 'Update', time });
const approval = (spec: object, ...managedFields: object[]) => ({ metadata: { managedFields }, spec });
const KIND = { group: 'tollgate.dev', version: 'v1alpha1', kind: 'Approval' };
const BOB = { username: 'bob', uid: 'u-1', groups: ['a', 7, 'b'] };

const decides = (more: object = {}) =>
  reviewOf(
    {},
    {
      ...{ kind: KIND, operation: 'UPDATE', userInfo: BOB },
      oldObject: approval({}, note('control')),
      object: approval({ decision: 'Approve' }, note('control'), note('kubectl', '2026-11-23T08:00:07Z')),
      ...more,
    },
  );

function stamped(body: unknown): ReviewAnswer {
  const message = readMessage(body, decisionRequest);
  assert.ok('request' in message, JSON.stringify(message));
  return stamp(message.request);
}

const patched = ({ patch }: ReviewAnswer): unknown =>
  patch === undefined ? undefined : JSON.parse(Buffer.from(patch, 'base64').toString())[0].value;

describe('a decision', () => {
  it('gets who made it, and the time that the API server noted for this request', () => {
    assert.deepEqual(patched(stamped(decides())), {
      username: 'bob',
      uid: 'u-1',
      groups: ['a', 'b'],
      at: '2026-11-23T08:00:07Z',
    });
    assert.deepEqual(patched(stamped(decides({ userInfo: { username: 'bob' } }))), {
      username: 'bob',
      at: '2026-11-23T08:00:07Z',
    });
  });

  it('is left alone where it is none, or was made before', () => {
    for (const more of [
      { object: approval({}, note('x')) },
      { oldObject: approval({ decision: 'Deny' }) },
      { operation: 'DELETE' },
    ])
      assert.deepEqual(Object.keys(stamped(decides(more))), ['uid', 'allowed'], JSON.stringify(more));
  });

  it('gets nobody where its time is not known, with a warning', () => {
    for (const managedFields of [undefined, [], [note('a'), note('b')], [{ manager: 'a' }], 'x']) {
      const object = { metadata: { managedFields }, spec: { decision: 'Approve' } };
      const { allowed, patch, warnings = [] } = stamped(decides({ object }));
      assert.deepEqual([allowed, patch], [true, undefined], JSON.stringify(managedFields));
      assert.match(warnings.join(), /leave metadata\.managedFields out/);
    }
  });

  it('is refused in a review that can not be read, by the webhook’s own path', async (t) => {
    const { running, registry } = await startTestWebhook(t);
    for (const [more, why] of [
      [{ kind: { ...KIND, kind: 'Provider' } }, /something else than Approvals of v1alpha1/],
      [{ subResource: 'status' }, /the subresource status/],
      [{ object: { metadata: {} } }, /its object is no Approval/],
      [{ oldObject: null }, /does not say what the Approval was before/],
      [{ userInfo: {} }, /does not say who asks/],
    ] as const) {
      const { text } = await ask(running.port, '/approvals', { body: JSON.stringify(decides(more)) });
      const { response } = JSON.parse(text) as { response: ReviewAnswer };
      assert.equal(response.allowed, false);
      assert.match(response.status?.message ?? '', why);
    }
    const { text } = await ask(running.port, '/approvals', { body: JSON.stringify(decides()) });
    assert.deepEqual(JSON.parse(text), answerMessage(stamped(decides())));
    assert.match(await registry.metrics(), /seconds_count\{outcome="recorded"\} 1/);
  });
});

describe('an AgentRunner', () => {
  const runner = (spec: object, annotations?: object) => ({ metadata: { annotations }, spec });
  const changes = (more: object) =>
    reviewOf({}, { kind: { ...KIND, kind: 'AgentRunner' }, operation: 'UPDATE', userInfo: BOB, ...more });
  const recorded = (more: object) => {
    const message = readMessage(changes(more), authorRequest);
    return 'request' in message ? patched(recordAuthor(message.request)) : message.problem;
  };
  const by = (authors: string) => ({ 'tollgate.dev/authors': authors });

  it('gets who makes it or changes it as an author, and keeps what else is written on it', () => {
    const oldObject = runner({ a: 1 }, by('alice'));
    assert.deepEqual(recorded({ operation: 'CREATE', oldObject: null, object: runner({}) }), by('bob'));
    const own = { ...by('x'), b: 'c' };
    assert.deepEqual(recorded({ operation: 'CREATE', object: runner({}, own) }), { ...by('bob'), b: 'c' });
    assert.deepEqual(recorded({ oldObject, object: runner({ a: 2 }, by('alice')) }), by('alice\nbob'));
    assert.deepEqual(recorded({ oldObject: runner({ a: 1 }), object: runner({ a: 2 }) }), by('bob'));
    assert.deepEqual(recorded({ oldObject, object: runner({ a: 1, kill: 'x' }, by('z')) }), by('alice'));
    assert.deepEqual(recorded({ oldObject: runner({ a: 1 }), object: runner({ a: 1 }, by('z')) }), {});
    assert.equal(recorded({ oldObject, object: runner({ a: 1, suspend: true }, by('alice')) }), undefined);
    assert.equal(
      recorded({ oldObject: runner({}, by('b\nbob')), object: runner({ a: 2 }, by('b\nbob')) }),
      undefined,
    );
  });

  it('is refused where it can not be read', () => {
    assert.equal(recorded({ object: runner({}, ['x']) }), 'its object is no AgentRunner');
    assert.equal(recorded({ object: runner({}) }), 'it does not say what the AgentRunner was before');
    assert.match(String(recorded({ kind: KIND, object: runner({}) })), /something else than AgentRunners/);
  });
});
