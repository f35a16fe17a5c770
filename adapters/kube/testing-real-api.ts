/**
 * A real API server with etcd and nothing else, on the loopback, for what no fake can show.
 *
 * The programs are those that test/cluster builds from source.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary } from '../../test/cluster/binaries.ts';
import { freePort } from '../../test/support/free-port.ts';
import type { Access } from './access.ts';
import { fromKubeconfig } from './kubeconfig.ts';

const START_MS = 90_000;

export class RealApi {
  readonly folder = mkdtempSync(join(tmpdir(), 'tollgate-real-api-'));
  readonly #programs: Readonly<Record<string, string>>;
  /** May do everything. */
  readonly #token = randomUUID();
  #etcd: ChildProcess | undefined;
  #server: ChildProcess | undefined;
  #ports = { etcd: 0, peers: 0, server: 0 };

  private constructor(programs: Readonly<Record<string, string>>) {
    this.#programs = programs;
  }

  static async start(): Promise<RealApi> {
    // The first time it is built, which takes some minutes and says so.
    const programs = { etcd: await binary('etcd'), 'kube-apiserver': await binary('kube-apiserver') };
    const api = new RealApi(programs);
    api.#ports = { etcd: await freePort(), peers: await freePort(), server: await freePort() };
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    api.#write('tokens.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    api.#write('tokens.pub', publicKey.export({ type: 'spki', format: 'pem' }));
    api.#write('tokens.csv', `${api.#token},admin,admin,system:masters\n`);
    try {
      api.#startEtcd();
      await api.startServer();
    } catch (error) {
      await api.stop();
      throw error;
    }
    return api;
  }

  get port(): number {
    return this.#ports.server;
  }

  get ca(): string {
    return join(this.folder, 'certificates/apiserver.crt');
  }

  access(): Promise<Access> {
    const name = 'real';
    this.#write(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          { name, cluster: { server: `https://127.0.0.1:${this.port}`, 'certificate-authority': this.ca } },
        ],
        users: [{ name, user: { token: this.#token } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        'current-context': name,
      }),
    );
    return fromKubeconfig(join(this.folder, 'kubeconfig'));
  }

  async startServer(): Promise<void> {
    this.#server = this.#spawn('kube-apiserver', {
      'etcd-servers': `http://127.0.0.1:${this.#ports.etcd}`,
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': this.port,
      'cert-dir': join(this.folder, 'certificates'),
      'service-cluster-ip-range': '10.0.0.0/24',
      'authorization-mode': 'RBAC',
      'token-auth-file': join(this.folder, 'tokens.csv'),
      'service-account-issuer': 'https://real.test',
      'service-account-key-file': join(this.folder, 'tokens.pub'),
      'service-account-signing-key-file': join(this.folder, 'tokens.key'),
      'endpoint-reconciler-type': 'none',
    });
    await this.#ready();
  }

  /** Ends it as a crash does. */
  async killServer(): Promise<void> {
    await end(this.#server, 'SIGKILL');
  }

  /** What was before is forgotten: etcd's own compaction, over its gateway. */
  async compact(): Promise<void> {
    const url = `http://127.0.0.1:${this.#ports.etcd}/v3/kv`;
    const post = async (path: string, body: object) =>
      (await fetch(`${url}/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
    const { header } = (await post('range', { key: btoa('/') })) as { header: { revision: string } };
    await post('compaction', { revision: header.revision, physical: true });
  }

  async stop(): Promise<void> {
    await end(this.#server, 'SIGKILL');
    await end(this.#etcd, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #startEtcd(): void {
    const [clients, peers] = [this.#ports.etcd, this.#ports.peers].map((port) => `http://127.0.0.1:${port}`);
    this.#etcd = this.#spawn('etcd', {
      name: 'real',
      'data-dir': join(this.folder, 'etcd'),
      'listen-client-urls': clients ?? '',
      'advertise-client-urls': clients ?? '',
      'listen-peer-urls': peers ?? '',
      'initial-advertise-peer-urls': peers ?? '',
      'initial-cluster': `real=${peers}`,
      'unsafe-no-fsync': true,
    });
  }

  async #ready(): Promise<void> {
    const until = performance.now() + START_MS;
    for (;;) {
      if (this.#server?.exitCode !== null)
        throw new Error(`the API server ended: ${this.#log('kube-apiserver')}`);
      const access = await this.access().catch(() => undefined);
      try {
        const way = await access?.way();
        const path = { origin: `https://127.0.0.1:${this.port}`, path: '/readyz', method: 'GET' } as const;
        const answer = await way?.dispatcher.request({ ...path, headers: way.headers });
        await answer?.body.dump();
        if (answer?.statusCode === 200) return;
      } catch {
        // Not yet.
      } finally {
        await access?.close();
      }
      if (performance.now() > until)
        throw new Error(`no API server after ${START_MS} ms: ${this.#log('kube-apiserver')}`);
      await sleep(100);
    }
  }

  #spawn(name: string, flags: Readonly<Record<string, string | number | boolean>>): ChildProcess {
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const path = this.#programs[name] ?? name;
    // Its log goes to a file; a pipe that nobody reads would stop it.
    return spawn('sh', ['-c', 'exec "$0" "$@" >>"$LOG" 2>&1', path, ...args], {
      env: { PATH: process.env.PATH, LOG: join(this.folder, `${name}.log`) },
      stdio: 'ignore',
    });
  }

  #log(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8').slice(-2000);
  }

  #write(file: string, text: string | Buffer): void {
    writeFileSync(join(this.folder, file), text, { mode: 0o600 });
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exited;
}
