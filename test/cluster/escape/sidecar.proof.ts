/**
 * At the sidecar, from the container beside it: its files, token, environment, memory, admin and metrics ports; killing
 * and pausing it; what its door passes on to a provider; its place after it has crashed.
 *
 *   node --test test/cluster/escape/sidecar.proof.ts
 *
 * The twin is a pod whose sidecar trusts its neighbours: it shares processes, volumes and ports, and hands on everything.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { DUMMY_KEY } from '../../../core/cluster/names.ts';
import { until } from '../commands.ts';
import { IMAGES } from '../images.ts';
import {
  type Attempt,
  attempt,
  governed,
  KEY,
  naive,
  pod,
  program,
  SET_UP,
  setUp,
  shell,
  start,
  TIMEOUT,
  type Yard,
} from './set-up.ts';

let yard: Yard;
const SIDECAR = 'tollgate-sidecar';

before(async () => {
  yard = await setUp('sidecar', 63);
  const { cluster, held, free } = yard;
  const ports = (list: string) => ({ args: program('look-alike.ts'), env: [{ name: 'PORTS', value: list }] });
  await start(
    cluster,
    governed(held, 'agent'),
    governed(held, 'crashes', { agent: ports('4141,4142') }),
    naive(yard, 'agent', trusting()),
    pod(free, 'crashes', {
      agent: ports('4145'),
      spec: {
        initContainers: [
          { ...sidecarLike([]), startupProbe: { tcpSocket: { port: 4145 }, periodSeconds: 1 } },
        ],
      },
    }),
  );
}, SET_UP);

after(() => yard?.close());

function sidecarLike(volumeMounts: readonly object[]): object {
  return {
    ...{ name: SIDECAR, image: IMAGES.node, args: program('sidecar-like.ts'), restartPolicy: 'Always' },
    env: [{ name: 'TOLLGATE_TOKENS', value: 'here' }],
    volumeMounts,
    securityContext: { runAsUser: 1000 },
  };
}

/** A pod that shares what a governed one does not. */
function trusting() {
  const admin = { name: 'admin', mountPath: '/var/run/tollgate/admin' };
  const tokens = { name: 'tokens', mountPath: '/var/run/tollgate/tokens' };
  const of = (more: object) => ({ volumeMounts: [admin, tokens], ...more });
  return {
    agent: of({}),
    tools: of({}),
    spec: {
      shareProcessNamespace: true,
      initContainers: [sidecarLike([admin, tokens])],
      volumes: [
        { name: 'admin', emptyDir: {} },
        { name: 'tokens', projected: { sources: [{ serviceAccountToken: { path: 'gateway' } }] } },
      ],
    },
  };
}

interface Status {
  readonly metadata: { readonly uid: string };
  readonly status: {
    readonly initContainerStatuses: readonly {
      readonly name: string;
      readonly containerID: string;
      readonly restartCount: number;
      readonly ready: boolean;
    }[];
  };
}

async function statusOf(namespace: string, name: string) {
  const { status } = await yard.cluster.get<Status>(['pod', '-n', namespace, name]);
  return status.initContainerStatuses.find((one) => one.name === SIDECAR) ?? assert.fail('no sidecar');
}

async function both(line: string): Promise<{ held: string; free: string }> {
  const { cluster, held, free } = yard;
  return {
    held: await shell(cluster, held, 'agent', line),
    free: await shell(cluster, free, 'agent', line),
  };
}

describe('of the sidecar its neighbour does not get', TIMEOUT, () => {
  const lines: readonly [name: string, line: string, works: RegExp, fails?: RegExp][] = [
    ['to see its process', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "', /node --input-type/, /\bnode\b|--pod/],
    ['its environment', 'cat /proc/[0-9]*/environ | tr "\\0" "\\n"', /TOLLGATE_TOKENS=/],
    ['its memory', 'cat /proc/[0-9]*/maps', /\/usr\/local\/bin\/node/],
    ['its files, over its process', 'cat /proc/[0-9]*/root/var/run/tollgate/tokens/gateway', /eyJ/],
    ['its token, where it has it', 'cat /var/run/tollgate/tokens/gateway', /eyJ/],
    ['a token for the API server', 'cat /var/run/secrets/kubernetes.io/serviceaccount/token', /eyJ/],
    ['its volumes', 'cat /proc/mounts', /tollgate\/(tokens|admin|trust)|serviceaccount|lib\/tollgate/],
  ];
  for (const [name, line, works, fails = works] of lines)
    it(name, async () => {
      const { held, free } = await both(line);
      assert.match(free, works, 'without a fence');
      assert.doesNotMatch(held, fails);
    });

  it('its admin socket, or a metrics port', async () => {
    const { cluster, held, free } = yard;
    const attempts = {
      socket: { kind: 'unix', path: '/var/run/tollgate/admin/admin.sock' },
      metrics: { kind: 'tcp', host: '127.0.0.1', port: 9090 },
    } as const;
    assert.deepEqual(await attempt(cluster, free, 'agent', attempts), { socket: 'open', metrics: 'open' });
    const outcomes = { socket: 'ENOENT', metrics: 'ECONNREFUSED' };
    assert.deepEqual(await attempt(cluster, held, 'agent', attempts), outcomes);
  });

  it('a port that is not meant for it: two listen, the door and the proxy, and no abstract socket', async () => {
    const line = 'cat /proc/net/tcp /proc/net/tcp6 /proc/net/unix';
    let said = await both(line);
    await until('the twin listens everywhere', async () => {
      said = await both(line);
      return listening(said.free).join() === '4141,4142,4145,9090';
    });
    const { held, free } = said;
    assert.match(free, / @/, 'without a fence');
    assert.deepEqual(listening(held), [4141, 4142]);
    assert.doesNotMatch(held, / @/);
  });
});

/** @returns ports in /proc/net/tcp whose state is LISTEN */
function listening(table: string): readonly number[] {
  const ports = [...table.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm)];
  return [...new Set(ports.map(([, port = '']) => Number.parseInt(port, 16)))].sort((a, b) => a - b);
}

const url = (path: string) => `http://127.0.0.1:4141${path}`;
const headers = { 'content-type': 'application/json', authorization: `Bearer ${DUMMY_KEY}` };
const json = (path: string, body: object, more: object = {}): Attempt => ({
  ...{ kind: 'http', url: url(path), method: 'POST', show: 300 },
  headers: { ...headers, ...more },
  body: JSON.stringify(body),
});
/** As it stands, which `fetch` would not leave it. */
const raw = (path: string): Attempt => ({
  ...{ kind: 'connect', host: '127.0.0.1', port: 4141 },
  head: [`POST ${path} HTTP/1.1`, 'Host: 127.0.0.1:4141', `Authorization: ${headers.authorization}`]
    .concat('Content-Type: application/json', 'Content-Length: 2', '', '{}')
    .join('\r\n'),
});
const CHAT = {
  model: 'gpt-5.6-sol',
  messages: [{ role: 'user', content: 'hello' }],
  max_completion_tokens: 50,
};
const chat = (more: object = {}) => json('/v1/chat/completions', CHAT, more);

describe('the door does not pass on', TIMEOUT, () => {
  /** What has to be seen outside of what got through, and where it would have gone. */
  const rows: Readonly<Record<string, Attempt>> = {
    'an upload of a file': {
      ...{ kind: 'http', url: url('/v1/files'), method: 'POST', body: '--x\r\n\r\nsecret\r\n--x--' },
      headers: { ...headers, 'content-type': 'multipart/form-data; boundary=x' },
    },
    'a list of files': { kind: 'http', url: url('/v1/files'), headers },
    'a file': { kind: 'http', url: url('/v1/files/file-1/content'), headers },
    'the deletion of a file': { kind: 'http', url: url('/v1/files/file-1'), method: 'DELETE', headers },
    'fine-tuning': json('/v1/fine_tuning/jobs', { model: 'gpt-5.6-sol', training_file: 'file-1' }),
    'a batch': json('/v1/batches', { input_file_id: 'file-1', endpoint: '/v1/chat/completions' }),
    'a batch of messages': json('/v1/messages/batches', { requests: [] }),
    'an assistant': json('/v1/assistants', { model: 'gpt-5.6-sol' }),
    'a vector store': json('/v1/vector_stores', { name: 'x' }),
    'keys of the organization': { kind: 'http', url: url('/v1/organization/admin_api_keys'), headers },
    'the upload of a file, by a detour in the path': raw('/v1/chat/completions/../../files'),
    'the upload of a file, by an escaped detour': raw('/v1/chat/completions/%2e%2e/%2e%2e/files'),
    'a path of another host': json('//evil.escape.example/v1/chat/completions', CHAT),
    'a request for its metrics': { kind: 'http', url: url('/metrics'), headers },
    'a request for its health': { kind: 'http', url: url('/healthz'), headers },
    'a key in the query': json('/v1/chat/completions?api-key=sk-thief', CHAT),
    "another account's key": chat({ authorization: 'Bearer sk-thief' }),
    "another account's key beside the dummy": chat({ 'x-api-key': 'sk-thief', 'api-key': 'sk-thief' }),
    'another organization': chat({ 'openai-organization': 'org-thief', 'openai-project': 'proj-thief' }),
  };

  it('anything by accident: what is meant for it gets through, with the key of the Provider', async () => {
    const { held, cluster } = yard;
    const { call } = await attempt(cluster, held, 'agent', { call: chat({ 'user-agent': 'whole' }) });
    assert.match(call, /^200 /);
    const seen = yard.seen().filter(({ path }) => path === '/v1/chat/completions');
    assert.equal(seen.at(-1)?.headers.authorization, `Bearer ${KEY}`);
  });

  for (const [name, given] of Object.entries(rows))
    it(name, async () => {
      const { cluster, held, free, models } = yard;
      const seen = async (namespace: string) => {
        const before = yard.seen().length;
        const { call } = await attempt(cluster, namespace, 'agent', { call: given });
        return { call, requests: yard.seen().slice(before) };
      };
      const naively = await seen(free);
      assert.match(naively.call, /^[24]\d\d/, naively.call);
      assert.equal(naively.requests.length, 1, 'without a fence it is passed on');
      assert.equal(naively.requests[0]?.host, models);
      const { call, requests } = await seen(held);
      // What is called all the same carries nothing that the agent brought.
      if (!call.startsWith('200 ')) assert.deepEqual([requests, call.slice(0, 1)], [[], '4']);
      assert.doesNotMatch(JSON.stringify(requests), /thief/);
      for (const { path, headers: sent } of requests)
        assert.deepEqual([path, sent.authorization], ['/v1/chat/completions', `Bearer ${KEY}`]);
    });
});

describe('the sidecar goes on when its neighbour', TIMEOUT, () => {
  const works = async () => {
    const { cluster, held } = yard;
    const { call } = await attempt(cluster, held, 'agent', { call: chat() });
    assert.match(call, /^200 /);
    assert.equal((await statusOf(held, 'agent')).restartCount, 0);
  };

  it('stops all processes that it may', async () => {
    const { held, free } = await both('kill -STOP -1; grep -h State /proc/[0-9]*/status; kill -CONT -1');
    assert.match(free, /T \(stopped\)/);
    assert.doesNotMatch(held, /T \(stopped\)/);
    await works();
  });

  it('kills all processes that it may', async () => {
    // In the twin it ends the container that it is in, too.
    for (const namespace of [yard.held, yard.free])
      await shell(yard.cluster, namespace, 'agent', 'kill -KILL -1; sleep 1').catch(() => undefined);
    await until(
      'the twin has lost its sidecar',
      async () => (await statusOf(yard.free, 'agent')).restartCount > 0,
    );
    await works();
  });
});

describe('a program in the place of the sidecar that has crashed', TIMEOUT, () => {
  /** As if it had crashed: from the node, as nobody in the pod can. */
  async function crash(namespace: string): Promise<void> {
    const { containerID } = await statusOf(namespace, 'crashes');
    const id = containerID.replace('containerd://', '');
    const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && cgroupOf(pid).includes(id));
    assert.ok(pids.length > 0);
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  }
  const has = async (namespace: string, port: number) => {
    const what = ['logs', '-n', namespace, 'crashes', '-c', 'agent'];
    await until(`the program has port ${port}`, async () =>
      (await yard.cluster.kubectl(what)).includes(`has ${port}`),
    );
  };

  it('passes for it where a probe asks a port', async () => {
    await crash(yard.free);
    await has(yard.free, 4145);
    await until('it passes for ready', async () => {
      const { ready, restartCount } = await statusOf(yard.free, 'crashes');
      return ready && restartCount > 0;
    });
  });

  it('passes for nothing where the probe asks a file of the sidecar’s own, and gets nobody out', async () => {
    const { cluster, held, address } = yard;
    await crash(held);
    await Promise.all([has(held, 4141), has(held, 4142)]);
    await until('it was started again', async () => (await statusOf(held, 'crashes')).restartCount > 0);
    for (let n = 0; n < 10; n++) assert.equal((await statusOf(held, 'crashes')).ready, false);
    const out = await attempt(cluster, held, 'crashes', { out: { kind: 'tcp', host: address, port: 443 } });
    assert.equal(out.out, 'ECONNREFUSED');
  });
});

function cgroupOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}
