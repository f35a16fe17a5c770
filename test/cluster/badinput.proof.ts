/**
 * What people do wrong, and what others do to them, while agents run: each is either refused by name or has one meaning that
 * docs/failure.md says.
 *
 *   node --test test/cluster/badinput.proof.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from './commands.ts';
import { readBooks } from './faults/books.ts';
import { uidOf } from './faults/chaos.ts';
import { budget, container, type Ground, SET_UP, setUp } from './faults/set-up.ts';
import { tinyVolume } from './faults/tiny-volume.ts';
import { type Line, readLines, worker, worksAgain } from './faults/workers.ts';
import { IMAGES } from './images.ts';
import { NAMESPACE } from './tollgate.ts';

const TIMEOUT = { timeout: 1_200_000 };
const AGENT = 'app=agent';

let ground: Ground;
let since = 0;

before(async () => {
  ground = await setUp('input', { host: 43 });
  since = Date.now();
  await ground.cluster.apply(worker(ground, 'agent', 0, 500));
  await worksAgain(ground, AGENT, since, { timeout: 600_000 });
}, SET_UP);
after(async () => {
  await ground?.cluster.kubectl(
    ['delete', 'agentrunners', '--all', '-n', ground.namespace, '--timeout=100s'],
    {
      timeout: 110_000,
    },
  );
  await ground?.close();
});

const kubectl = (...args: string[]) => ground.cluster.kubectl(['-n', ground.namespace, ...args]);

function manifest(kind: string, name: string, spec: object): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind,
    metadata: { name, namespace: ground.namespace },
    spec,
  };
}

/** Waits until the agent was refused for this reason after a moment. */
async function isRefused(code: string, from: number): Promise<void> {
  let last: Line | undefined;
  await until(
    () => `the agent is refused with ${code}; it said last ${JSON.stringify(last)}`,
    async () => {
      const lines = await readLines(ground, AGENT);
      last = lines.at(-1);
      return lines.some(({ at, error = '' }) => at > from && error.includes(`(${code},`));
    },
    { timeout: 600_000, every: 1_000 },
  );
}

interface Runner {
  readonly status?: {
    readonly phase?: string;
    readonly phases?: readonly {
      readonly name: string;
      readonly exitCode?: number;
      readonly message?: string;
    }[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

const runnerOf = (name: string) => ground.cluster.get<Runner>(['agentrunner', name, '-n', ground.namespace]);

async function reached(name: string, is: (runner: Runner) => boolean, what: string): Promise<Runner> {
  let now: Runner = {};
  await until(
    () => `${name} ${what}: ${JSON.stringify(now.status)}`,
    async () => {
      now = await runnerOf(name);
      return is(now);
    },
    { timeout: 600_000, every: 1_000 },
  );
  return now;
}

const run = (script: string) => ({ command: ['node', '-e', script] });
const task = (name: string, spec: object) =>
  manifest('AgentRunner', name, { agent: 'custom', image: IMAGES.node, imagePullPolicy: 'Never', ...spec });

describe('manifests', TIMEOUT, () => {
  it('that contradict each other: what the API server took and nobody can follow says so, and the last good ones hold', async () => {
    const from = Date.now();
    const routes = [{ model: '*', provider: 'nobody' }];
    const said = await ground.cluster
      .apply(manifest('ToolProfile', 'default', { tier: 'locked', models: { routes } }))
      .catch(({ message }: Error) => message);
    assert.match(said, /created|configured/);
    await until('its condition says so', async () =>
      (
        await kubectl('get', 'toolprofile', 'default', '-o', 'jsonpath={.status.conditions[0].reason}')
      ).includes('NoSuchProvider'),
    );
    await worksAgain(ground, AGENT, from);
    await kubectl('delete', 'toolprofile', 'default');
  });

  it('of two budgets the tighter one holds, whichever came first', async () => {
    const [wide, tight] = [ground.fresh('wide'), ground.fresh('tight')];
    await ground.cluster.apply(budget(ground.namespace, wide, '100'));
    const from = Date.now();
    await ground.cluster.apply(budget(ground.namespace, tight, '0.000000001'));
    await isRefused('budget_spent', from);
    const gone = Date.now();
    await kubectl('delete', 'budgetpolicy', tight);
    await worksAgain(ground, AGENT, gone);
    await kubectl('delete', 'budgetpolicy', wide);
  });
});

describe('what is deleted under a running agent', TIMEOUT, () => {
  it('a Secret: its calls are refused by name, and go on once it is there again', async () => {
    const secret = ['-n', NAMESPACE, 'secret', 'anthropic'];
    const kept = await ground.cluster.kubectl(['get', ...secret, '-o', 'json']);
    const from = Date.now();
    await ground.cluster.kubectl(['delete', ...secret]);
    try {
      await isRefused('no_credential', from);
    } finally {
      const { metadata, ...rest } = JSON.parse(kept) as { metadata: { name: string; labels: object } };
      const { name, labels } = metadata;
      await ground.cluster.apply({ ...rest, metadata: { name, labels, namespace: NAMESPACE } });
    }
    await worksAgain(ground, AGENT, Date.now());
  });

  it('a budget: its limit is gone; made again under its name, it has not forgotten what was spent', async () => {
    const name = ground.fresh('kept');
    const limit = ['get', 'budgetpolicy', name, '-o', 'jsonpath={.status.limits[0].spent}'];
    const spent = async () => Number((await kubectl(...limit)).replace('$', ''));
    await ground.cluster.apply(budget(ground.namespace, name, '100'));
    await until('something was spent', async () => (await spent()) > 0, { every: 1_000 });
    const before = await spent();
    await kubectl('delete', 'budgetpolicy', name);
    await worksAgain(ground, AGENT, Date.now());
    await ground.cluster.apply(budget(ground.namespace, name, '100'));
    await until('it says what was spent', async () => (await spent()) >= before, { every: 1_000 });
    await kubectl('delete', 'budgetpolicy', name);
  });

  it('its ToolProfile: it goes on by the last one; a new pod that names it is refused', async () => {
    await ground.cluster.apply(manifest('ToolProfile', 'gone', { tier: 'locked' }));
    await kubectl('delete', 'toolprofile', 'gone');
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'late',
        namespace: ground.namespace,
        annotations: { 'tollgate.dev/inject': 'true', 'tollgate.dev/tool-profile': 'gone' },
      },
      spec: { containers: [container('worker.ts')] },
    };
    await assert.rejects(ground.cluster.apply(pod), /ToolProfile.*gone|gone.*ToolProfile/);
  });
});

describe('an AgentRunner', TIMEOUT, () => {
  it('whose image is not there says so, by name, and waits', async () => {
    await ground.cluster.apply(task('no-image', { image: 'localhost/nobody/nothing:1', work: run('0') }));
    const { status } = await reached(
      'no-image',
      ({ status }) => status?.conditions?.some(({ reason }) => reason === 'ImageNotPulled') ?? false,
      'says that its image can not be fetched',
    );
    assert.match(JSON.stringify(status), /localhost\/nobody\/nothing:1/);
    await kubectl('delete', 'agentrunner', 'no-image', '--timeout=60s');
  });

  it('whose program is not in its image fails with what the node says', async () => {
    await ground.cluster.apply(task('no-program', { work: { command: ['/no/such/program'], retries: 0 } }));
    const { status } = await reached(
      'no-program',
      ({ status }) => status?.phase === 'Failed' || /no\/such\/program/.test(JSON.stringify(status)),
      'says what is wrong',
    );
    assert.match(JSON.stringify(status), /no\/such\/program/);
    await kubectl('delete', 'agentrunner', 'no-program', '--timeout=60s');
  });

  it('whose workspace is full fails with its own words, and is torn down all the same', async () => {
    await tinyVolume(ground.cluster);
    const fill = `const fs = require('node:fs'); const f = fs.openSync('/workspace/fill', 'w');
      for (let n = 0; n < 100; n++) fs.writeSync(f, Buffer.alloc(1 << 20));`;
    const look = `console.log('found', require('node:fs').statSync('/workspace/fill').size > 0)`;
    await ground.cluster.apply(
      task('full', {
        workspace: { size: '1Mi', storageClassName: 'faults-tiny' },
        work: { ...run(fill), retries: 0 },
        teardown: run(look),
      }),
    );
    const { status } = await reached('full', ({ status }) => status?.phase === 'Failed', 'has failed');
    const [work, teardown] = status?.phases ?? [];
    assert.match(work?.message ?? '', /ENOSPC|no space left/);
    assert.equal(teardown?.exitCode, 0);
    await kubectl('delete', 'agentrunner', 'full', '--timeout=60s');
  });

  it('that is deleted in its setup goes at once, with its pod and its workspace', async () => {
    await ground.cluster.apply(
      task('deleted', {
        setup: run('setInterval(() => {}, 1e6)'),
        work: run('0'),
        teardown: run(`console.log('never')`),
      }),
    );
    const mine = ['-l', 'tollgate.dev/runner=deleted', '--no-headers'];
    await until('setup runs', async () => (await kubectl('get', 'pods', ...mine)).includes('2/2'), {
      timeout: 600_000,
    });
    await kubectl('delete', 'agentrunner', 'deleted', '--timeout=50s');
    await until('nothing is left', async () => !(await kubectl('get', 'pods,pvc,jobs', ...mine)).trim(), {
      timeout: 600_000,
      every: 1_000,
    });
  });

  it('is run once, though an operator that was away for a while believes that it still leads', async () => {
    const { cluster } = ground;
    const holder = async () => {
      const path = 'jsonpath={.spec.holderIdentity}';
      return cluster.kubectl(['get', 'lease', '-n', NAMESPACE, 'tollgate-operator', '-o', path]);
    };
    const first = await holder();
    const uid = await uidOf(cluster, first.split('_')[0] ?? '');
    cluster.signal(uid, 'operator', 'SIGSTOP');
    try {
      await until('another one leads', async () => (await holder()) !== first, {
        timeout: 90_000,
        every: 1_000,
      });
      const once = run(`console.log('made')`);
      const runner = task('once', { setup: once, work: run('setTimeout(() => {}, 8000)'), teardown: once });
      // Until its endpoint is gone, the API server may ask the one that is away, and then nobody recorded an author.
      await until('it can be made', () =>
        cluster.apply(runner).then(
          () => true,
          () => false,
        ),
      );
      await reached('once', ({ status }) => status?.phase === 'Work', 'is at work');
    } finally {
      cluster.signal(uid, 'operator', 'SIGCONT');
    }
    await reached('once', ({ status }) => status?.phase === 'Succeeded', 'has succeeded');
    const jobs = await kubectl('get', 'jobs', '-l', 'tollgate.dev/runner=once', '-o', 'name');
    assert.deepEqual(jobs.trim().split('\n').toSorted(), [
      'job.batch/once-setup-1',
      'job.batch/once-teardown-1',
      'job.batch/once-work-1',
    ]);
    assert.notEqual(await holder(), first);
  });
});

describe('an ownerReference', TIMEOUT, () => {
  it("that names somebody else's Deployment makes that one pay nothing", async () => {
    const { cluster, namespace } = ground;
    const uid = await kubectl('get', 'deployment', 'agent', '-o', 'jsonpath={.metadata.uid}');
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'cuckoo',
        namespace,
        labels: { app: 'cuckoo' },
        annotations: { 'tollgate.dev/inject': 'true' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'agent', uid, controller: true },
        ],
      },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        containers: [container('worker.ts', { CALLS: 1, EVERY: 1_000, FIRST: 7_777 })],
      },
    });
    await worksAgain(ground, 'app=cuckoo', since, { calls: 1 });
    let payer: string | undefined;
    await until('its call is in the audit log', async () => {
      const { calls } = await readBooks(cluster, namespace, since);
      payer = calls.find(({ opened }) => opened[0]?.askedCap === 7_777)?.opened[0]?.workload?.name;
      return payer !== undefined;
    });
    assert.equal(payer, 'serviceaccount/default');
    await kubectl('delete', 'pod', 'cuckoo', '--now');
  });
});
