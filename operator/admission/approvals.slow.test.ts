/** What an Approval is, and who makes, changes and deletes it: as a real API server has it by its CRD and the chart. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { binary } from '../../test/cluster/binaries.ts';
import { ApprovalsApi, approval, COLLECTOR, CONTROL, inSeconds, NAMESPACE } from './testing-approvals.ts';
import { rendered } from './testing-chart.ts';

const BOB = { user: 'bob' };
const ERIN = { user: 'erin' };
const MADE_BY = { user: CONTROL };
const DECIDE = { decision: 'Approve', reason: 'fine' };

function messagesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'x-kubernetes-validations'
      ? (value as { message: string }[]).map(({ message }) => message)
      : messagesIn(value),
  );
}

describe('an Approval', { timeout: 300_000 }, () => {
  let world: ApprovalsApi;
  before(async () => {
    world = await ApprovalsApi.start();
  });
  after(() => world?.stop());

  /** @returns one that control says this state of */
  async function inState(...states: readonly string[]): Promise<string> {
    const name = await world.held();
    const decision = states.includes('Denied') ? 'Deny' : 'Approve';
    if (states[0] !== 'Expired') assert.equal((await world.decide(BOB, name, { decision })).said, '');
    for (const state of states) assert.equal((await world.setStatus(MADE_BY, name, { state })).said, '');
    return name;
  }

  /** Each rule of the CRD: what the server says when it is broken. Each is kept by other tests of this folder. */
  const RULES: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    'it has ended without a decision, which comes too late now; the agent has to ask again': async () => [
      (await world.decide(BOB, await inState('Expired'), DECIDE)).said,
    ],
    'status.state is Approved or Used only of what spec.decision approves': async () => {
      const denied = await world.held();
      await world.decide(BOB, denied, { decision: 'Deny' });
      const open = await world.held();
      const set = async (name: string, state: string) =>
        (await world.setStatus(MADE_BY, name, { state })).said;
      return [
        await set(open, 'Approved'),
        await set(open, 'Used'),
        await set(denied, 'Approved'),
        await set(denied, 'Used'),
      ];
    },
    'status.state is Denied only of what spec.decision denies': async () => {
      const approved = await world.held();
      await world.decide(BOB, approved, DECIDE);
      return [
        (await world.setStatus(MADE_BY, await world.held(), { state: 'Denied' })).said,
        (await world.setStatus(MADE_BY, approved, { state: 'Denied' })).said,
      ];
    },
    'status.state goes from Pending to Approved, Denied or Expired, and from Approved to Used or Expired, and never back':
      async () => {
        const changes = [
          [['Approved'], 'Pending'],
          [['Approved', 'Used'], 'Approved'],
          [['Approved', 'Used'], 'Pending'],
          [['Approved', 'Expired'], 'Approved'],
          [['Approved', 'Expired'], 'Used'],
          [['Denied'], 'Pending'],
          [['Denied'], 'Expired'],
          [['Expired'], 'Pending'],
        ] as const;
        return Promise.all(
          changes.map(
            async ([states, state]) =>
              (await world.setStatus(MADE_BY, await inState(...states), { state })).said,
          ),
        );
      },
    'what is held, and until when, never changes; a decision is spec.decision and spec.reason alone':
      async () => {
        const name = await world.held();
        const changes = [{ held: { what: 'less' } }, { held: { tool: null } }, { expiresAt: inSeconds(9) }];
        return Promise.all(changes.map(async (spec) => (await world.decide(MADE_BY, name, spec)).said));
      },
    'an Approval is made without a decision': async () => {
      const decidedBy = { username: 'bob', at: inSeconds(0) };
      return [(await world.create(MADE_BY, approval('forged', {}, { ...DECIDE, decidedBy }))).said];
    },
    'it has been decided, once and for all; what differs from that has to be asked for again': async () => [
      (await world.decide(ERIN, await inState('Approved'), { decision: 'Deny' })).said,
    ],
    'it has been decided, and the reason stays as it was given': async () => [
      (await world.decide(ERIN, await inState('Approved'), { reason: 'new' })).said,
    ],
    'who decided stays as admission wrote it': async () => [
      (await world.decide(ERIN, await inState('Approved'), { decidedBy: { username: 'erin' } })).said,
    ],
    'a reason is given with a decision': async () => [
      (await world.decide(BOB, await world.held(), { reason: 'why' })).said,
    ],
    "a decision needs spec.decidedBy, which Tollgate's operator adds at admission, and nobody else; with a decision that lacks it, the operator did not answer. Look whether it runs in tollgate-system, and try again":
      async () => [
        (await world.decide(BOB, await world.held(), { decidedBy: { username: 'bob', at: inSeconds(0) } }))
          .said,
      ],
    "it has expired and can't be decided any more; the agent has to ask again": async () => {
      const name = await world.held({}, { expiresAt: inSeconds(1) });
      await sleep(1500);
      return [(await world.decide(BOB, name, DECIDE)).said];
    },
  };

  it('has no rule but those here', () => {
    const crd = readFileSync(join(import.meta.dirname, '../../crds/tollgate.dev_approvals.yaml'), 'utf8');
    assert.deepEqual(messagesIn(parse(crd)).sort(), Object.keys(RULES).sort());
  });

  for (const [message, broken] of Object.entries(RULES))
    it(`says: ${message.slice(0, 80)}`, async () => {
      for (const said of await broken()) assert.ok(said.includes(message), said || 'it was taken');
    });

  it('is made by control alone, also where somebody has all rights', async () => {
    for (const user of ['erin', 'dave', 'system:serviceaccount:tollgate-system:tollgate-operator'])
      assert.equal((await world.create({ user }, approval(`by-${user.length}`))).status, 403);
    assert.match(
      (await world.create(ERIN, approval('by-erin'))).said,
      /Approvals are made by Tollgate's control alone/,
    );
  });

  it('says of itself what is right, and nothing that deceives who reads it', async () => {
    for (const [held, said] of [
      [{ what: 'ls\u001b[1A' }, /spec\.held\.what/],
      [{ what: 'ls \u202e fr- mr' }, /spec\.held\.what/],
      [{ what: 'a\nb' }, /spec\.held\.what/],
      [{ what: 'x'.repeat(129) }, /spec\.held\.what/],
      [{ tool: { name: 'Ba\u200bsh' } }, /spec\.held\.tool\.name/],
      [{ tool: { name: 'Bash', arguments: 'a\u2028b' } }, /spec\.held\.tool\.arguments/],
      [{ tool: {} }, /spec\.held\.tool\.name: Required/],
      [{ digest: 'sha256:00' }, /spec\.held\.digest/],
      [{ digest: `sha256:${'0A'.repeat(32)}` }, /spec\.held\.digest/],
      [{ stage: 'mood' }, /spec\.held\.stage: Unsupported value/],
      [{ authors: ['a', 'a'] }, /Duplicate value: "a"/],
      [{ authors: undefined }, /spec\.held\.authors: Required/],
      [{ authors: Array.from({ length: 65 }, (_, n) => `a${n}`) }, /must have at most 64 items/],
    ] as const)
      assert.match((await world.create(MADE_BY, approval('wrong', held))).said, said, JSON.stringify(held));
    assert.match(
      (await world.create(MADE_BY, approval('wrong', {}, { expiresAt: 'soon' }))).said,
      /must be of type date-time/,
    );
    await world.held({ what: 'Schreibe: „größer“ 文件 🚀', tool: undefined, runner: undefined, authors: [] });
  });

  it('ends after it was made, and within seven days', async () => {
    for (const seconds of [-1, 0, 7 * 86_400 + 60])
      assert.match(
        (await world.create(MADE_BY, approval('wrong', {}, { expiresAt: inSeconds(seconds) }))).said,
        /is after its creation, by at most seven days/,
      );
    await world.held({}, { expiresAt: inSeconds(7 * 86_400 - 60) });
  });

  it('has a status that control alone writes, and that begins as Pending', async () => {
    const name = await world.held();
    assert.deepEqual((await world.get(name)).status, { state: 'Pending' });
    for (const user of ['erin', 'dave'])
      assert.match(
        (await world.setStatus({ user }, name, { state: 'Expired' })).said,
        /the status of an Approval is written by Tollgate's control alone/,
      );
    // What else is in such a request is dropped by the API server: nobody decides by it.
    const path = `/${name}/status`;
    const both = { metadata: { labels: { a: 'b' } }, spec: DECIDE, status: { state: 'Pending' } };
    assert.equal((await world.call(MADE_BY, 'PATCH', path, both)).said, '');
    const { spec, metadata } = await world.get(name);
    assert.deepEqual([spec.decision, metadata.labels], [undefined, undefined]);
    // And by the object itself nobody writes its status.
    const late = await world.call(BOB, 'PATCH', `/${name}`, { spec: DECIDE, status: { state: 'Used' } });
    assert.deepEqual([late.said, late.object.status.state], ['', 'Pending']);
    assert.equal((await world.setStatus(MADE_BY, name, { state: 'Approved' })).said, '');
    assert.equal((await world.setStatus(MADE_BY, name, { state: 'Used' })).said, '');
  });

  it('is deleted by control and by Kubernetes’ own cleaning up; by others once it has ended', async () => {
    const remove = async (user: string, name: string) =>
      (await world.call({ user }, 'DELETE', `/${name}`)).said;
    for (const name of [await inState('Approved'), await inState('Denied'), await world.held()]) {
      for (const user of ['erin', 'dave'])
        assert.match(await remove(user, name), /is deleted by Tollgate's control alone until/);
      assert.match(
        (await world.call(ERIN, 'DELETE', '')).said,
        /is deleted by Tollgate's control alone until/,
        'all at once',
      );
      assert.equal(await remove(CONTROL, name), '');
    }
    for (const states of [['Expired'], ['Approved', 'Used'], ['Approved', 'Expired']])
      assert.equal(await remove('dave', await inState(...states)), '');
    assert.match(await remove('bob', await world.held()), /cannot delete resource/);

    const owner = { apiVersion: 'tollgate.dev/v1alpha1', kind: 'AgentRunner', name: 'nightly', uid: 'u-1' };
    const owned = await world.held({}, {}, { ownerReferences: [owner], finalizers: ['foregroundDeletion'] });
    const change = (user: string, metadata: object) =>
      world.call({ user }, 'PATCH', `/${owned}`, { metadata });
    for (const metadata of [{ ownerReferences: null }, { finalizers: null }]) {
      assert.match((await change('dave', metadata)).said, /written by Tollgate's control alone/);
      assert.equal((await change(COLLECTOR, metadata)).said, '');
    }
    assert.equal(await remove(COLLECTOR, owned), '');
    assert.equal((await world.call(ERIN, 'GET', `/${owned}`)).status, 404);
  });

  it('is no right of anybody but those whom somebody binds to tollgate-approver: not of edit, nor of control', async () => {
    const [role] = await rendered('approvers.yaml');
    const { rules } = role as unknown as { rules: readonly object[] };
    const verbs = ['get', 'list', 'watch', 'patch', 'approve'];
    assert.deepEqual(rules, [{ apiGroups: ['tollgate.dev'], resources: ['approvals'], verbs }]);
    const labels = Object.keys(role?.metadata.labels ?? {});
    assert.ok(!labels.some((label) => label.includes('aggregate-to')), labels.join());
    for (const part of ['control', 'operator', 'gateway'])
      assert.doesNotMatch(JSON.stringify(await rendered(`${part}/rights.yaml`)), /approvals|"\*"/, part);
  });

  it('is shown, described and decided by kubectl', async () => {
    const name = await world.held();
    const kubectl = await binary('kubectl');
    await world.api.access();
    const run = async (user: string, ...args: string[]) => {
      const options = ['--kubeconfig', join(world.api.folder, 'kubeconfig'), '--as', user, '-n', NAMESPACE];
      return (await promisify(execFile)(kubectl, [...options, ...args])).stdout;
    };
    const lines = (await run('bob', 'get', 'approvals')).split('\n');
    assert.match(lines[0] ?? '', /^NAME +WORKLOAD +WHAT +STATE +EXPIRES +AGE/);
    const line = lines.find((one) => one.startsWith(`${name} `)) ?? '';
    assert.match(line, /agentrunner\/nightly +Bash: rm -rf build +Pending +20\d\d-\S+Z +\d+s/);
    const patch = JSON.stringify({ spec: DECIDE });
    assert.match(await run('bob', 'patch', 'approval', name, '--type=merge', '-p', patch), / patched/);
    const wide = await run('bob', 'get', 'approval', name, '-o', 'wide');
    assert.match(wide, / DECISION +BY .* Pending +Approve +bob /s);
    const said = await run('bob', 'describe', 'approval', name);
    for (const part of [/Decision: +Approve/, /Username: +bob/, /Digest: +sha256:0a0a/, /Reason: +fine/])
      assert.match(said, part);
    await assert.rejects(
      run('alice', 'patch', 'approval', await world.held(), '--type=merge', '-p', patch),
      /alice is an author of the AgentRunner nightly/,
    );
  });
});
