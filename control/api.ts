/**
 * What control does for a sidecar that it knows: each request of control-api/messages.ts, and what its stream says.
 *
 *   token ──> pod ──> caller ──┬── reserve: its policy's limits, on the ledger's clock
 *                              ├── entries: settled, stored, acknowledged
 *                              ├── session, contents: what was said, sealed by the sidecar
 *                              └── stream: policy, credentials, kill switch
 */

import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import type { Cluster } from '../adapters/cluster/cluster.ts';
import type { ClusterPolicies } from '../adapters/cluster/policies.ts';
import type { MongoAudit } from '../adapters/mongo/audit.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import type { TokenVerdict } from '../adapters/tokens/tokens.ts';
import {
  type ContentsAnswer,
  type Hello,
  type PolicyEvent,
  PROTOCOL,
  type ReportMessage,
  type SessionAnswer,
  type Welcome,
} from '../control-api/messages.ts';
import { reachableProviders } from '../core/policy/reachable.ts';
import { LedgerUnavailable } from '../core/ports.ts';
import { VERSION } from '../core/version.ts';
import type { Credentials } from './credentials.ts';
import { type OnEnded, type OnGit, ownerOf, takeEntries } from './entries.ts';
import type { Proofs } from './proofs.ts';
import { reserve } from './reserve.ts';
import { ApiError, assertSpoken, type SidecarApi } from './server.ts';
import type { SidecarStreams, StreamState } from './streams.ts';

/** What is known now, from the API server. */
export interface Known {
  readonly cluster: Pick<Cluster, 'caller' | 'killed'>;
  readonly policies: Pick<ClusterPolicies, 'of'>;
  readonly credentials: Pick<Credentials, 'of'>;
  readonly log: Log;
}

export interface ApiParts extends Known {
  readonly ledger: Pick<RedisLedger, 'reserve' | 'now' | 'extend' | 'settleKnown' | 'adopt'>;
  readonly audit: Pick<MongoAudit, 'store' | 'opened' | 'sessions' | 'contents' | 'chains'>;
  /** What keys of sessions are wrapped with; undefined: no contents are kept. */
  readonly contentKey: Buffer | undefined;
  readonly proofs: Pick<Proofs, 'ofOpened' | 'ofClosed' | 'granted' | 'ended'>;
  readonly onEnded: OnEnded;
  readonly onGit: OnGit;
  readonly streams: () => SidecarStreams<SidecarCaller>;
  /** Why nothing can be decided by what is known of the cluster; undefined: it can. */
  stale(): string | undefined;
  /** Reads a token that is meant for control. */
  read(token: string): Promise<TokenVerdict>;
}

/** For people, on both sides. */
const NO_CONTENT_KEY =
  'control has no key to keep what is said: name a Secret in the value contents.existingSecret of the chart, or set spec.audit.content to none';

export function sidecarApi(parts: ApiParts): SidecarApi<SidecarCaller> {
  const { cluster, policies, ledger, audit, log, contentKey, proofs } = parts;
  return {
    async authenticate(authorization) {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined) throw new ApiError('unauthenticated', 'there is no token');
      const verdict = await parts.read(token);
      if ('unavailable' in verdict) throw new LedgerUnavailable("the cluster's keys were never read");
      if ('invalid' in verdict)
        throw new ApiError('unauthenticated', `the token is not good: ${verdict.invalid}`);
      const caller = cluster.caller(verdict.caller);
      if (caller !== undefined) return caller;
      const { namespace, name } = verdict.caller;
      throw new ApiError('not_a_sidecar', `the pod ${namespace}/${name} is not governed, or has gone`);
    },
    async hello(caller, message: Hello): Promise<Welcome> {
      assertSpoken(message);
      const { owner } = await ownerOf(audit, caller, message.chain);
      const { namespace, workload: name, session, runner } = owner;
      const { labels } = caller.payer.workload;
      return {
        protocol: PROTOCOL,
        version: VERSION,
        session,
        workload: { namespace, name, labels, ...(runner === null ? {} : { runner }) },
        agent: caller.agent?.id ?? null,
        predecessor: null,
      };
    },
    async reserve(caller, message) {
      const stale = parts.stale();
      if (stale !== undefined) throw new LedgerUnavailable(stale);
      const killed = cluster.killed(caller);
      if (killed !== undefined) return { refused: { kind: 'stopped', reason: killed } };
      const answer = policies.of(caller.payer.workload, caller.profile);
      if (!('policy' in answer))
        throw new LedgerUnavailable(`no policy fits the workload: ${answer.problem}`);
      const { snapshot } = answer.policy;
      if (snapshot.hash !== message.snapshot) return { stale: true };
      return reserve(ledger, proofs, caller, snapshot, message);
    },
    async extend(_caller, { leases }) {
      await ledger.extend(leases);
      return {};
    },
    entries: (caller, message) => takeEntries({ ...parts, sink: audit }, caller, message),
    async session(caller, { chain }): Promise<SessionAnswer> {
      if (contentKey === undefined) throw new LedgerUnavailable(NO_CONTENT_KEY);
      const key = await audit.contents.keyOf(await sessionOf(audit, caller, chain), contentKey, Date.now());
      return key === undefined ? { erased: true } : { key: key.toString('base64') };
    },
    async contents(caller, { chain, contents }): Promise<ContentsAnswer> {
      const stored = await audit.contents.put(await sessionOf(audit, caller, chain), contents, Date.now());
      return stored ? { stored } : { erased: true };
    },
    async report({ pod }, { snapshot, problem }: ReportMessage) {
      const who = `${pod.namespace}/${pod.name}`;
      if (problem === null) log.debug({ pod: who, snapshot }, 'a sidecar judges by it');
      else log.error({ pod: who, problem }, 'a sidecar can not follow the policy in force');
      return {};
    },
    events: (caller, response) => parts.streams().open(caller, response),
  };
}

/**
 * The session that entries of this chain name, which is the one that contents are kept under.
 *
 * @param chain undefined: of a sidecar that does not say it. It is of today's session then
 */
async function sessionOf(
  audit: Pick<MongoAudit, 'chains'>,
  caller: SidecarCaller,
  chain: string | undefined,
): Promise<string> {
  return chain === undefined ? caller.payer.session : (await ownerOf(audit, caller, chain)).owner.session;
}

/** @returns what a sidecar is to be told now; undefined when its pod is not governed any longer */
export function streamState(
  caller: SidecarCaller,
  { cluster, policies, credentials, log }: Known,
): StreamState | undefined {
  const now = cluster.caller({ ...caller.pod, serviceAccount: caller.serviceAccount });
  if (now === undefined) return undefined;
  const { workload } = now.payer;
  const answer = policies.of(workload, now.profile);
  const kill = { reason: cluster.killed(now) ?? null };
  if (!('policy' in answer)) {
    log.warn(
      { workload: `${workload.namespace}/${workload.name}`, problem: answer.problem },
      'no policy fits it',
    );
    return {
      policy: undefined,
      problem: { problem: answer.problem },
      credentials: { credentials: {} },
      kill,
    };
  }
  const { snapshot, objects } = answer.policy;
  const policy: PolicyEvent = {
    hash: snapshot.hash,
    workload,
    profile: now.profile ?? null,
    manifests: objects,
  };
  const { profiles, providers } = snapshot;
  // A key in a pod can be lost there: it gets those alone that it can use.
  const keys = credentials.of(reachableProviders(profiles, providers));
  return { policy, problem: { problem: null }, credentials: { credentials: keys }, kill };
}
