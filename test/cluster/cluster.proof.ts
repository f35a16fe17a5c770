/**
 * From nothing running to a cluster that does what Tollgate needs of Kubernetes, and back to nothing.
 *
 *   node --test test/cluster/cluster.proof.ts
 *
 * As root; the first time it builds for about ten minutes. A cluster of this clone that runs is ended.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { outputFolder } from '../support/output.ts';
import { KUBERNETES } from './binaries.ts';
import { type Cluster, startCluster, stopCluster } from './cluster.ts';
import { until } from './commands.ts';
import { IMAGES } from './images.ts';
import { Machine, NODE } from './machine.ts';
import { askStores, finish, node, pod, reach, ready, shell } from './pods.ts';
import { isAlive, kill } from './processes.ts';
import { machineState, namespacesOf, processesIn } from './traces.ts';

const TIMEOUT = { timeout: 300_000 };
const say = (line: string) => console.log(line);

let cluster: Cluster;
let untouched: Record<string, unknown>;
/** Of all that was started in this file. */
const namespaces = new Set<string>();

async function start(): Promise<Cluster> {
  const started = await startCluster(say);
  const init = Machine.find()?.init;
  assert.ok(init);
  for (const namespace of namespacesOf(init.pid)) namespaces.add(namespace);
  return started;
}

before(
  async () => {
    await stopCluster();
    untouched = await machineState();
    cluster = await start();
  },
  { timeout: 3_600_000 },
);

after(async () => {
  await stopCluster();
});

/** Listens on a host outside until the test file ends. @param script  of Node */
async function startOutside(script: string): Promise<void> {
  const [program = '', ...args] = [...cluster.outside.enter, process.execPath, '-e', script];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

describe('a cluster', TIMEOUT, () => {
  it('has one Ready node of the version that was built, and is the same for who starts it again', async () => {
    assert.equal(cluster.wasRunning, false);
    const { items } = await cluster.get<{ items: { metadata: object; status: { nodeInfo: object } }[] }>([
      'node',
    ]);
    assert.equal(items.length, 1);
    assert.partialDeepStrictEqual(items[0], {
      metadata: { name: NODE },
      status: { nodeInfo: { kubeletVersion: `v${KUBERNETES}` } },
    });
    const began = performance.now();
    const again = await startCluster();
    assert.equal(again.wasRunning, true);
    assert.ok(performance.now() - began < 5_000);
  });

  it('runs a pod to its end', async () => {
    assert.equal(await finish(cluster, 'once', { containers: [shell('main', 'echo done')] }), 'done');
    await assert.rejects(
      finish(cluster, 'failing', { containers: [shell('main', 'echo no; exit 3')] }),
      /pod failing failed: no/,
    );
  });

  it('starts a native sidecar before the main container, and ends it after', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    const sidecar = shell('sidecar', 'sleep 2; echo sidecar >>/shared/order; sleep 600', {
      restartPolicy: 'Always',
      volumeMounts,
      startupProbe: { exec: { command: ['test', '-f', '/shared/order'] }, periodSeconds: 1 },
    });
    const main = shell('main', 'echo main >>/shared/order; cat /shared/order', { volumeMounts });
    const spec = {
      initContainers: [sidecar],
      containers: [main],
      volumes: [{ name: 'shared', emptyDir: {} }],
    };
    assert.equal(await finish(cluster, 'sidecar', spec), 'sidecar\nmain');
  });

  it('answers at the name and the address of a Service', async () => {
    const serve = shell('main', 'mkdir /www; echo served >/www/index.html; exec httpd -f -p 8080 -h /www', {
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    });
    await cluster.apply([
      pod('served', { containers: [serve] }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'served' },
        spec: { selector: { app: 'served' }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ]);
    await ready(cluster, 'served');
    const ask = 'for n in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://served && exit; sleep 1; done; exit 1';
    assert.equal(await finish(cluster, 'asking', { containers: [shell('main', ask)] }), 'served');
  });

  it('gives a pod a token that its published keys verify, for its audience alone', async () => {
    const projected = { sources: [{ serviceAccountToken: { audience: 'tollgate', path: 'token' } }] };
    const volumeMounts = [{ name: 'token', mountPath: '/token' }];
    const token = await finish(cluster, 'token', {
      containers: [shell('main', 'cat /token/token', { volumeMounts })],
      volumes: [{ name: 'token', projected }],
    });
    const keys = createLocalJWKSet(JSON.parse(await cluster.kubectl(['get', '--raw', '/openid/v1/jwks'])));
    const { payload } = await jwtVerify(token, keys, { audience: 'tollgate' });
    assert.equal(payload.sub, 'system:serviceaccount:default:default');
    assert.partialDeepStrictEqual(payload['kubernetes.io'], { pod: { name: 'token' } });
    await assert.rejects(jwtVerify(token, keys, { audience: 'kubernetes' }), /unexpected "aud"/);
  });

  it('binds a claim to a volume that a user without rights can write, keeps it, and removes it', async () => {
    const volumeMounts = [{ name: 'work', mountPath: '/work' }];
    const spec = (script: string) => ({
      securityContext: { runAsUser: 65532, runAsNonRoot: true, fsGroup: 65532 },
      containers: [shell('main', script, { volumeMounts })],
      volumes: [{ name: 'work', persistentVolumeClaim: { claimName: 'work' } }],
    });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'work' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    });
    await finish(cluster, 'writing', spec('id -u >/work/who'));
    assert.equal(await finish(cluster, 'reading', spec('cat /work/who; stat -c %g /work')), '65532\n65532');
    await cluster.kubectl(['delete', 'pod', 'writing', 'reading']);
    await cluster.kubectl(['delete', 'pvc', 'work']);
    await until('the volume is gone', async () => {
      const { items } = await cluster.get<{ items: unknown[] }>(['pv']);
      return items.length === 0;
    });
  });

  it('refuses by a ValidatingAdmissionPolicy, in its words', async () => {
    const api = 'admissionregistration.k8s.io/v1';
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
    const message = 'No pod here may be named forbidden.';
    await cluster.apply([
      {
        apiVersion: api,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'names' },
        spec: {
          matchConstraints: { resourceRules: [rule] },
          validations: [{ expression: "object.metadata.name != 'forbidden'", message }],
        },
      },
      {
        apiVersion: api,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'names' },
        spec: { policyName: 'names', validationActions: ['Deny'] },
      },
    ]);
    const create = () =>
      cluster.apply(pod('forbidden', { containers: [shell('main', 'true')] }), ['--dry-run=server']);
    let refused = '';
    await until('it is refused', () =>
      create().then(
        () => false,
        (error: Error) => {
          refused = error.message;
          return true;
        },
      ),
    );
    assert.match(
      refused,
      /ValidatingAdmissionPolicy 'names' .*denied request: No pod here may be named forbidden\./,
    );
    assert.equal(await finish(cluster, 'allowed', { containers: [shell('main', 'echo yes')] }), 'yes');
  });

  it('has images of Node, Redis and a MongoDB server, and these two as processes on the node and outside', async () => {
    await cluster.loadImages('node', 'redis', 'mongo');
    const listening = (port: number) => ({ readinessProbe: { tcpSocket: { port }, periodSeconds: 1 } });
    await cluster.apply([
      pod('redis', { containers: [{ name: 'main', image: IMAGES.redis, ...listening(6379) }] }),
      pod('mongo', { containers: [{ name: 'main', image: IMAGES.mongo, ...listening(27017) }] }),
    ]);
    const stores = [
      ...[await cluster.redis(), await cluster.redis('outside')],
      ...[await cluster.mongo(), await cluster.mongo('outside')],
    ];
    const redis = [
      `${await ready(cluster, 'redis')}:6379`,
      ...stores.slice(0, 2).map(({ url }) => new URL(url).host),
    ];
    const mongo = [
      `${await ready(cluster, 'mongo')}:27017`,
      ...stores.slice(2).map(({ url }) => new URL(url).host),
    ];
    const output = await finish(cluster, 'asking-stores', {
      containers: [node('main', askStores({ redis, mongo }))],
    });
    assert.deepEqual(output.split('\n'), [...redis.map(() => '+PONG'), ...mongo.map(() => 'ismaster 1')]);
    for (const store of stores) await store.stop();
  });

  it('installs a chart with helm, and writes nothing to a home folder', async (t) => {
    const chart = join(outputFolder(t), 'chart');
    mkdirSync(join(chart, 'templates'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: tried\nversion: 0.1.0\n');
    const template =
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: tried\ndata:\n  word: {{ .Values.word }}\n';
    writeFileSync(join(chart, 'templates', 'one.yaml'), template);
    await cluster.helm(['install', 'tried', chart, '--set', 'word=hello']);
    assert.partialDeepStrictEqual(await cluster.get(['configmap', 'tried']), { data: { word: 'hello' } });
    await cluster.helm(['uninstall', 'tried']);
  });
});

describe('a NetworkPolicy', TIMEOUT, () => {
  const LISTEN = `
    const listen = (port) => require('node:net').createServer((socket) => socket.end()).listen(port);
    listen(8080); listen(9090);`;

  it('closes everything, and an allow rule opens one port of one pod', async () => {
    await cluster.loadImages('node');
    const outside = cluster.outside.address(34);
    await startOutside(`
      require('node:net').createServer((socket) => socket.end()).listen(443, '${outside}', () => console.log('ready'));`);
    cluster.outside.name('provider.example', outside);
    const probe = { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } };
    await cluster.apply([
      pod('gateway', { containers: [node('main', LISTEN, probe)] }),
      pod('other', { containers: [node('main', LISTEN, probe)] }),
      pod('agent', { containers: [node('main', 'setInterval(() => {}, 1000)')] }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'other' },
        spec: { selector: { app: 'other' }, ports: [{ port: 8080 }] },
      },
    ]);
    await ready(cluster, 'agent');
    const [gateway, other] = [await ready(cluster, 'gateway'), await ready(cluster, 'other')];
    const service = await cluster.kubectl(['get', 'service', 'other', '-o', 'jsonpath={.spec.clusterIP}']);
    const targets = {
      port: `${gateway}:8080`,
      'other port': `${gateway}:9090`,
      'other pod': `${other}:8080`,
      service: `${service}:8080`,
      node: '10.200.0.1:10250',
      'API server': '10.96.0.1:443',
      outside: `${outside}:443`,
    };
    const all = (how: string) => Object.fromEntries(Object.keys(targets).map((name) => [name, how]));
    const becomes = async (expected: Record<string, string>) => {
      let seen: Record<string, string> = {};
      const isSo = async () => {
        seen = await reach(cluster, 'agent', targets);
        return JSON.stringify(seen) === JSON.stringify(expected);
      };
      await until(
        () => `the agent reaches ${JSON.stringify(expected)}; it saw ${JSON.stringify(seen)}`,
        isSo,
      );
    };

    await becomes(all('open'));
    const byName = { named: 'provider.example:443', service: 'other.default.svc.cluster.local:8080' };
    assert.deepEqual(await reach(cluster, 'agent', byName), { named: 'open', service: 'open' });
    assert.deepEqual(await reach(cluster, 'agent', { nobody: 'nobody.example:443' }), {
      nobody: 'ENOTFOUND',
    });

    const policy = (egress: readonly object[]) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'agent' },
      spec: { podSelector: { matchLabels: { app: 'agent' } }, policyTypes: ['Egress'], egress },
    });
    await cluster.apply(policy([]));
    await becomes(all('ECONNREFUSED'));
    const to = [{ podSelector: { matchLabels: { app: 'gateway' } } }];
    await cluster.apply(policy([{ to, ports: [{ port: 8080 }] }]));
    await becomes({ ...all('ECONNREFUSED'), port: 'open' });
    await cluster.kubectl(['delete', 'networkpolicy', 'agent']);
    await becomes(all('open'));
  });
});

describe('after a crash', TIMEOUT, () => {
  it('a start replaces what is broken', async () => {
    const machine = Machine.find();
    assert.ok(machine);
    // The API server would notice nothing, and no NetworkPolicy would hold.
    kill(machine.part('kube-router'));
    await until('it has ended', () => machine.ended.length > 0);
    cluster = await start();
    assert.equal(cluster.wasRunning, false);
    assert.equal(await finish(cluster, 'again', { containers: [shell('main', 'echo again')] }), 'again');
  });

  it('of everything, nothing runs on, and a start works', async () => {
    const machine = Machine.find();
    assert.ok(machine);
    kill(machine.init);
    await until('it has ended', () => !isAlive(machine.init));
    cluster = await start();
    assert.equal(cluster.wasRunning, false);
    assert.match(await cluster.kubectl(['get', 'nodes']), / Ready /);
  });
});

describe('a stopped cluster', TIMEOUT, () => {
  it('has left no process, mount, network, rule, control group or file, and is stopped once', async () => {
    assert.ok(processesIn(namespaces).length > 0);
    assert.notDeepEqual(await machineState(), untouched);
    await cluster.stop();
    assert.deepEqual(await machineState(), untouched);
    assert.deepEqual(processesIn(namespaces), []);
    await stopCluster();
  });
});
