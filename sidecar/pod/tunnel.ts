/** How long tunnels through the gateway are used. */

/**
 * Tokens are renewed in their files; and a gateway that is being replaced lets its tunnels be until their calls have
 * ended, so nobody must go on making new calls over them.
 */
const TUNNEL_MS = 30_000;

/**
 * @param read  what tunnels are made with, from files
 * @param now  ms, of a clock that only goes forward
 * @returns the same object for half a minute, so that connections are kept, then another one, read anew: new calls are made
 *   over new tunnels then, and those that run end over the old ones
 */
export function freshTunnel<T>(read: () => T, now: () => number = () => performance.now()): () => T {
  let made: { readonly at: number; readonly options: T } | undefined;
  return () => {
    if (made === undefined || now() - made.at >= TUNNEL_MS) made = { at: now(), options: read() };
    return made.options;
  };
}
