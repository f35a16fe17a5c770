/**
 * Step 5 for a streamed reply: provider ── guard ── agent, at the pace of the slower of the two.
 *
 * When the agent goes away, the reply is read on to its capped end, because only its end tells what it cost; or it is
 * broken off, where the budget says so.
 */
import { type Refusal, refusal } from '../../core/govern/refusals.ts';
import { ReplyFault, type StreamGuard } from '../../core/wire/wire.ts';
import type { Times } from '../times.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import type { Credential } from './credential.ts';
import type { Responder } from './responder.ts';

export interface StreamEnd {
  /** What cut the reply short, if anything did. */
  readonly cut: Refusal | undefined;
  /** Whether the agent went away before the reply was complete. */
  readonly clientGone: boolean;
}

export interface StreamOptions {
  /** What to do when the agent goes away. */
  readonly onDisconnect: 'drain' | 'cancel';
  /** Says a cut to the agent, in the middle of its reply. */
  readonly cutText: (cut: Refusal) => string;
  /** The same as an event that has nothing of the reply in it. */
  readonly cutEvent: (cut: Refusal) => Buffer;
  readonly times: Times;
  /** What must not go to the agent. One that is split over several events is not found. */
  readonly credential: Credential;
}

/** Rejects only for what is wrong in Tollgate itself. */
export function pumpStream(
  upstream: UpstreamCall,
  guard: StreamGuard,
  agent: Responder,
  options: StreamOptions,
): Promise<StreamEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamEnd>();
  const { times } = options;
  let over = false;
  let clientGone = false;
  let sentAt = performance.now();
  let late: NodeJS.Timeout | undefined;
  let drain: NodeJS.Timeout | undefined;

  const finish = (cut?: Refusal): void => {
    over = true;
    clearTimeout(late);
    clearTimeout(drain);
    upstream.abort();
    resolve({ cut, clientGone });
  };
  const cutOff = (cut: Refusal): void => {
    const text = options.cutText(cut);
    const last = cut.code === 'reply_over_cap' ? guard.finish(text) : guard.fail(text, cut.code);
    // The end of a reply may repeat what was said in it.
    agent.end(options.credential.isIn(last) ? options.cutEvent(cut) : last);
    finish(cut);
  };
  const ended = (): void => {
    if (guard.ended) {
      agent.end();
      finish();
    } else {
      cutOff(refusal('reply_cut'));
    }
  };
  const deliver = (pieces: readonly Buffer[]): void => {
    const [first, ...more] = pieces;
    if (first !== undefined) {
      sentAt = performance.now();
      const bytes = more.length === 0 ? first : Buffer.concat(pieces);
      if (options.credential.isIn(bytes)) {
        throw new ReplyFault('reply_garbage', 'it repeats the API key that the provider was sent');
      }
      if (agent.write(bytes)) return;
      upstream.pause();
      agent.whenDrained(() => upstream.resume());
    } else if (performance.now() - sentAt > times.keepAliveEvery) {
      // A long call is held until it is judged; clients give up on a stream that says nothing.
      sentAt = performance.now();
      agent.keepAlive();
    }
  };
  const pass = (chunk: Buffer): void => {
    try {
      deliver(guard.push(chunk));
    } catch (error) {
      if (!(error instanceof ReplyFault)) throw error;
      cutOff(refusal(error.code, { detail: error.message }));
    }
    // The message is complete. What it cost may still follow; nobody waits for more.
    if (guard.ended) late ??= setTimeout(() => safely(ended), times.lateUsage);
  };
  /** What escaped from here would end the process. */
  const safely = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      reject(error);
      finish();
    }
  };

  upstream.consume({
    data: (chunk) => safely(() => pass(chunk)),
    // After the last event nothing is missing: some servers close hard.
    end: () => safely(ended),
    error: () => safely(ended),
  });
  agent.whenGone(() => {
    if (over) return;
    clientGone ||= !guard.ended;
    if (options.onDisconnect === 'cancel' && clientGone) {
      finish();
    } else {
      drain = setTimeout(finish, times.drain);
      upstream.resume();
    }
  });
  return promise;
}
