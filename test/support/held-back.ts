import type { Scope } from './output.ts';
import { jsonReply, MESSAGE, RawUpstream, sseEnd, sseReply, sseStart, sseText } from './raw-upstream.ts';

/** A provider whose replies are let go by hand, one after the other. */
export async function heldBack(t: Scope) {
  const waiting: (() => void)[] = [];
  const upstream = await RawUpstream.start(t, async (request) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return request.body.includes('"stream":true')
      ? sseReply(sseStart() + sseText('hello') + sseEnd())
      : jsonReply(MESSAGE);
  });
  return { upstream, letGo: () => waiting.shift()?.() };
}
