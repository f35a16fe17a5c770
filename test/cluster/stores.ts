/** Redis and a MongoDB wire server, for tests of what uses them; as processes, in the cluster's network or outside it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, until } from './commands.ts';
import { INSIDE, type Machine } from './machine.ts';
import { NETWORK, OUTSIDE, outsideAddress } from './network.ts';
import { state } from './places.ts';

/** In which network it listens: on the node, or on a host outside. */
export type Where = 'node' | 'outside';

export interface Store {
  readonly host: string;
  readonly port: number;
  /** Such as redis://10.200.0.1:6379. */
  readonly url: string;
  /** Ends it at once, as a crash would; its data stays until it is started again. */
  stop(): Promise<void>;
}

/** A Redis 7 that keeps nothing; who stops it has lost its data. */
export function startRedis(machine: Machine, where: Where, port = 6379): Promise<Store> {
  return start(machine, 'redis', where, port, ({ host }) => [
    ...['redis-server', '--bind', host, '--port', String(port), '--protected-mode', 'no'],
    ...['--save', '', '--appendonly', 'no', '--dir', '/tmp'],
  ]);
}

/**
 * FerretDB 1 on SQLite: what it has in common with MongoDB are unique indexes, bulk upserts, find, sort, $group and
 * capped collections; it has no transactions and no validators.
 */
export function startMongo(machine: Machine, where: Where, ferretdb: string, port = 27017): Promise<Store> {
  return start(machine, 'mongodb', where, port, ({ host, name }) => {
    mkdirSync(join(state, 'stores', name), { recursive: true });
    return [ferretdb, '-listen', `${host}:${port}`, '-data', `${INSIDE.state}/stores/${name}`];
  });
}

async function start(
  machine: Machine,
  scheme: 'redis' | 'mongodb',
  where: Where,
  port: number,
  command: (at: { host: string; name: string }) => readonly string[],
): Promise<Store> {
  const host = where === 'node' ? NETWORK.node : outsideAddress(34);
  const name = `${scheme}-${where}-${port}`;
  // One that another test has left.
  if (machine.has(name)) await machine.end(name);
  await machine.spawn(name, command({ host, name }), where === 'outside' ? { network: OUTSIDE } : {});
  // It listens only where it may be asked.
  const enter = where === 'node' ? machine.enterNetwork : machine.enterNetworkOf(OUTSIDE);
  await until(`${name} listens`, async () => {
    if (machine.ended.includes(name))
      throw new Error(`${name} has ended at once; see its log in ${state}/logs`);
    return (await attempt([...enter, 'bash', '-c', `</dev/tcp/${host}/${port}`])).code === 0;
  });
  return { host, port, url: `${scheme}://${host}:${port}`, stop: () => machine.end(name) };
}
