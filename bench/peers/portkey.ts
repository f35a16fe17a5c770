/**
 * Portkey's gateway, the other one on Node. It has no configuration but headers of each call, and no way to say that it
 * listens on loopback only.
 */
import { join } from 'node:path';
import { targetAt } from '../traffic/request.ts';
import { freePort } from '../under-test/nginx.ts';
import { type Peer, startOn } from './peer.ts';
import { installNpm, pinnedNpm } from './registries.ts';

const PACKAGE = '@portkey-ai/gateway';

let folderOfPackage = '';

export const portkey: Peer = {
  name: 'Portkey',
  version: pinnedNpm(PACKAGE),
  how:
    `${PACKAGE} on the Node that Tollgate has, in production mode, no guardrails, no cache; with @hono/node-server 1.13.8, ` +
    'because it answers streams with status 500 on the version that npm would choose',
  compiles: true,
  install(say) {
    folderOfPackage = join(installNpm('Portkey', say), PACKAGE);
  },
  speaks: () => true,
  async start({ folder, cores, providers }) {
    const port = await freePort();
    const running = await startOn(port, {
      name: 'Portkey',
      cores,
      command: [process.execPath, 'build/start-server.js', `--port=${port}`, '--headless'],
      folder: folderOfPackage,
      env: { NODE_ENV: 'production' },
      log: join(folder, 'portkey.log'),
    });
    return {
      ...running,
      target(wire, streamed) {
        const { path, headers } = targetAt(port, wire);
        const provider = wire.id === 'anthropic-messages' ? 'anthropic' : 'openai';
        const host = `http://127.0.0.1:${streamed ? providers.stream : providers.json}/v1`;
        const chosen = ['x-portkey-provider', provider, 'x-portkey-custom-host', host];
        return { port, path, headers: [...headers, ...chosen] };
      },
    };
  },
};
