/** LiteLLM's proxy, as its documentation says to run it in production, as far as that needs no database. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fillIn } from '../template.ts';
import { targetAt } from '../traffic/request.ts';
import { freePort } from '../under-test/nginx.ts';
import { type Peer, startOn } from './peer.ts';
import { installPython, pinnedPython } from './registries.ts';

let packages = '';

export const litellm: Peer = {
  name: 'LiteLLM',
  version: pinnedPython('litellm', 'litellm'),
  how: 'litellm[proxy], one worker of uvicorn (peers/litellm.yaml), no database, no keys, no logs, no guardrails, no cache',
  compiles: false,
  install(say) {
    packages = installPython('litellm', 'LiteLLM', say);
  },
  speaks: () => true,
  async start({ folder, cores, providers }) {
    const port = await freePort();
    const ports = { jsonProvider: providers.json, streamProvider: providers.stream };
    const file = fillIn(join(import.meta.dirname, 'litellm.yaml'), folder, ports);
    const logging = join(folder, 'litellm-logging.json');
    cpSync(join(import.meta.dirname, 'litellm-logging.json'), logging);
    const program = join(packages, '..', '..', '..', 'bin', 'litellm');
    const listen = ['--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'];
    const running = await startOn(port, {
      name: 'LiteLLM',
      cores,
      command: [program, '--config', file, ...listen, '--telemetry', 'False', '--log_config', logging],
      folder,
      env: {
        HOME: folder,
        // The price list that it comes with, in place of one that it would download.
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_LOG: 'ERROR',
        DISABLE_ADMIN_UI: 'True',
        NO_DOCS: 'True',
      },
      log: join(folder, 'litellm.log'),
    });
    return { ...running, target: (wire) => targetAt(port, wire) };
  },
};
