/** `tollgate pod-check`: is this container governed? What `helm test` runs in the place of an agent. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { DUMMY_KEY, SIDECAR_PORT } from '../core/cluster/names.ts';
import { print } from './output.ts';

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const PATIENCE_MS = 3_000;

/** @returns the exit code: 0 when it is */
export async function podCheck(env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const url = `http://127.0.0.1:${SIDECAR_PORT}`;
  const { KUBERNETES_SERVICE_HOST: api = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const checks: readonly [says: string, holds: boolean][] = [
    ['base URLs lead to the sidecar', env.ANTHROPIC_BASE_URL === url && env.OPENAI_BASE_URL !== undefined],
    ['keys in the environment are dummies', env.ANTHROPIC_API_KEY === DUMMY_KEY],
    ['the sidecar answers', await answers(url)],
    ['the API server is out of reach', api === '' || !(await opens(api, Number(port)))],
    ['there is no token of the ServiceAccount', !existsSync(TOKEN)],
  ];
  for (const [says, holds] of checks) print(`${holds ? 'yes' : 'NO '}  ${says}`);
  return checks.every(([, holds]) => holds) ? 0 : 1;
}

/** Any answer of the sidecar's own: it has no call to judge here. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/tollgate-pod-check`, {
      headers: { authorization: `Bearer ${DUMMY_KEY}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return (await response.text()).includes('tollgate');
  } catch {
    return false;
  }
}

function opens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
