/** What a real API server takes and refuses of AgentRunners, and with which words. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Access } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { problemsOf } from '../../core/policy/testing.ts';
import { RUNNER_CHANGES, RUNNER_RULES, runner, VARIABLES } from '../../core/policy/testing-runner.ts';
import type { AgentRunner } from '../../core/policy/types.generated.ts';
import { POLICY_EXAMPLES } from '../../scripts/policy-examples.ts';
import { installRunners } from './testing-crd.ts';

type Runner = KubeObject & Pick<AgentRunner, 'spec'>;
const RUNNERS = resource<Runner>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
const namespace = 'default';

describe('a real API server', () => {
  let api: RealApi;
  let access: Access;
  let client: KubeClient;

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    client = new KubeClient(access, 'tollgate-test/1');
    const namespaces = resource('v1 Namespace', 'namespaces', false);
    while (!(await client.get(namespaces, { name: namespace })).ok) await sleep(50);
    await installRunners(client);
  });
  after(async () => {
    await access?.close();
    await api?.stop();
  });

  /** @returns what the server has against it, or the object; nothing is stored */
  const tried = async (text: string) => {
    const answer = await client.create(RUNNERS, JSON.parse(text), { place: { namespace } });
    if (!answer.ok) return answer.error.message;
    await client.delete(RUNNERS, { namespace, name: answer.value.metadata.name });
    return answer.value;
  };

  for (const [message, { breaks, keeps }] of Object.entries(RUNNER_RULES)) {
    it(`says: ${message}`, async () => {
      for (const text of breaks) assert.ok(String(await tried(text)).includes(message), text);
      for (const text of keeps) assert.equal(typeof (await tried(text)), 'object', text);
    });
  }

  it('has the same rule for the variables of each phase', async () => {
    for (const { breaks, keeps } of VARIABLES) {
      for (const text of breaks)
        assert.match(String(await tried(text)), /give a variable either value or secret/);
      for (const text of keeps) assert.equal(typeof (await tried(text)), 'object', text);
    }
  });

  for (const [message, { refused, allowed }] of Object.entries(RUNNER_CHANGES)) {
    it(`says: ${message}`, async () => {
      const change = async ([from, to]: readonly [string, string]) => {
        const made = await client.create(RUNNERS, JSON.parse(from), { place: { namespace } });
        assert.ok(made.ok, from);
        const { metadata } = made.value;
        const changed = await client.replace(RUNNERS, { ...JSON.parse(to), metadata } as Runner);
        await client.delete(RUNNERS, { namespace, name: metadata.name });
        return changed.ok ? '' : changed.error.message;
      };
      for (const texts of refused) assert.ok((await change(texts)).includes(message), texts.join(' → '));
      for (const texts of allowed) assert.equal(await change(texts), '', texts.join(' → '));
    });
  }

  it('fills in the same defaults as a file gets', async () => {
    const made = await tried(runner());
    assert.ok(typeof made === 'object');
    const { spec } = made;
    assert.deepEqual(
      [spec.mode, spec.user, spec.workspace, spec.git, spec.work.retries, spec.imagePullPolicy],
      ['task', 1000, { size: '1Gi', mountPath: '/workspace' }, [], 0, 'IfNotPresent'],
    );
  });

  it('takes the manifest of the docs, which is right for a file too', async () => {
    const text = JSON.stringify(parse(POLICY_EXAMPLES.AgentRunner ?? ''));
    assert.deepEqual(problemsOf(text), []);
    assert.equal(typeof (await tried(text)), 'object');
  });

  it('refuses what a file is refused for', async () => {
    const work = { command: ['a'] };
    for (const [spec, field] of [
      [{ agent: 'cursor' }, 'spec.agent'],
      [{ work: { command: [] } }, 'spec.work.command'],
      [{ work: { ...work, timeoutSeconds: 0 } }, 'spec.work.timeoutSeconds'],
      [{ user: 0 }, 'spec.user'],
      [{ workspace: { mountPath: '/a/../b' } }, 'spec.workspace.mountPath'],
      [{ workspace: { size: '1.5Gi' } }, 'spec.workspace.size'],
      [{ resources: { limits: { cpu: '1 core' } } }, 'spec.resources.limits'],
      [{ git: [{ name: 'app', url: 'http://github.com/a/b' }] }, 'spec.git[0].url'],
      [{ git: [{ name: 'app', url: 'https://me:pw@github.com/a/b' }] }, 'spec.git[0].url'],
      [{ git: [{ name: '../x', url: 'https://github.com/a/b' }] }, 'spec.git[0].name'],
    ] as const) {
      const text = runner(spec);
      assert.ok(String(await tried(text)).includes(field), `${text}: ${await tried(text)}`);
      assert.ok(problemsOf(text)[0]?.includes(field), problemsOf(text).join('\n'));
    }
  });
});
