/**
 * Does a connection come from the pod whose token it shows? A sidecar's token that was carried into another governed pod is
 * good in every other respect.
 *
 * The kubelet tells the API server a pod's addresses a moment after its first container has started, and anew when its
 * network is made anew, so that one which does not fit yet is waited for.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { PodDirectory } from './directory.ts';

export type Whence = 'own' | 'other' | 'unknown';

/**
 * @param from of the connection; IPv4 may be mapped into IPv6
 * @param addresses of the pod; undefined: nobody says, and it may come from anywhere
 */
export function whence(from: string, addresses: readonly string[] | undefined): Whence {
  if (addresses === undefined) return 'own';
  if (addresses.length === 0) return 'unknown';
  const same = oneForm(from);
  return same !== undefined && addresses.some((address) => oneForm(address) === same) ? 'own' : 'other';
}

/**
 * The same of a pod that the directory knows, with some patience.
 *
 * @param ms how long to wait for addresses that fit
 * @returns what it is in the end, also when the signal is given before; a pod that is not known any more is 'unknown'
 */
export function awaitOwn(
  directory: Pick<PodDirectory, 'pod' | 'onChange'>,
  { uid, from }: { readonly uid: string; readonly from: string },
  ms: number,
  signal: AbortSignal,
): Promise<Whence> {
  const now = () => {
    const pod = directory.pod(uid);
    return pod === undefined ? 'unknown' : whence(from, pod.addresses);
  };
  if (now() === 'own' || signal.aborted) return Promise.resolve(now());
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', done);
      resolve(now());
    };
    const stop = directory.onChange(() => {
      if (now() === 'own' || directory.pod(uid) === undefined) done();
    });
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Without a zone, which is of this machine alone; the library would take 10.7 for an address too. */
function oneForm(address: string): string | undefined {
  const [bare = ''] = address.split('%');
  return isIP(bare) !== 0 ? ipaddr.process(bare).toNormalizedString() : undefined;
}
