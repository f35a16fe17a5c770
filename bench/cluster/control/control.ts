/**
 * Control as its pod runs it: the bundle, with the image's flags of Node and the API server's address in its environment.
 * Its ServiceAccount's files are in a mount namespace of its own, where a pod has them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_NAMESPACE } from '../../../core/policy/snapshot.ts';
import { SELF_SIGNED } from '../../../test/support/tls.ts';
import { freePort } from '../../under-test/nginx.ts';
import { type Started, start, stop } from '../../under-test/process.ts';
import type { World } from './world.ts';

/** As the image has them (images/image.ts), with the half of the chart's memory limit in MB instead of per cent. */
const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=512', '--disable-sigusr1'];
const START_MS = 120_000;
/** Puts the files of $1 where a pod has them, and becomes the rest. */
const IN_POD = `
mount --make-rprivate /
mount -t tmpfs tmpfs /var/run
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
cp "$1"/token "$1"/ca.crt "$1"/namespace /var/run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"`;

export interface ControlSetup {
  readonly world: World;
  readonly folder: string;
  readonly cores: string;
  /** dist/tollgate.js of some build. */
  readonly bundle: string;
  readonly nodeFlags: readonly string[];
}

export interface ControlProcess {
  readonly process: Started;
  /** As sidecars have it: https://127.0.0.1:port */
  readonly url: string;
  readonly caFile: string;
  /** From its spawning until it said that it is ready, ms. */
  readonly startMs: number;
  /** As the kubelet ends it, with its grace period. */
  stop(): Promise<void>;
}

/** @returns control, ready. @throws Error when it ends before */
export async function startControl(setup: ControlSetup, port?: number): Promise<ControlProcess> {
  const { folder, cores, bundle, nodeFlags, world } = setup;
  const at = port ?? (await freePort());
  const config = await writeFiles(setup, at);
  const began = performance.now();
  const node = [process.execPath, ...NODE_FLAGS, ...nodeFlags];
  const started = start({
    name: 'control',
    cores,
    command: [
      ...['unshare', '--mount', 'sh', '-ec', IN_POD, 'sh', join(folder, 'account')],
      ...[...node, bundle, 'control', '--config', config, '--log-level', 'warn'],
    ],
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(world.api.port) },
    log: join(folder, 'control.log'),
  });
  const url = `https://127.0.0.1:${at}`;
  for (const deadline = began + START_MS; !(await isReady(url)); await sleep(10)) {
    if (started.child.exitCode !== null)
      throw new Error(
        `control ended with code ${started.child.exitCode}: see ${join(folder, 'control.log')}`,
      );
    if (performance.now() > deadline) throw new Error(`control is not ready after ${START_MS} ms`);
  }
  return {
    process: started,
    url,
    caFile: join(folder, 'control.crt'),
    startMs: performance.now() - began,
    async stop() {
      await stop(started, 60_000);
    },
  };
}

/** @returns the configuration's file */
async function writeFiles({ folder, world }: ControlSetup, port: number): Promise<string> {
  const { api, redis, mongoUrl } = world;
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  mkdirSync(join(folder, 'account'), { recursive: true });
  const tokenFile = write('account/token', world.token);
  const ca = write('account/ca.crt', readFileSync(api.ca, 'utf8'));
  write('account/namespace', SYSTEM_NAMESPACE);
  const config = {
    listen: { address: '127.0.0.1', port, metrics: await freePort() },
    tls: { cert: write('control.crt', SELF_SIGNED.cert), key: write('control.key', SELF_SIGNED.key) },
    tokens: {
      issuer: 'https://real.test',
      jwks: { url: `https://127.0.0.1:${api.port}/openid/v1/jwks`, ca, tokenFile },
    },
    redis: { urlFile: write('redis', `redis://127.0.0.1:${redis.port}`) },
    mongodb: { urlFile: write('mongodb', mongoUrl) },
    namespace: SYSTEM_NAMESPACE,
    graceMs: 5_000,
  };
  return write('config.json', JSON.stringify(config));
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/readyz`, { ca: SELF_SIGNED.cert, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
