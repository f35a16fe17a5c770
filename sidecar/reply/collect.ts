/** Receiving a reply that is not streamed. */
import { Pieces } from '../../core/wire/pieces.ts';
import { AgentGone, type UpstreamCall } from '../upstream/call.ts';

/** Larger than any reply of 1,000,000 output tokens. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The reply did not arrive whole. */
export class IncompleteReply extends Error {
  override readonly name = 'IncompleteReply';
}

/** @throws IncompleteReply; AgentGone when it was broken off because nobody waits for it */
export function collect(upstream: UpstreamCall): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces = new Pieces();
    upstream.consume({
      data(piece) {
        pieces.push(piece);
        if (pieces.bytes <= MOST_BYTES) return;
        upstream.abort();
        reject(new IncompleteReply(`it is larger than ${MOST_BYTES / 1024 / 1024} MB`));
      },
      end() {
        resolve(pieces.join());
      },
      error(error) {
        reject(error instanceof AgentGone ? error : new IncompleteReply(`it broke off (${error.message})`));
      },
    });
  });
}
