/** What a client gets that is refused. */
import assert from 'node:assert/strict';
import { REFUSALS, type RefusalCode } from '../../core/govern/refusals.ts';
import type { RawReply } from './raw-http.ts';

interface Seen {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function see(reply: Response | RawReply): Promise<Seen> {
  if (reply instanceof Response) {
    return {
      status: reply.status,
      type: String(reply.headers.get('content-type')),
      body: await reply.text(),
    };
  }
  return {
    status: reply.status,
    type: String(reply.header('content-type')),
    body: reply.body.toString(),
  };
}

/** Checks an error as official SDKs read it: the status and type of its code, and a text for people that says what to do. */
export async function assertRefused(
  reply: Response | RawReply,
  code: RefusalCode,
  says: RegExp = /./,
): Promise<void> {
  const { status, type, body } = await see(reply);
  const { status: wanted, remedy } = REFUSALS[code];
  assert.equal(status, wanted, `${code}: ${body}`);
  assert.equal(type, 'application/json');
  const error = JSON.parse(body) as {
    type: string;
    error: { type: string; message: string };
    tollgate: { code: string };
  };
  assert.deepEqual([error.type, error.tollgate.code], ['error', code], body);
  assert.match(error.error.message, /^\[tollgate\] \S/);
  assert.match(error.error.message, says);
  assert.doesNotMatch(error.error.message, /\{\w+\}/, 'a name was not filled in');
  if (!remedy.includes('{')) assert.ok(error.error.message.includes(remedy), 'it says what to do');
}
