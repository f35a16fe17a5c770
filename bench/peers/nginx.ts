/** nginx, the floor: what the others are divided by. It is here before anything is measured. */
import { targetAt } from '../traffic/request.ts';
import { startFloor } from '../under-test/nginx.ts';
import { stop } from '../under-test/process.ts';
import type { Peer } from './peer.ts';

export function nginx(version: string): Peer {
  return {
    name: 'nginx',
    version,
    how: 'a plain reverse proxy with one worker (nginx/floor.conf); it reads nothing of what it passes on',
    compiles: false,
    install: () => {},
    speaks: () => true,
    async start({ folder, cores, providers }) {
      const started = performance.now();
      const { process, json, stream } = await startFloor(folder, cores, providers);
      return {
        process,
        startMs: performance.now() - started,
        target: (wire, streamed) => targetAt(streamed ? stream : json, wire),
        async stop() {
          await stop(process, 3_000);
        },
      };
    },
  };
}
