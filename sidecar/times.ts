/** How long what others wait for may take, in milliseconds. Tests shorten what they wait for. */
import { LEASE_RENEW_MS, LEASE_TTL_MS } from '../core/ports.ts';

export interface Times {
  /** A call waits this long for a rate, in all. */
  readonly rate: number;
  /** A call waits this long for one of the places of its key. */
  readonly place: number;
  /** A call waits this long for a budget that running calls have reserved. */
  readonly reserved: number;
  /** A call waits this long for a ledger that can't be written. */
  readonly ledger: number;
  /** One write to the ledger waits this long for another process that has locked it. */
  readonly lock: number;
  /** What has happened is tried to be written for this long; its lease expires meanwhile and is charged. */
  readonly settle: number;
  /** Silence up to here keeps a plain status possible; every client waits longer. */
  readonly keepAliveAfter: number;
  readonly keepAliveEvery: number;
  /** A request must have arrived whole within this, and its headers within that. */
  readonly request: number;
  readonly requestHead: number;
  /** How often those two are looked at. */
  readonly requestCheck: number;
  /** A client that takes nothing of its reply for so long has gone. */
  readonly stalledReader: number;
  readonly connect: number;
  /** Models think for minutes before they answer at once; the official SDK waits ten. */
  readonly replyHead: number;
  /** Between two pieces of a reply; providers send a ping every few seconds. */
  readonly replySilence: number;
  /** A reply that nobody waits for any more is read on for so long, to learn what it cost. */
  readonly drain: number;
  /** A provider may say this long after the last event of a stream what it cost. */
  readonly lateUsage: number;
  readonly leaseTtl: number;
  readonly leaseRenew: number;
  /** How often policies are looked at, and the files of TLS. */
  readonly policies: number;
  /** One attempt to tell a webhook of a warning, in all. */
  readonly webhook: number;
  /** While one process is at it, no other is; longer than an attempt. */
  readonly webhookClaim: number;
  /** How often warnings are looked for that another process left behind. */
  readonly webhookPoll: number;
  /** How long the end of the process waits for webhooks. */
  readonly webhookStop: number;
}

export const TIMES: Times = {
  rate: 60_000,
  place: 10_000,
  reserved: 5_000,
  ledger: 60_000,
  lock: 5_000,
  settle: 120_000,
  keepAliveAfter: 10_000,
  keepAliveEvery: 10_000,
  request: 60_000,
  requestHead: 10_000,
  requestCheck: 5_000,
  stalledReader: 600_000,
  connect: 10_000,
  replyHead: 600_000,
  replySilence: 300_000,
  drain: 1_800_000,
  lateUsage: 5_000,
  leaseTtl: LEASE_TTL_MS,
  leaseRenew: LEASE_RENEW_MS,
  policies: 300,
  webhook: 10_000,
  webhookClaim: 60_000,
  webhookPoll: 30_000,
  webhookStop: 2_000,
};
