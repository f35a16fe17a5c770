/**
 * All tunnels of this process, by pod: how many there may be, how much may pass, and which have to end when something
 * changes. A place is taken before a name is resolved, so that what is being opened counts too.
 */
import { type Ask, judge, type Phase, type Places } from '../core/egress/judge.ts';
import { PURPOSES, type Purpose } from '../core/egress/names.ts';
import { type EgressEnd, type EgressRefusal, egressRefusal } from '../core/egress/refusals.ts';
import type { GovernedPod, PodDirectory } from './directory.ts';
import type { Limits } from './limits.ts';
import type { Allowance, Tunnel } from './tunnel.ts';

/** What was opened, to judge it again. */
export interface Opened {
  readonly tunnel: Pick<Tunnel, 'cut' | 'checkTimes'>;
  readonly ask: Ask;
  readonly phase: Phase;
  /** Whether it goes to a private address. */
  readonly isPrivate: boolean;
}

interface PodTunnels {
  readonly taken: Record<Purpose, number>;
  readonly bytes: Record<Purpose, Allowance>;
  readonly open: Set<Opened>;
}

/** A place among those that a pod may have. */
export interface Slot {
  readonly bytes: Allowance;
  opened(tunnel: Opened): void;
  /** To be called once: the tunnel has ended, or did not come about. */
  free(): void;
}

export class Tunnels {
  readonly #pods = new Map<string, PodTunnels>();
  readonly #limits: Limits;
  readonly #directory: PodDirectory;
  readonly #control: Places['control'];

  constructor(limits: Limits, directory: PodDirectory, control: Places['control']) {
    this.#limits = limits;
    this.#directory = directory;
    this.#control = control;
  }

  /** @returns a place, or why the pod gets none */
  take(uid: string, purpose: Purpose): Slot | EgressRefusal {
    const { tunnelsPerPod, bytesPerPod } = this.#limits.purposes[purpose];
    const pod = this.#pod(uid);
    if (pod.taken[purpose] >= tunnelsPerPod)
      return egressRefusal('too_many_tunnels', { most: String(tunnelsPerPod) });
    const bytes = pod.bytes[purpose];
    if (bytes.left <= 0) return egressRefusal('pod_bytes', { bytes: String(bytesPerPod) });
    pod.taken[purpose]++;
    let mine: Opened | undefined;
    return {
      bytes,
      opened: (tunnel) => {
        mine = tunnel;
        pod.open.add(tunnel);
      },
      free: () => {
        pod.taken[purpose]--;
        if (mine !== undefined) pod.open.delete(mine);
      },
    };
  }

  #pod(uid: string): PodTunnels {
    const known = this.#pods.get(uid);
    if (known !== undefined) return known;
    const each = <T>(value: (purpose: Purpose) => T) =>
      Object.fromEntries(PURPOSES.map((purpose) => [purpose, value(purpose)])) as Record<Purpose, T>;
    const pod: PodTunnels = {
      taken: each(() => 0),
      bytes: each((purpose) => ({ left: this.#limits.purposes[purpose].bytesPerPod })),
      open: new Set(),
    };
    this.#pods.set(uid, pod);
    return pod;
  }

  /**
   * Something has changed: ends what would not be opened now, and forgets pods that have gone.
   *
   * @param uid of the pod that it concerns; undefined: all
   */
  review(uid?: string): void {
    if (uid === undefined) for (const [each, pod] of this.#pods) this.#review(each, pod);
    else {
      const pod = this.#pods.get(uid);
      if (pod !== undefined) this.#review(uid, pod);
    }
  }

  #review(uid: string, pod: PodTunnels): void {
    const now = this.#directory.isGone(uid) ? undefined : this.#directory.pod(uid);
    for (const opened of [...pod.open]) {
      const end = this.#whyEnd(opened, now);
      if (end !== undefined) opened.tunnel.cut(end);
    }
    const isIdle = PURPOSES.every((purpose) => pod.taken[purpose] === 0);
    if (now === undefined && isIdle) this.#pods.delete(uid);
  }

  #whyEnd({ ask, phase, isPrivate }: Opened, pod: GovernedPod | undefined): EgressEnd | undefined {
    if (pod === undefined) return 'pod_gone';
    if (pod.phase !== phase) return 'phase_changed';
    const verdict = judge(ask, pod, { control: this.#control, providers: this.#directory.providers() });
    if ('refusal' in verdict) return verdict.refusal.code === 'pod_killed' ? 'pod_killed' : 'policy_changed';
    return isPrivate && !verdict.opens.privateAddresses ? 'policy_changed' : undefined;
  }

  checkTimes(now = performance.now()): void {
    for (const { tunnel } of this.#all()) tunnel.checkTimes(now);
  }

  /** @param which undefined: all */
  cut(end: EgressEnd, which?: Purpose): void {
    for (const { tunnel, ask } of this.#all())
      if (which === undefined || ask.purpose === which) tunnel.cut(end);
  }

  count(purpose: Purpose): number {
    return this.#all().filter(({ ask }) => ask.purpose === purpose).length;
  }

  #all(): Opened[] {
    return [...this.#pods.values()].flatMap(({ open }) => [...open]);
  }
}
