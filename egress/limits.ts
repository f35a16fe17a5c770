/** Bounds on what callers can take of a gateway: time, connections, bytes. Each replica counts for itself. */
import type { Purpose } from '../core/egress/names.ts';

export interface PurposeLimits {
  readonly tunnelsPerPod: number;
  /** Both ways together; Infinity is no cap. */
  readonly bytesPerTunnel: number;
  /** Of all tunnels of the purpose that a pod has had. */
  readonly bytesPerPod: number;
  /** Without a byte, ms. */
  readonly idleMs: number;
}

export interface Limits {
  /** TLS handshake of a caller, ms. */
  readonly handshakeMs: number;
  /** From there to a whole CONNECT, ms. */
  readonly headerMs: number;
  readonly headerBytes: number;
  /** From the answer to a whole ClientHello, ms. */
  readonly helloMs: number;
  /** For the addresses of a pod that has just been started, ms. Sidecars wait 5 s for an answer. */
  readonly addressMs: number;
  /** Resolving a name, ms. */
  readonly nameMs: number;
  /** Connecting to its addresses, all together, ms. */
  readonly connectMs: number;
  /** Without a byte once one side has ended, ms. */
  readonly halfClosedMs: number;
  /** On both ports together. */
  readonly connections: number;
  /** The same from one address, which may be a pod without a token. */
  readonly connectionsPerAddress: number;
  /** From one address, each second; so many as it may have at once come without delay. */
  readonly newConnectionsPerSecond: number;
  readonly purposes: Readonly<Record<Purpose, PurposeLimits>>;
}

const MINUTE = 60_000;
const GIB = 2 ** 30;
const NO_CAP = Number.POSITIVE_INFINITY;

export const DEFAULT_LIMITS: Limits = {
  handshakeMs: 5_000,
  headerMs: 5_000,
  headerBytes: 16_384,
  helloMs: 5_000,
  addressMs: 2_500,
  nameMs: 5_000,
  connectMs: 10_000,
  halfClosedMs: MINUTE,
  connections: 8_192,
  connectionsPerAddress: 512,
  newConnectionsPerSecond: 128,
  purposes: {
    // A stream that says something every 10 s, and calls beside it.
    control: { tunnelsPerPod: 16, bytesPerTunnel: NO_CAP, bytesPerPod: NO_CAP, idleMs: MINUTE },
    // What they carry is governed call by call. A model may think for ten minutes before its first byte.
    provider: { tunnelsPerPod: 128, bytesPerTunnel: NO_CAP, bytesPerPod: NO_CAP, idleMs: 15 * MINUTE },
    agent: { tunnelsPerPod: 128, bytesPerTunnel: 8 * GIB, bytesPerPod: 32 * GIB, idleMs: 5 * MINUTE },
  },
};
