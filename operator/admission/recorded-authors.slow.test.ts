/** Whom an AgentRunner has as its authors: as a real API server has it by the chart and the real webhook. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AUTHORS } from '../../core/cluster/names.ts';
import { runner } from '../../core/policy/testing-runner.ts';
import { ApprovalsApi, type Reply } from './testing-approvals.ts';

const FORGED = { annotations: { [AUTHORS]: 'nobody' } };

describe('the authors of an AgentRunner', { timeout: 300_000 }, () => {
  let world: ApprovalsApi;
  before(async () => {
    world = await ApprovalsApi.start();
  });
  after(() => world?.stop());
  let made = 0;

  async function create(user: string, spec: object = {}, metadata: object = {}): Promise<Reply> {
    const body = JSON.parse(runner(spec)) as object;
    const name = `r${++made}`;
    return world.callRunners({ user }, 'POST', '', { ...body, metadata: { name, ...metadata } });
  }
  const patch = (user: string, { object }: Reply, body: object) =>
    world.callRunners({ user }, 'PATCH', `/${object.metadata.name}`, body);
  const authors = ({ object, said }: Reply) => said || object.metadata.annotations?.[AUTHORS];

  it('are who created it, whatever they say, and then all who change what it does, each once', async () => {
    const one = await create('erin', {}, { annotations: { [AUTHORS]: 'nobody', other: 'stays' } });
    assert.equal(authors(one), 'erin');
    assert.equal(one.object.metadata.annotations?.other, 'stays');
    const two = await patch('dave', one, { spec: { deadlineSeconds: 3 } });
    assert.equal(authors(two), 'erin\ndave');
    assert.equal(authors(await patch('erin', one, { spec: { deadlineSeconds: 4 } })), 'erin\ndave');
    const forged = { metadata: FORGED, spec: { deadlineSeconds: 5 } };
    assert.equal(authors(await patch('frank', one, forged)), 'erin\ndave\nfrank');
    const { metadata, ...rest } = (await patch('erin', one, {})).object;
    const put = await world.callRunners({ user: 'gina' }, 'PUT', `/${metadata.name}`, {
      ...rest,
      metadata: { ...metadata, annotations: {} },
      spec: { ...rest.spec, deadlineSeconds: 6 },
    });
    assert.equal(authors(put), 'erin\ndave\nfrank\ngina');
  });

  it('are not who stops it, lets it go on, or labels it', async () => {
    const one = await create('erin');
    for (const body of [
      { spec: { kill: 'stop' } },
      { spec: { kill: null, suspend: true } },
      { spec: { suspend: false } },
      { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } },
      { metadata: { finalizers: ['tollgate.dev/teardown'] } },
      { metadata: { finalizers: null } },
    ])
      assert.equal(authors(await patch('dave', one, body)), 'erin', JSON.stringify(body));
  });

  it('stay as they are when somebody writes others there, or none', async () => {
    const one = await create('erin');
    for (const annotations of [{ [AUTHORS]: 'nobody' }, { [AUTHORS]: null }, { [AUTHORS]: '' }, null])
      assert.equal(authors(await patch('dave', one, { metadata: { annotations } })), 'erin');
  });

  it('are at most 64', async () => {
    const one = await create('erin');
    for (let n = 1; n <= 63; n++) {
      const who = { user: `u${n}`, groups: ['system:masters'] };
      const path = `/${one.object.metadata.name}`;
      const reply = await world.callRunners(who, 'PATCH', path, { spec: { deadlineSeconds: n } });
      assert.equal(reply.said, '');
    }
    assert.match(
      (await patch('dave', one, { spec: { deadlineSeconds: 99 } })).said,
      /at most 64 authors\. Delete it/,
    );
    assert.equal((await patch('erin', one, { spec: { deadlineSeconds: 99 } })).said, '');
  });

  it('are asked for where the operator does not answer: nothing is made or changed, and all can be stopped', async () => {
    const one = await create('erin');
    await world.withoutWebhook(async () => {
      const said = /look whether it runs in tollgate-system/;
      assert.match((await create('erin')).said, said);
      assert.match((await create('erin', {}, FORGED)).said, said);
      assert.match((await patch('dave', one, { spec: { deadlineSeconds: 7 } })).said, said);
      assert.match((await patch('dave', one, { metadata: FORGED })).said, said);
      assert.match((await patch('dave', one, { metadata: { annotations: { [AUTHORS]: null } } })).said, said);
      assert.equal(authors(await patch('dave', one, { spec: { kill: 'stop' } })), 'erin');
      // The truth is taken from anybody.
      const truth = { metadata: { annotations: { [AUTHORS]: 'erin\ndave' } }, spec: { deadlineSeconds: 7 } };
      assert.equal(authors(await patch('dave', one, truth)), 'erin\ndave');
    });
  });
});
