/** etcd, which keeps what the API server knows; on the loopback, without durability. */
import { answers, flags, type Part } from './part.ts';

const CLIENTS = 'http://127.0.0.1:2379';
const PEERS = 'http://127.0.0.1:2380';

export const etcd: Part = {
  name: 'etcd',
  command: ({ program }) => [
    program('etcd'),
    ...flags({
      name: 'tollgate',
      'data-dir': '/var/lib/etcd',
      'listen-client-urls': CLIENTS,
      'advertise-client-urls': CLIENTS,
      'listen-peer-urls': PEERS,
      'initial-advertise-peer-urls': PEERS,
      'initial-cluster': `tollgate=${PEERS}`,
      // Its data is gone with the cluster anyhow.
      'unsafe-no-fsync': true,
    }),
  ],
  isReady: (setting) => answers(setting, `${CLIENTS}/health`),
};
