/** For tests: requests at the route, byte for byte. */

import type { Scope } from '../../test/support/output.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { type RouteChange, startTestRoute, type TestRoute } from './testing-route.ts';

export const RECEIVE = 'application/x-git-receive-pack-request';

/** Nothing of a push is ever answered by the server here: what it was sent is looked at. */
export async function start(t: Scope, change: RouteChange = {}): Promise<TestRoute> {
  const route = await startTestRoute(t, change);
  route.host.behave = ({ url }, response) => {
    const type = url?.endsWith('git-receive-pack') ? 'receive-pack-result' : 'upload-pack-result';
    response.writeHead(200, { 'content-type': `application/x-git-${type}` });
    response.on('close', () => undefined);
    response.end('0000');
    return true;
  };
  return route;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lines?: readonly string[];
}

export async function ask(t: Scope, { port }: TestRoute, bytes: Buffer | string, how: Ask = {}) {
  const { method = 'POST', path = '/git/app/git-receive-pack', headers = {}, lines = [] } = how;
  const client = await RawClient.connect(t, port);
  const all = { host: `127.0.0.1:${port}`, 'content-type': RECEIVE, ...headers };
  const length = lines.length > 0 || 'content-length' in all ? [] : [`content-length: ${bytes.length}`];
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
    ...length,
    ...lines,
  ];
  await client.send(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(bytes)]));
  const reply = await client.reply();
  return { status: reply.status, text: reply.body.toString('latin1'), reply };
}
