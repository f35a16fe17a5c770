/** How long measuring the peers may take. */

export interface PeerPlan {
  /** Windows of each kind; the peer's and nginx's take turns. */
  readonly rounds: number;
  /** Calls before anything is measured, and s that they may take, for what compiles: V8 has compiled most of it by then. */
  readonly warmCalls: number;
  readonly warmS: number;
  /** For others, and before each further wire, s. */
  readonly warmWireS: number;
  /** Windows at full speed, s; whole numbers, as wrk takes them. */
  readonly nginxS: number;
  readonly smallS: number;
  readonly largeS: number;
  /** Windows at a fixed pace, s. */
  readonly paceFloorS: number;
  readonly paceS: number;
  /** Streams that each connection reads in a window; one takes half a second. */
  readonly streamRounds: number;
  /** Besides one that is not counted: it brings files into memory. */
  readonly starts: number;
}

/** Nine minutes with four peers on a quiet machine; installing them takes another. */
export const PEERS: PeerPlan = {
  rounds: 3,
  warmCalls: 20_000,
  warmS: 20,
  warmWireS: 2,
  nginxS: 1,
  smallS: 2,
  largeS: 1,
  paceFloorS: 0.5,
  paceS: 1.25,
  streamRounds: 1,
  starts: 3,
};

/** About three minutes: to see that everything works. */
export const PEERS_QUICK: PeerPlan = {
  rounds: 1,
  warmCalls: 5_000,
  warmS: 4,
  warmWireS: 2,
  nginxS: 1,
  smallS: 1,
  largeS: 1,
  paceFloorS: 0.5,
  paceS: 1,
  streamRounds: 1,
  starts: 1,
};
