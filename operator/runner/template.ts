/**
 * A runner's phase → the pod that runs it, and what makes that pod: a Job for each try, a Deployment for a service's work.
 *
 * These are plain pods that ask to be governed: admission puts np-gate and the sidecar in and fills in what the tier asks.
 */
import { createHash } from 'node:crypto';
import type { Intent, OwnerReference } from '../../adapters/kube/object.ts';
import { AGENT, GIT, GROUP, INJECT, TOOL_PROFILE } from '../../core/cluster/names.ts';
import type { GitRepository } from '../../core/git/repository.ts';
import { type Phase, type Runner, type Spec, TEMPLATE_HASH } from './kinds.ts';
import { deploymentName, ownLabels, phaseLabels } from './names.ts';

type Written = Intent & { readonly spec: object };
type Variable = { readonly name: string; readonly value?: string; readonly valueFrom?: object };

export const AGENT_CONTAINER = 'agent';
const WORKSPACE = 'workspace';
/** Writable in every tier, and never the workspace: what work leaves there must not configure teardown's programs. */
const HOME = '/tmp';

/** Without blockOwnerDeletion: a deletion in the foreground must not take from under a teardown what it needs. */
export function ownerOf({ metadata: { name, uid } }: Runner): OwnerReference {
  return { apiVersion: `${GROUP}/v1alpha1`, kind: 'AgentRunner', name, uid, controller: true };
}

function metadataOf(runner: Runner, name: string): Intent['metadata'] {
  const { namespace } = runner.metadata;
  return { name, ...(namespace === undefined ? {} : { namespace }), labels: ownLabels(runner) };
}

/** Owned until work begins: then it has to stay, whoever deletes the runner and how, until the teardown is done. */
export function claim(runner: Runner, name: string): Written {
  const { size, storageClassName } = runner.spec.workspace;
  return {
    metadata: { ...metadataOf(runner, name), ownerReferences: [ownerOf(runner)] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}

/** @param seconds how long it may take, from its start on; undefined: without end */
export function job(
  runner: Runner,
  phase: Phase,
  name: string,
  workspace: string,
  seconds: number | undefined,
): Written {
  return {
    metadata: {
      ...metadataOf(runner, name),
      labels: { ...ownLabels(runner), ...phaseLabels(runner, phase) },
      ownerReferences: [ownerOf(runner)],
    },
    spec: {
      // A try is one pod. The next try is another Job, which only the operator begins.
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        // It names the reason by which a lost node is told from a failure of the program.
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      ...(seconds === undefined ? {} : { activeDeadlineSeconds: Math.max(1, Math.ceil(seconds)) }),
      template: template(runner, phase, workspace, 'Never'),
    },
  };
}

/** @param replicas 1, or 0 while it is suspended */
export function deployment(runner: Runner, workspace: string, replicas: 0 | 1): Written {
  const spec = {
    replicas,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: phaseLabels(runner, 'work') },
    template: template(runner, 'work', workspace, 'Always'),
  };
  const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 32);
  return {
    metadata: {
      ...metadataOf(runner, deploymentName(runner)),
      annotations: { [TEMPLATE_HASH]: hash },
      ownerReferences: [ownerOf(runner)],
    },
    spec,
  };
}

function template(runner: Runner, phase: Phase, workspace: string, restartPolicy: string): object {
  const { spec } = runner;
  return {
    metadata: {
      labels: { ...spec.labels, ...ownLabels(runner), ...phaseLabels(runner, phase) },
      annotations: {
        [INJECT]: 'true',
        [AGENT]: spec.agent === 'custom' ? 'sdk' : spec.agent,
        ...(spec.toolProfile === undefined ? {} : { [TOOL_PROFILE]: spec.toolProfile }),
        ...(phase === 'work' || spec.git.length === 0 ? {} : { [GIT]: repositories(spec, phase) }),
      },
    },
    spec: {
      restartPolicy,
      serviceAccountName: spec.serviceAccountName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: spec.user,
        runAsGroup: spec.user,
        fsGroup: spec.user,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(spec, phase)],
      volumes: [{ name: WORKSPACE, persistentVolumeClaim: { claimName: workspace } }],
      ...(Object.keys(spec.nodeSelector).length === 0 ? {} : { nodeSelector: spec.nodeSelector }),
      ...(spec.runtimeClassName === undefined ? {} : { runtimeClassName: spec.runtimeClassName }),
      ...(spec.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: spec.imagePullSecrets }),
    },
  };
}

/** As they are now, for as long as the pod is there: a credential must not follow an URL that is changed under it. */
function repositories({ git }: Spec, phase: Phase): string {
  const all = git.map(({ name, url, secret, push }): GitRepository => {
    const branches = phase === 'teardown' ? (push?.branches ?? []) : [];
    return { name, url, branches, ...(secret === undefined ? {} : { secret }) };
  });
  return JSON.stringify(all);
}

function container(spec: Spec, phase: Phase): object {
  const { mountPath } = spec.workspace;
  const { image = spec.image, command = [], env = [] } = spec[phase] ?? {};
  const own = env.map(variable);
  const home = own.some(({ name }) => name === 'HOME') ? [] : [{ name: 'HOME', value: HOME }];
  return {
    name: AGENT_CONTAINER,
    image,
    imagePullPolicy: spec.imagePullPolicy,
    command: command.map(plain),
    workingDir: mountPath,
    env: [...home, ...own],
    resources: spec.resources,
    volumeMounts: [{ name: WORKSPACE, mountPath }],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

function variable({ name, value, secret }: NonNullable<Spec['work']['env']>[number]): Variable {
  if (secret === undefined) return { name, value: plain(value ?? '') };
  return { name, valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } };
}

/** Kubernetes puts variables in place of $(NAME), in commands and values; here a text is what it is. */
function plain(text: string): string {
  return text.replaceAll('$(', '$$$$(');
}
