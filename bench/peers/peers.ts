/** The peers that have to be installed, in the order of their columns. */
import { bifrost } from './bifrost.ts';
import { envoy } from './envoy.ts';
import { litellm } from './litellm.ts';
import type { Peer } from './peer.ts';
import { portkey } from './portkey.ts';

export const PEERS = { envoy, portkey, litellm, bifrost } as const satisfies Record<string, Peer>;
