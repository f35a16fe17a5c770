/**
 * Step 5 for a streamed reply: provider ── guard ── agent, at the pace of the slower of the two.
 *
 * When the agent goes away, the reply is read on to its capped end, because only its end tells what it cost; or it is
 * broken off, where the budget says so.
 */
import { type Refusal, refusal } from '../../core/govern/refusals.ts';
import type { GuardedStream } from '../../core/wire/anthropic-messages/stream.ts';
import { ReplyFault } from '../../core/wire/wire.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import type { Responder } from './responder.ts';

export interface StreamEnd {
  /** What cut the reply short, if anything did. */
  readonly cut: Refusal | undefined;
  readonly clientGone: boolean;
}

/**
 * @param onDisconnect what to do when the agent goes away
 * @param cutText says a cut to the agent, in the middle of its reply
 */
export function pumpStream(
  upstream: UpstreamCall,
  guard: GuardedStream,
  agent: Responder,
  onDisconnect: 'drain' | 'cancel',
  cutText: (cut: Refusal) => string,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    const finish = (cut: Refusal | undefined): void => {
      resolve({ cut, clientGone: agent.gone });
    };
    const cutOff = (cut: Refusal): void => {
      upstream.abort();
      const text = cutText(cut);
      agent.end(cut.code === 'reply_over_cap' ? guard.finish(text) : guard.fail(text, cut.code));
      finish(cut);
    };
    upstream.consume({
      data(chunk) {
        try {
          const bytes = guard.push(chunk);
          if (
            bytes.length > 0 &&
            !agent.write(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes))
          ) {
            upstream.pause();
            agent.whenDrained(() => upstream.resume());
          }
        } catch (error) {
          if (!(error instanceof ReplyFault)) throw error;
          cutOff(refusal(error.code, { detail: error.message }));
        }
      },
      end() {
        if (!guard.ended) return cutOff(refusal('reply_cut'));
        agent.end();
        finish(undefined);
      },
      error() {
        // After the last event nothing is missing: some servers close hard.
        if (!guard.ended) return cutOff(refusal('reply_cut'));
        agent.end();
        finish(undefined);
      },
    });
    agent.whenGone(() => {
      if (onDisconnect === 'cancel' && !guard.ended) {
        upstream.abort();
        finish(undefined);
      } else {
        upstream.resume();
      }
    });
  });
}
