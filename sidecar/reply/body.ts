/** Step 5 for what is not streamed: received whole, then judged. */
import { type Refusal, refusal, refusalText } from '../../core/govern/refusals.ts';
import { NO_USAGE } from '../../core/money/price.ts';
import { NO_NAMES } from '../../core/wire/reply-names.ts';
import { type GuardedReply, ReplyFault, type Wire } from '../../core/wire/wire.ts';
import type { Answer } from '../forward.ts';
import type { Attempt } from '../progress.ts';
import { collect, IncompleteReply } from './collect.ts';
import type { Credential } from './credential.ts';
import { foreignCharset } from './form.ts';

const REPEATS_KEY = 'it repeats the API key that it was sent';

/**
 * @returns what the agent gets, or what is wrong with it
 * @throws AgentGone when it was broken off because nobody waits for it
 */
export async function receiveBody(
  { call, judge }: Attempt,
  { wire, upstream, credential }: Answer,
): Promise<GuardedReply | IncompleteReply | ReplyFault> {
  try {
    const body = await collect(upstream);
    const { view } = call;
    if (view.endpoint.billed) {
      const guarded = wire.guardReply(body, judge, view);
      refuseKey(guarded.bytes, credential);
      return guarded;
    }
    wire.guardOther(body);
    refuseKey(body, credential);
    return { bytes: body, named: NO_NAMES, usage: undefined, soFar: NO_USAGE, faults: [] };
  } catch (error) {
    if (error instanceof ReplyFault || error instanceof IncompleteReply) return error;
    throw error;
  }
}

/** What the agent gets for a provider's error. */
export interface ReceivedError {
  readonly body: Buffer;
  /** Why that is not what the provider said. */
  readonly withheld: Refusal | undefined;
}

/**
 * @returns the provider's error as it came, or one in its place if it is more than that
 * @throws IncompleteReply; AgentGone when it was broken off because nobody waits for it
 */
export async function receiveError(
  { call }: Attempt,
  { wire, head, upstream, credential }: Answer,
  requestId: string,
): Promise<ReceivedError> {
  const body = await collect(upstream);
  const detail = wrongWith(wire, body, foreignCharset(head.headers), credential);
  if (detail === undefined) return { body, withheld: undefined };
  const status = String(head.status);
  const withheld = refusal('upstream_error_withheld', { provider: call.provider.name, status, detail });
  const text = refusalText(withheld, requestId);
  return { body: wire.words.errorBody(head.status, text, requestId, withheld.code), withheld };
}

function wrongWith(
  wire: Wire,
  body: Buffer,
  charset: string | undefined,
  credential: Credential,
): string | undefined {
  if (charset !== undefined) return 'it is not in UTF-8';
  try {
    refuseKey(body, credential);
    // Read and written again, it has no escapes that the key could stand behind.
    refuseKey(JSON.stringify(wire.guardError(body)), credential);
    return undefined;
  } catch (error) {
    if (error instanceof ReplyFault) return error.message;
    throw error;
  }
}

function refuseKey(text: Buffer | string, credential: Credential): void {
  if (credential.isIn(text)) throw new ReplyFault('reply_garbage', REPEATS_KEY);
}
