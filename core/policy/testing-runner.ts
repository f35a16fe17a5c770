/** For tests: AgentRunners, what breaks each of their rules, and which changes of them are refused. */
import { type Metadata, manifest } from './testing.ts';

export interface RuleCase {
  readonly breaks: readonly string[];
  readonly keeps: readonly string[];
  readonly field: string;
}

const SMALLEST = { agent: 'claude-code', image: 'agent:1', work: { command: ['claude', '-p', 'hello'] } };

/** @param spec on top of the smallest one that is valid */
export const runner = (spec: object = {}, metadata?: Metadata): string =>
  manifest('AgentRunner', { ...SMALLEST, ...spec }, metadata);

const service = (spec: object = {}) => runner({ mode: 'service', ...spec });
const git = (repository: object) =>
  runner({ git: [{ name: 'app', url: 'https://github.com/example/app.git', ...repository }] });
const phase = (name: string, more: object) => runner({ [name]: { command: ['sh'], ...more } });
const variables = (name: string) => ({
  breaks: [
    phase(name, { env: [{ name: 'A' }] }),
    phase(name, { env: [{ name: 'A', value: '1', secret: { name: 's', key: 'k' } }] }),
  ],
  keeps: [
    phase(name, { env: [{ name: 'A', value: '' }] }),
    phase(name, { env: [{ name: 'A', secret: { name: 's', key: 'k' } }] }),
  ],
  field: `spec.${name}.env[0]`,
});

/** By message. */
export const RUNNER_RULES: Readonly<Record<string, RuleCase>> = {
  'the name of an AgentRunner has at most 63 lower-case letters, digits and dashes, since it is a label of its pods':
    {
      breaks: [runner({}, { name: 'a.b' }), runner({}, { name: 'a'.repeat(64) })],
      keeps: [runner({}, { name: 'a'.repeat(63) }), runner({}, { name: '1' })],
      field: '',
    },
  "labels that begin with tollgate.dev/ are Tollgate's own": {
    breaks: [runner({ labels: { a: 'b', 'tollgate.dev/phase': 'setup' } })],
    keeps: [runner({ labels: { team: 'red', 'example.com/tollgate.dev': 'x' } })],
    field: 'spec.labels',
  },
  "64535 is the sidecar's user; take another": {
    breaks: [runner({ user: 64_535 })],
    keeps: [runner({ user: 64_534 })],
    field: 'spec.user',
  },
  'a push needs a credential; give secret': {
    breaks: [git({ push: { branches: ['agents/*'] } })],
    keeps: [git({}), git({ push: { branches: ['agents/*'] }, secret: { name: 's', key: 'k' } })],
    field: 'spec.git[0]',
  },
  'give a variable either value or secret': variables('setup'),
  'a service has no end; deadlineSeconds is for mode task': {
    breaks: [service({ deadlineSeconds: 60 })],
    keeps: [service(), runner({ deadlineSeconds: 60 })],
    field: 'spec.deadlineSeconds',
  },
  'a service has no end; ttlSecondsAfterFinished is for mode task': {
    breaks: [service({ ttlSecondsAfterFinished: 0 })],
    keeps: [service(), runner({ ttlSecondsAfterFinished: 0 })],
    field: 'spec.ttlSecondsAfterFinished',
  },
  "a service's work is started again whenever it ends; timeoutSeconds and retries are for mode task": {
    breaks: [
      service({ work: { command: ['a'], timeoutSeconds: 60 } }),
      service({ work: { command: ['a'], retries: 1 } }),
    ],
    keeps: [
      service({ setup: { command: ['a'], timeoutSeconds: 60, retries: 1 } }),
      runner({ work: { command: ['a'], timeoutSeconds: 60, retries: 1 } }),
    ],
    field: 'spec.work',
  },
};

/** The same rule of other phases. */
export const VARIABLES = [variables('work'), variables('teardown')];

export interface ChangeCase {
  readonly refused: readonly (readonly [from: string, to: string])[];
  readonly allowed: readonly (readonly [from: string, to: string])[];
}

const setup = { command: ['git', 'clone'] };
const work = { command: ['other'] };

/** By message: rules that compare a manifest with the one before, which only an API server has. */
export const RUNNER_CHANGES: Readonly<Record<string, ChangeCase>> = {
  "agent, mode and workspace can't be changed; create another AgentRunner": {
    refused: [
      [runner(), runner({ agent: 'codex' })],
      [runner(), service()],
      [service(), service({ workspace: { size: '2Gi' } })],
    ],
    allowed: [
      [runner(), runner({ suspend: true })],
      [runner(), runner({ workspace: { size: '1Gi' } })],
      [runner(), runner({ kill: 'stop', toolProfile: 'p', deadlineSeconds: 9, teardown: setup })],
    ],
  },
  "image and work of a task can't be changed; create another AgentRunner": {
    refused: [
      [runner(), runner({ image: 'agent:2' })],
      [runner(), runner({ work })],
    ],
    allowed: [[service(), service({ image: 'agent:2', work })]],
  },
  "setup can't be changed; create another AgentRunner": {
    refused: [
      [runner(), runner({ setup })],
      [runner({ setup }), runner()],
      [service({ setup }), service({ setup: { ...setup, retries: 2 } })],
    ],
    allowed: [[runner({ setup }), runner({ setup, suspend: true })]],
  },
};
