/**
 * Bifrost, which is written in Go. Its npm package downloads a program from a host of its own, so it would have to be built
 * from its Go modules. Where this bench was written the Go module proxy has none of them; nobody could try how it is
 * started, and so there is nothing here that starts it.
 */

import { Missing, type Peer } from './peer.ts';
import { askGo } from './registries.ts';

const MODULE = 'github.com/maximhq/bifrost/transports';

export const bifrost: Peer = {
  name: 'Bifrost',
  version: '1.6.2',
  how: `from its Go module ${MODULE}`,
  compiles: false,
  install() {
    askGo(MODULE, `v${bifrost.version}`);
    throw new Missing(`${MODULE} can be had here, but this bench does not know yet how to start it`);
  },
  speaks: () => true,
  start: () => Promise.reject(new Missing('this bench does not know how to start it')),
};
