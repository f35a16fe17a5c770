/** Installs what `--peers` measures, which does so by itself too: node bench/peers/install.ts. What can't be had is said. */
import { Missing } from './peer.ts';
import { PEERS } from './peers.ts';

for (const peer of Object.values(PEERS)) {
  try {
    peer.install((line) => console.log(line));
    console.log(`${peer.name} ${peer.version} is installed.`);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.log(`${peer.name} ${peer.version} is missing: ${error.message}.`);
  }
}
