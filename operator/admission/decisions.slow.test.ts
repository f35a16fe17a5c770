/** Who may decide on an Approval, and that it is known who did: as a real API server has it by the chart and the webhook. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENT, ApprovalsApi, CONTROL, inSeconds, type Who } from './testing-approvals.ts';

const APPROVE = { decision: 'Approve', reason: 'it is a build folder' };
const BOB: Who = { user: 'bob' };

describe('a decision on an Approval', { timeout: 300_000 }, () => {
  let world: ApprovalsApi;
  before(async () => {
    world = await ApprovalsApi.start();
  });
  after(() => world?.stop());

  it('is written by who has the verb approve, with the name, UID and groups that the API server knows', async () => {
    const name = await world.held();
    const began = Math.floor(Date.now() / 1000) * 1000;
    const who = { user: 'bob', uid: 'u-17', groups: ['dev', 'system:authenticated'] };
    const { said, object } = await world.decide(who, name, APPROVE);
    assert.equal(said, '');
    const { decision, reason, decidedBy } = object.spec;
    assert.deepEqual([decision, reason], ['Approve', APPROVE.reason]);
    const { at, ...by } = decidedBy ?? { at: '' };
    assert.deepEqual(by, { username: 'bob', uid: 'u-17', groups: who.groups });
    assert.ok(Date.parse(at) >= began && Date.parse(at) <= Date.now() + 1000, at);
    assert.deepEqual((await world.get(name)).spec.decidedBy, decidedBy);
  });

  it('may be a denial, without a reason, and by any kind of patch', async () => {
    const denied = await world.decide(BOB, await world.held(), { decision: 'Deny' });
    assert.equal(denied.object.spec.decision, 'Deny');
    const name = await world.held();
    const patch = [{ op: 'add', path: '/spec/decision', value: 'Approve' }];
    const json = await world.call(BOB, 'PATCH', `/${name}`, patch, 'application/json-patch+json');
    assert.equal(json.object.spec.decidedBy?.username, 'bob', json.said);
    const applied = await world.held();
    const intent = {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: applied },
      spec: { decision: 'Approve' },
    };
    const path = `/${applied}?fieldManager=kubectl`;
    const apply = await world.call(BOB, 'PATCH', path, intent, 'application/apply-patch+yaml');
    assert.equal(apply.object.spec.decidedBy?.username, 'bob', apply.said);
  });

  it('is stamped by admission, whatever somebody writes there himself', async () => {
    const forged = { username: 'carol', uid: 'u-1', groups: ['system:masters'], at: '2020-01-01T00:00:00Z' };
    const { object, said } = await world.decide(BOB, await world.held(), { ...APPROVE, decidedBy: forged });
    assert.equal(said, '');
    const { username, uid, groups, at } = object.spec.decidedBy ?? {};
    assert.deepEqual([username, uid, groups], ['bob', undefined, ['system:authenticated']]);
    assert.ok(Date.parse(at ?? '') > Date.parse('2026-01-01'), at);
  });

  it('by a right that a group gives counts, and the groups stand there when they are lost again', async () => {
    const who = { user: 'otto', groups: ['oncall', 'system:authenticated'] };
    const name = await world.held();
    assert.match((await world.decide({ user: 'otto' }, name, APPROVE)).said, /cannot patch resource/);
    // To say of oneself that one is in a group helps nobody.
    const claims = { ...APPROVE, decidedBy: { username: 'otto', groups: ['oncall'], at: inSeconds(0) } };
    assert.match((await world.decide({ user: 'otto' }, name, claims)).said, /cannot patch resource/);
    assert.equal((await world.decide(who, name, APPROVE)).said, '');
    assert.deepEqual((await world.get(name)).spec.decidedBy?.groups, who.groups);
    assert.match((await world.decide({ user: 'otto' }, await world.held(), APPROVE)).said, /cannot patch/);
  });

  it('by somebody in very many groups, or in one with a very long name, has as many as fit', async () => {
    const many = Array.from({ length: 80 }, (_, n) => `g${n}`);
    const most = await world.decide({ user: 'bob', groups: [...many, 'x'] }, await world.held(), APPROVE);
    assert.equal(most.said, '');
    assert.deepEqual(most.object.spec.decidedBy?.groups, many.slice(0, 64));
    const long = 'ü'.repeat(257);
    const fits = '𝔤'.repeat(256);
    const groups = [encodeURIComponent('a'), long, fits].map((group) =>
      Buffer.from(group).toString('latin1'),
    );
    const { object, said } = await world.decide({ user: 'bob', groups }, await world.held(), APPROVE);
    assert.equal(said, '');
    assert.deepEqual(object.spec.decidedBy?.groups, ['a', fits, 'system:authenticated']);
  });

  it('is refused to who may change Approvals in every way but decide', async () => {
    const { status, said } = await world.decide({ user: 'dave' }, await world.held(), APPROVE);
    assert.equal(status, 403);
    assert.match(said, /dave may not decide on Approvals of the namespace team-a\. A RoleBinding to the Clu/);
  });

  it('is refused to each author of the run, whatever rights they have', async () => {
    const said = (await world.decide({ user: 'alice' }, await world.held(), APPROVE)).said;
    assert.match(said, /alice is an author of the AgentRunner nightly, and nobody decides on a run of their/);
    const erins = await world.held({ authors: ['argo', 'erin'] });
    assert.match((await world.decide({ user: 'erin' }, erins, APPROVE)).said, /erin is an author/);
    assert.match(
      (await world.decide({ user: 'erin' }, erins, { decision: 'Deny' })).said,
      /erin is an author/,
    );
    assert.equal((await world.decide({ user: 'alice' }, erins, APPROVE)).said, '', 'not hers');
  });

  it('is refused to ServiceAccounts, also the workload’s own, and to nodes', async () => {
    for (const who of [
      { user: AGENT },
      { user: AGENT, groups: ['system:authenticated'] },
      { user: CONTROL },
      { user: 'system:node:n1', groups: ['system:authenticated'] },
      { user: 'bob', groups: ['system:nodes'] },
      { user: 'system:anonymous', groups: ['oncall'] },
      { user: 'bob', groups: ['system:serviceaccounts'] },
      { user: 'bob', groups: ['system:unauthenticated'] },
    ])
      assert.match(
        (await world.decide(who, await world.held(), APPROVE)).said,
        /a person decides, by a login of their own/,
        JSON.stringify(who),
      );
  });

  it('is made once, and nothing of it changes any more', async () => {
    const name = await world.held();
    assert.equal((await world.decide(BOB, name, APPROVE)).said, '');
    const was = await world.get(name);
    for (const [spec, said] of [
      [{ decision: 'Deny' }, /it has been decided, once and for all/],
      [{ decision: null }, /it has been decided, once and for all/],
      [{ decision: null, reason: null, decidedBy: null }, /it has been decided, once and for all/],
      [{ reason: 'another' }, /the reason stays as it was given/],
      [{ reason: null }, /the reason stays as it was given/],
      [{ decidedBy: { username: 'carol' } }, /who decided stays as admission wrote it/],
      [{ decidedBy: null }, /who decided stays as admission wrote it/],
    ] as const)
      for (const user of ['carol', 'erin', CONTROL])
        assert.match((await world.decide({ user }, name, spec)).said, said, JSON.stringify(spec));
    const again = await world.decide({ user: 'carol' }, name, { decision: 'Approve' });
    assert.equal(again.object.spec.decidedBy?.username, 'bob', 'the same once more changes nothing');
    assert.deepEqual((await world.get(name)).spec, was.spec);
  });

  it('is made once also by two at the same moment, and the other is told', async () => {
    for (let n = 0; n < 8; n++) {
      const name = await world.held();
      const answers = await Promise.all([
        world.decide(BOB, name, { decision: 'Approve' }),
        world.decide({ user: 'carol' }, name, { decision: 'Deny' }),
      ]);
      const [lost, ...more] = answers.filter(({ status }) => status !== 200);
      assert.equal(more.length, 0);
      assert.match(lost?.said ?? '', /it has been decided, once and for all|the object has been modified/);
      const { decision, decidedBy } = (await world.get(name)).spec;
      assert.equal(decidedBy?.username, decision === 'Approve' ? 'bob' : 'carol');
    }
  });

  it('comes too late after its end, by the API server’s clock', async () => {
    const name = await world.held({}, { expiresAt: inSeconds(2) });
    await sleep(2500);
    for (const spec of [
      APPROVE,
      { decision: 'Deny' },
      { ...APPROVE, decidedBy: { username: 'bob', at: '2020-01-01T00:00:00Z' } },
    ])
      assert.match(
        (await world.decide(BOB, name, spec)).said,
        /it has expired and can't be decided any more/,
      );
    assert.match(
      (await world.decide(BOB, name, { ...APPROVE, expiresAt: inSeconds(60) })).said,
      /what is held, and until when, never changes/,
    );
  });

  it('is neither another word, nor given a reason that is too long or has what nobody sees', async () => {
    for (const [spec, said] of [
      [{ decision: 'approve' }, /Unsupported value: "approve"/],
      [{ decision: 'Maybe' }, /Unsupported value: "Maybe"/],
      [{ decision: '' }, /Unsupported value: ""/],
      [{ decision: true }, /must be of type string/],
      [{ decision: 'Approve', reason: 'x'.repeat(1025) }, /may not be more than 1024/],
      [{ decision: 'Approve', reason: '' }, /should be at least 1 chars long/],
      [{ decision: 'Approve', reason: 'a\u001b[2K' }, /spec\.reason in body should match/],
      [{ reason: 'only this' }, /a reason is given with a decision/],
      [{ decidedBy: { username: 'bob', at: inSeconds(0) } }, /a decision needs spec\.decidedBy/],
    ] as const)
      assert.match((await world.decide(BOB, await world.held(), spec)).said, said, JSON.stringify(spec));
    const lines = 'two lines:\n\t👩‍💻 of them';
    const { object } = await world.decide(BOB, await world.held(), { decision: 'Deny', reason: lines });
    assert.equal(object.spec.reason, lines);
  });

  it('changes nothing else: neither what is held, nor labels, owners and the like', async () => {
    const name = await world.held();
    const held = await world.get(name);
    for (const metadata of [
      { labels: { a: 'b' } },
      { annotations: { a: 'b' } },
      { finalizers: ['a.example.com/b'] },
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] },
    ]) {
      const { status, said } = await world.decide(BOB, name, APPROVE, metadata);
      assert.equal(status, 403, JSON.stringify(metadata));
      assert.match(said, /labels, annotations, owners and finalizers .* control alone/);
    }
    for (const change of [
      { held: { what: 'nothing much' } },
      { held: { authors: [] } },
      { held: { digest: `sha256:${'00'.repeat(32)}` } },
      { held: { tool: null } },
      { expiresAt: inSeconds(7200) },
    ])
      assert.match(
        (await world.decide(BOB, name, { ...APPROVE, ...change })).said,
        /what is held, and until when, never changes/,
      );
    assert.deepEqual((await world.get(name)).spec, held.spec);
    // As `kubectl edit` and `kubectl replace` do.
    const whole = { ...held, spec: { ...held.spec, ...APPROVE } };
    assert.equal((await world.call({ user: 'erin' }, 'PUT', `/${name}`, whole)).said, '');
  });

  it('has the time of the request, not one that somebody sends along as the API server’s own note', async () => {
    const entry = (time: string) => ({
      manager: 'x',
      operation: 'Update',
      apiVersion: 'tollgate.dev/v1alpha1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:expiresAt': {} } },
    });
    const name = await world.held();
    const own = [inSeconds(60), inSeconds(-60)].map((at) => ({ at, managedFields: [entry(at)] }));
    for (const { at, managedFields } of [...own, { at: inSeconds(60), managedFields: [{}] }]) {
      const plain = await world.decide(BOB, name, APPROVE, { managedFields });
      assert.match(plain.said, /a decision needs spec\.decidedBy/);
      assert.match(plain.warned, /the time of this decision is not known/);
      const decidedBy = { username: 'bob', groups: ['system:authenticated'], at };
      const forged = await world.decide(BOB, name, { ...APPROVE, decidedBy }, { managedFields });
      assert.match(forged.said, /spec\.decidedBy\.at is not the time of this request/);
    }
    assert.equal((await world.decide(BOB, name, APPROVE, { managedFields: null })).said, '');
  });

  it('is taken without the operator if it says the truth, which nobody forges', async () => {
    const groups = ['dev', 'system:authenticated'];
    const who = { user: 'bob', uid: 'u-17', groups };
    await world.withoutWebhook(async () => {
      const name = await world.held();
      assert.match((await world.decide(who, name, APPROVE)).said, /the operator did not answer/);
      const by = () => ({ username: 'bob', uid: 'u-17', groups, at: inSeconds(0) });
      const attempt = async (change: object) =>
        (await world.decide(who, name, { ...APPROVE, decidedBy: { ...by(), ...change } })).said;
      assert.match(
        await attempt({ username: 'carol' }),
        /decidedBy says carol, and it is bob who asks\. Leave decidedBy out/,
      );
      for (const uid of ['u-18', undefined]) assert.match(await attempt({ uid }), /it is bob who asks/);
      for (const forged of [
        ['dev'],
        ['dev', 'dev'],
        [...groups, 'system:masters'],
        ['oncall', 'dev'],
        undefined,
      ])
        assert.match(await attempt({ groups: forged }), /are not the groups of who asks/);
      for (const seconds of [-60, 60, 3000])
        assert.match(await attempt({ at: inSeconds(seconds) }), /at is not the time of this request/);
      // It is of the second in which the API server gets it.
      let said = '?';
      for (let n = 0; n < 20 && said !== ''; n++) said = await attempt({});
      assert.equal(said, '');
      const { decidedBy } = (await world.get(name)).spec;
      assert.deepEqual([decidedBy?.username, decidedBy?.uid, decidedBy?.groups], ['bob', 'u-17', groups]);
    });
  });
});
