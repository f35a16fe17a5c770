/**
 * The directory of pods as the API server has it: read and watched, and asked anew for each tunnel, so that nothing is
 * worked out for pods that nobody asks for.
 *
 *   watch ──> governed pods, their owners ──> who, phase, killed ──┐
 *         ──> ToolProfiles ──> network of the phase ───────────────┴──> pod(uid)
 *         ──> Providers ──> their hosts
 *
 * A pod is born with its port of the gateway. The network that is in force is the present one of its profiles: what they
 * close is closed at once; what they open later is opened to pods that were given the wide port.
 */
import { Cluster } from '../adapters/cluster/cluster.ts';
import { ClusterProfiles } from '../adapters/cluster/profiles.ts';
import { providerPlaces } from '../adapters/cluster/providers.ts';
import type { KubeClient } from '../adapters/kube/client.ts';
import type { ReflectorHooks, ReflectorTimes } from '../adapters/kube/reflector-options.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { type Network, PHASES, type Phase, type Place } from '../core/egress/judge.ts';
import type { Door } from '../core/egress/names.ts';
import { clusterBuiltIn } from '../core/policy/built-in.ts';
import type { PolicyObject } from '../core/policy/objects.ts';
import type { GovernedPod, PodDirectory } from './directory.ts';

/** What is watched beside pods: who owns them and may be killed, what fences them, and what opens hosts. No Secrets. */
export const KINDS: ReadonlySet<string> = new Set([
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'AgentRunner',
  'ToolProfile',
  'Provider',
]);

/** Changes that may concern all pods come in crowds, and are looked at together. */
const REVIEW_MS = 100;
/** UIDs of pods that have gone; nobody's token outlives them for long. */
const MOST_GONE = 50_000;
const WIDE: Door = 'wide';
const CLOSED: Network = { access: 'local', hosts: [] };

export interface ApiDirectoryOptions {
  readonly times?: Partial<ReflectorTimes>;
  /** Closes the way to the API server. */
  readonly end?: () => Promise<void>;
}

export class ApiDirectory implements PodDirectory {
  readonly #cluster: Cluster;
  readonly #profiles = new ClusterProfiles();
  readonly #builtIn = clusterBuiltIn();
  readonly #log: Log;
  readonly #end: ApiDirectoryOptions['end'];
  readonly #listeners = new Set<(uid?: string) => void>();
  readonly #gone = new Set<string>();
  /** What was said already of a namespace's profiles, or of Providers. */
  readonly #said = new Map<string, string>();
  #providers: readonly Place[] = [];
  /** Whose pods are looked at when the timer ends. */
  #due: 'all' | Set<string> = new Set();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: KubeClient, log: Log, { times = {}, end }: ApiDirectoryOptions = {}) {
    this.#log = log;
    this.#end = end;
    this.#cluster = new Cluster({
      client,
      kinds: KINDS,
      times,
      hooks: ({ plural }) => hooksFor(log, plural),
      onPolicies: (objects) => this.#takePolicies(objects),
      onPod: (uid) => this.#takePod(uid),
      onOwners: (namespace) => this.#tellSoon(namespace),
    });
  }

  /** Returns at once; heardAt() says when all was read. */
  start(): void {
    this.#cluster
      .start()
      .catch((error: unknown) => this.#log.error({ error: String(error) }, 'pods are not watched'));
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#cluster.stop();
    await this.#end?.();
  }

  heardAt(): number | undefined {
    return this.#cluster.heardAt();
  }

  isGone(uid: string): boolean {
    return this.#gone.has(uid);
  }

  providers(): readonly Place[] {
    return this.#providers;
  }

  pod(uid: string): GovernedPod | undefined {
    const known = this.#gone.has(uid) ? undefined : this.#cluster.pod(uid);
    if (known === undefined || known.ended) return undefined;
    const phase = PHASES.find((one) => one === known.phase);
    // Admission labels each pod that it lets in: this one has come another way.
    if (phase === undefined) return undefined;
    const { caller } = known;
    return {
      uid,
      namespace: caller.pod.namespace,
      name: caller.pod.name,
      serviceAccount: caller.serviceAccount,
      addresses: known.addresses,
      phase,
      network: known.door === WIDE ? this.#network(caller.pod.namespace, caller.profile, phase) : CLOSED,
      killed: this.#cluster.killed(caller) ?? null,
    };
  }

  onChange(listener: (uid?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #network(namespace: string, profile: string | undefined, phase: Phase): Network {
    const answer = this.#profiles.of(namespace, profile);
    this.#say(`profile ${namespace}/${profile ?? ''}`, answer.problem, 'no ToolProfile fits pods');
    return answer.rules?.network[phase] ?? CLOSED;
  }

  #takePolicies(objects: readonly PolicyObject[]): void {
    this.#profiles.replace(objects);
    const { places, problems } = providerPlaces(objects, this.#builtIn);
    this.#providers = places;
    this.#say('providers', problems.join('\n') || undefined, 'a Provider is not opened');
    this.#tellSoon();
  }

  #takePod(uid: string): void {
    const known = this.#cluster.pod(uid);
    if (known === undefined || known.ended) {
      this.#gone.add(uid);
      if (this.#gone.size > MOST_GONE) this.#gone.delete(this.#gone.keys().next().value ?? '');
    }
    for (const listener of this.#listeners) listener(uid);
  }

  /** @param namespace the one whose pods it concerns; undefined: all pods */
  #tellSoon(namespace?: string): void {
    if (namespace === undefined) this.#due = 'all';
    else if (this.#due !== 'all') this.#due.add(namespace);
    this.#timer ??= setTimeout(() => {
      const due = this.#due;
      this.#timer = undefined;
      this.#due = new Set();
      const pods = due === 'all' ? [undefined] : [...due].flatMap((one) => this.#cluster.podsOf(one));
      for (const uid of pods) for (const listener of this.#listeners) listener(uid);
    }, REVIEW_MS).unref();
  }

  /** Once for each problem. */
  #say(about: string, problem: string | undefined, message: string): void {
    if (this.#said.get(about) === problem) return;
    if (problem === undefined) this.#said.delete(about);
    else {
      this.#said.set(about, problem);
      this.#log.warn({ about, why: problem }, message);
    }
  }
}

function hooksFor(log: Log, what: string): ReflectorHooks {
  return {
    failed: ({ message }) => log.warn({ what, why: message }, 'the API server was not heard'),
    handlerFailed: (error) => log.error({ what, error: String(error) }, 'a change was not handled'),
  };
}
