/**
 * One CONNECT from its header to its end, whoever took the connection.
 *
 *   header ── form ── token ── pod, from its address ── judge ── place ── dial ──> 200 ── ClientHello ──> tunnel ──> one record
 *               └───────┴───────┴──────────────────────┴───────┴───────┴──> an answer with a sentence, and closed ──> one record
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { KeySet } from '../adapters/tokens/keys.ts';
import { type Caller, readToken } from '../adapters/tokens/tokens.ts';
import { HelloGate } from '../core/egress/hello-gate.ts';
import { type Ask, judge, type Opening, type Place } from '../core/egress/judge.ts';
import { type Door, EGRESS_AUDIENCE } from '../core/egress/names.ts';
import { EGRESS_ENDS, type EgressEnd, type EgressRefusal, egressRefusal } from '../core/egress/refusals.ts';
import { answerRefused } from './answer.ts';
import { type ConnectRequest, readConnect } from './connect-request.ts';
import { type Dial, type Dialled, DialRefused } from './dial.ts';
import type { GovernedPod, PodDirectory } from './directory.ts';
import type { Limits } from './limits.ts';
import { Pending } from './pending.ts';
import type { EgressLog } from './record.ts';
import { Tunnel } from './tunnel.ts';
import { type Slot, Tunnels } from './tunnels.ts';
import { awaitOwn } from './whence.ts';

export interface GatewayParts {
  readonly directory: PodDirectory;
  readonly keys: KeySet;
  /** Of the cluster's tokens. */
  readonly issuer: string;
  readonly control: Place;
  readonly dial: Dial;
  readonly limits: Limits;
  /** How old what is known of pods may be, ms. */
  readonly staleMs: number;
  readonly encryptedHello: 'refuse' | 'pass';
  readonly log: EgressLog;
  /** Faults of ours, for the log. */
  readonly onFault: (error: unknown) => void;
}

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

export class Gateway {
  readonly #parts: GatewayParts;
  readonly tunnels: Tunnels;
  #draining = false;
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.tunnels = new Tunnels(parts.limits, parts.directory, parts.control);
    this.#stopListening = parts.directory.onChange((uid) => this.tunnels.review(uid));
    this.#timer = setInterval(() => this.tunnels.checkTimes(), 250).unref();
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Takes over the connection of a CONNECT. @param early what came behind its header */
  connect(door: Door, request: IncomingMessage, socket: Socket, early: Buffer): void {
    const pending = new Pending(socket, door, this.#parts.log);
    this.#open(door, request, early, pending).catch((error: unknown) => {
      const refusal = this.#asRefusal(error, pending);
      if (refusal !== undefined) answerRefused(pending, refusal);
    });
  }

  /** @throws EgressRefusal's wrapper, DialRefused, the reason of the pending signal, or a fault */
  async #open(door: Door, request: IncomingMessage, early: Buffer, pending: Pending): Promise<void> {
    const asked = readConnect(request, early.length);
    if ('refusal' in asked) throw new Refused(asked.refusal);
    pending.asks(asked);
    if (this.#draining) throw refused('draining');
    const pod = await this.#whoCalls(asked, pending);
    const ask = { purpose: asked.purpose, door, host: asked.host, port: asked.port };
    const opening = this.#judge(ask, pod);
    const slot = this.tunnels.take(pod.uid, asked.purpose);
    if (!('free' in slot)) throw new Refused(slot);
    try {
      const dialled = await this.#parts.dial({ ...asked, ...opening }, pending.signal);
      // Much may have changed while the name was looked up.
      const stillOpen = this.#stillOpen(pod, ask, dialled);
      if (stillOpen !== undefined) {
        dialled.socket.destroy();
        throw stillOpen;
      }
      this.#start(ask, asked, pod, opening, dialled, slot, pending);
    } catch (error) {
      slot.free();
      throw error;
    }
  }

  async #whoCalls({ token }: ConnectRequest, pending: Pending): Promise<GovernedPod> {
    const { keys, issuer, directory, limits } = this.#parts;
    const read = await readToken(token, keys, { issuer, audience: EGRESS_AUDIENCE });
    pending.signal.throwIfAborted();
    if ('unavailable' in read) throw refused('keys_unavailable');
    if ('invalid' in read) throw refused('token_invalid', { why: read.invalid });
    const { caller } = read;
    pending.isFrom(caller);
    if (directory.heardAt() === undefined) throw refused('directory_unready');
    this.#known(caller);
    const { from, signal } = pending;
    const is = await awaitOwn(directory, { uid: caller.uid, from }, limits.addressMs, signal);
    signal.throwIfAborted();
    // Much may have changed while its address was waited for.
    const pod = this.#known(caller);
    const named = { pod: `${caller.namespace}/${caller.name}` };
    if (is === 'unknown') throw refused('pod_address_unknown', named);
    const addresses = pod.addresses?.join(', ') ?? '';
    if (is === 'other') throw refused('pod_elsewhere', { ...named, addresses, from });
    pending.isInPhase(pod.phase);
    return pod;
  }

  /** @throws Refused when it is not there, or is not what its token says */
  #known({ uid, namespace, name, serviceAccount }: Caller): GovernedPod {
    const { directory } = this.#parts;
    const named = { pod: `${namespace}/${name}` };
    if (directory.isGone(uid)) throw refused('pod_gone', named);
    const pod = directory.pod(uid);
    const isSame = pod?.namespace === namespace && pod.name === name && pod.serviceAccount === serviceAccount;
    if (!isSame) throw refused('pod_not_governed', named);
    return pod;
  }

  #judge(ask: Ask, pod: GovernedPod): Opening {
    const { directory, control, staleMs } = this.#parts;
    const verdict = judge(ask, pod, { control, providers: directory.providers() });
    if ('refusal' in verdict) throw new Refused(verdict.refusal);
    const age = Date.now() - (directory.heardAt() ?? 0);
    if (ask.purpose !== 'control' && age > staleMs) throw refused('directory_stale', { ms: String(staleMs) });
    return verdict.opens;
  }

  #stillOpen(pod: GovernedPod, ask: Ask, { isPrivate }: Dialled): Refused | undefined {
    const { directory } = this.#parts;
    if (this.#draining) return refused('draining');
    const now = directory.isGone(pod.uid) ? undefined : directory.pod(pod.uid);
    if (now === undefined || now.phase !== pod.phase)
      return refused('pod_gone', { pod: `${pod.namespace}/${pod.name}` });
    try {
      const opening = this.#judge(ask, now);
      return isPrivate && !opening.privateAddresses
        ? refused('not_a_provider', { host: ask.host, port: String(ask.port) })
        : undefined;
    } catch (error) {
      if (error instanceof Refused) return error;
      throw error;
    }
  }

  #start(
    ask: Ask,
    { host, purpose }: ConnectRequest,
    { phase }: GovernedPod,
    { tls, wouldRefuse }: Opening,
    { socket: upstream, address, isPrivate }: Dialled,
    slot: Slot,
    pending: Pending,
  ): void {
    const { limits, encryptedHello } = this.#parts;
    const { bytesPerTunnel, idleMs } = limits.purposes[purpose];
    const client = pending.established(address, wouldRefuse);
    const tunnel = new Tunnel(
      {
        client,
        upstream,
        gate: tls ? new HelloGate({ host, encryptedHello }) : undefined,
        own: { left: bytesPerTunnel },
        pod: slot.bytes,
        times: { idleMs, halfClosedMs: limits.halfClosedMs, helloMs: limits.helloMs },
      },
      (end: EgressEnd) => {
        slot.free();
        pending.ended(end, EGRESS_ENDS[end], tunnel);
      },
    );
    slot.opened({ tunnel, ask, phase, isPrivate });
    client.write(ESTABLISHED);
    tunnel.start();
  }

  /** @returns undefined when nobody waits for an answer any more */
  #asRefusal(error: unknown, pending: Pending): EgressRefusal | undefined {
    if (error instanceof Refused || error instanceof DialRefused) return error.refusal;
    if (pending.early) return egressRefusal('early_data');
    if (pending.signal.aborted) {
      pending.socket.destroy();
      pending.ended('client_gone', EGRESS_ENDS.client_gone);
      return undefined;
    }
    this.#parts.onFault(error);
    return egressRefusal('fault');
  }

  /** No new tunnels; control's end at once, so that sidecars turn to another replica, the others within the grace. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    this.tunnels.cut('drained', 'control');
    const deadline = performance.now() + graceMs;
    while (performance.now() < deadline && this.tunnels.count('provider') + this.tunnels.count('agent') > 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    this.stop();
  }

  stop(): void {
    this.#draining = true;
    this.tunnels.cut('drained');
    this.#stopListening();
    clearInterval(this.#timer);
  }
}

class Refused extends Error {
  readonly refusal: EgressRefusal;

  constructor(refusal: EgressRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

function refused(code: EgressRefusal['code'], params?: Record<string, string>): Refused {
  return new Refused(egressRefusal(code, params));
}
