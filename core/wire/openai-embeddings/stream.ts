/** Embeddings are never streamed: of a stream that comes all the same, nothing passes. */
import { NO_NAMES, type ReplyNames } from '../reply-names.ts';
import { type ReplyFacts, ReplyFault, type StreamGuard } from '../wire.ts';
import { errorEvent } from './refusal.ts';
import { factsOf } from './usage.ts';

export class RefusedStream implements StreamGuard {
  readonly ended = false;

  push(chunk: Buffer): Buffer[] {
    if (chunk.length === 0) return [];
    throw new ReplyFault('reply_garbage', 'embeddings are not streamed');
  }

  facts(): ReplyFacts {
    return factsOf(undefined);
  }

  named(): ReplyNames {
    return NO_NAMES;
  }

  finish(text: string): Buffer {
    return errorEvent(text, 'reply_garbage');
  }

  fail(text: string, code: string): Buffer {
    return errorEvent(text, code);
  }
}
