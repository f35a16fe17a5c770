/**
 * By the API server, at a pod that runs and at its fence: labels and annotations, ephemeral containers, the sidecar's image,
 * tokens, NetworkPolicies; all with more rights than a pod has (attacker.ts).
 *
 *   node --test test/cluster/escape/admission.proof.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { IMAGES } from '../images.ts';
import { ACCOUNT, type Attacker, attackerOf, DRY, SIDECAR } from './attacker.ts';
import { SET_UP, setUp, TIMEOUT, type Yard } from './set-up.ts';

const TOLLGATE = 'tollgate.dev';
const TOKEN = '/var/run/tollgate/tokens/gateway';
const EPHEMERAL = JSON.stringify({
  spec: {
    ephemeralContainers: [
      { name: 'more', image: IMAGES.busybox, targetContainerName: SIDECAR, command: ['sh'] },
    ],
  },
});

let yard: Yard;
let attacker: Attacker;

before(async () => {
  yard = await setUp('admission', 64);
  attacker = await attackerOf(yard);
}, SET_UP);

after(async () => {
  await attacker?.close();
  await yard?.close();
});

const isRefused: Attacker['isRefused'] = (...args) => attacker.isRefused(...args);

describe('who may do all in the namespace cannot', TIMEOUT, () => {
  const merge = (metadata: object) => [
    'patch',
    'pod',
    'agent',
    '--type=merge',
    '-p',
    JSON.stringify({ metadata }),
    DRY,
  ];
  const kept = /labels tollgate.dev\/governed, phase, network and runner can't be/;

  it('give its pod the wide network', () =>
    isRefused(merge({ labels: { [`${TOLLGATE}/network`]: 'wide' } }), kept));
  it('take the fence from its pod', () =>
    isRefused(merge({ labels: { [`${TOLLGATE}/governed`]: null } }), kept));
  it('put its pod into another phase', () =>
    isRefused(merge({ labels: { [`${TOLLGATE}/phase`]: 'setup' } }), kept));
  it('change its labels over its status', () =>
    isRefused([...merge({ labels: { [`${TOLLGATE}/network`]: 'wide' } }), '--subresource=status'], kept));
  it('give its pod the address of another', () =>
    isRefused(
      [
        ...['patch', 'pod', 'agent', '--type=merge', '--subresource=status', DRY],
        ...['-p', '{"status":{"podIP":"10.244.0.250","podIPs":[{"ip":"10.244.0.250"}]}}'],
      ],
      /written by its kubelet alone/,
    ));
  it('give its pod a weaker profile', () =>
    isRefused(
      merge({ annotations: { [`${TOLLGATE}/tool-profile`]: 'loose' } }),
      /can't be changed afterwards/,
    ));
  it('take the annotation from its pod', () =>
    isRefused(merge({ annotations: { [`${TOLLGATE}/inject`]: null } }), /can't be changed afterwards/));
  it('put a container into its pod', () =>
    isRefused(
      ['patch', 'pod', 'agent', '--subresource=ephemeralcontainers', '-p', EPHEMERAL, DRY],
      /takes no ephemeral containers/,
    ));
  it('swap the image of the sidecar that runs', () =>
    isRefused(
      ['set', 'image', 'pod/agent', `${SIDECAR}=${IMAGES.node}`, DRY],
      /images of .* can't be changed/,
    ));
  it('run something in the sidecar, and read its token', () =>
    isRefused(
      [
        'exec',
        'agent',
        '-c',
        SIDECAR,
        '--',
        'node',
        '-p',
        `fs.readFileSync('${TOKEN}', 'utf8').length > 500`,
      ],
      /nobody gets into/,
    ));
  it('attach to the sidecar', async () => {
    const args = ['attach', 'agent', '-c', SIDECAR];
    // It stays attached until it is ended.
    assert.match((await attacker.as(attacker.open, args, { timeout: 4_000 })).text, /ended by SIGKILL/);
    assert.match((await attacker.as(yard.held, args)).text, /nobody gets into/);
  });
  it('ask for a token of the gateway', () =>
    isRefused(
      ['create', 'token', ACCOUNT, '--audience', 'tollgate-egress-gateway'],
      /given to sidecars by their kubelet/,
    ));
  it('ask for a token of control, among others', () =>
    isRefused(
      ['create', 'token', ACCOUNT, '--audience', 'sts', '--audience', 'tollgate-control'],
      /given to sidecars by their kubelet/,
    ));
});

describe('nor the fence:', TIMEOUT, () => {
  const own = /written by Tollgate's operator alone/;
  it('delete it', () => isRefused(['delete', 'networkpolicy', 'tollgate-narrow', DRY], own));
  it('change it', () =>
    isRefused(
      ['patch', 'networkpolicy', 'tollgate-narrow', '--type=merge', '-p', '{"spec":{"egress":[{}]}}', DRY],
      own,
    ));
  it('change the certificates by which Tollgate is known', () =>
    isRefused(
      ['patch', 'configmap', 'tollgate-trust', '--type=merge', '-p', '{"data":{"ca.crt":"x"}}', DRY],
      own,
    ));
});
