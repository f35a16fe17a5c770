/**
 * A small world of network namespaces, made for one test and taken down after it. Root is needed for that.
 *
 *   pod 10.244.9.2 ── node ── gw 10.244.8.2 (the gateway)
 *                      └── net 52.10.0.1 (name server, hosts: they have every address that a test wants, also those
 *                          that nobody must reach, so that whoever gets through is seen)
 *
 * The node drops what `close` says, as an engine of NetworkPolicies would.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atEnd, outputFolder, type Scope } from '../test/support/output.ts';

export type Space = 'pod' | 'node' | 'gw' | 'net';
const SPACES: readonly Space[] = ['pod', 'node', 'gw', 'net'];

export const GATEWAY = '10.244.8.2';
export const NAME_SERVER = '52.10.0.1';
/** What hosts have, beside 52.10.0.1. */
const ADDRESSES = [
  '52.10.0.10',
  '52.10.0.11',
  '10.66.0.1',
  '192.168.66.1',
  '172.16.66.1',
  '100.64.66.1',
  '169.254.169.254',
  '168.63.129.16',
  '192.0.0.192',
  '198.18.66.1',
  '10.96.0.1',
  '2600:1f10::10',
  '2600:1f10::11',
  'fd66::1',
  '2002:a42:1::1',
  '3fff::66',
  '64:ff9b::a42:1',
  '64:ff9b:1::66',
];

let worlds = 0;

export class World {
  readonly #prefix: string;
  readonly #children = new Set<ChildProcess>();
  readonly folder: string;

  private constructor(t: Scope, prefix: string) {
    this.#prefix = prefix;
    this.folder = outputFolder(t);
  }

  static create(t: Scope): World {
    if (process.getuid?.() !== 0)
      throw new Error(
        'this test makes network namespaces, which takes root: run it as root, or in a machine of its own',
      );
    const number = `${process.pid}-${worlds++}`;
    const world = new World(t, `tollgate-test-${number}`);
    atEnd(t, () => world.#takeDown());
    world.#build(`tg${process.pid % 100_000}${String.fromCharCode(96 + worlds)}`);
    return world;
  }

  name(space: Space): string {
    return `${this.#prefix}-${space}`;
  }

  /** ip(8) in a space. */
  ip(space: Space, words: string): void {
    execFileSync('ip', ['-n', this.name(space), ...words.split(' ')], { timeout: 10_000 });
  }

  #build(link: string): void {
    for (const space of SPACES) execFileSync('ip', ['netns', 'add', this.name(space)], { timeout: 10_000 });
    for (const space of SPACES) this.ip(space, 'link set lo up');
    // Link-local addresses too are there at once: until they are, routers can't be found, and a busy machine takes seconds.
    for (const space of SPACES) this.#set(space, 'net/ipv6/conf/default/accept_dad', 0);
    const links = [
      ['pod', '10.244.9.2/24', '10.244.9.1/24', 'fd00:9::2/64', 'fd00:9::1/64'],
      ['gw', '10.244.8.2/24', '10.244.8.1/24', 'fd00:8::2/64', 'fd00:8::1/64'],
      ['net', '52.10.0.1/24', '52.10.0.254/24', '2600:1f11::1/64', '2600:1f11::254/64'],
    ] as const;
    for (const [n, [space, mine4, theirs4, mine6, theirs6]] of links.entries()) {
      const [own, other] = [`${link}${n}x`, `${link}${n}y`];
      this.ip(space, `link add ${own} type veth peer name ${other} netns ${this.name('node')}`);
      for (const [at, device, four, six] of [
        [space, own, mine4, mine6],
        ['node', other, theirs4, theirs6],
      ] as const) {
        this.ip(at, `addr add ${four} dev ${device}`);
        this.ip(at, `addr add ${six} dev ${device} nodad`);
        this.ip(at, `link set ${device} up`);
      }
      this.ip(space, `route add default via ${theirs4.split('/')[0]}`);
      this.ip(space, `-6 route add default via ${theirs6.split('/')[0]}`);
    }
    this.ip('node', 'route add default via 52.10.0.1');
    this.ip('node', '-6 route add default via 2600:1f11::1');
    for (const address of ADDRESSES)
      this.ip('net', `addr add ${address}/${address.includes(':') ? '128 nodad' : '32'} dev lo`);
    this.#set('node', 'net/ipv4/ip_forward', 1);
    this.#set('node', 'net/ipv6/conf/all/forwarding', 1);
  }

  /** A setting of a space's kernel. */
  #set(space: Space, name: string, value: number): void {
    const words = ['netns', 'exec', this.name(space), 'sh', '-c', `echo ${value} >/proc/sys/${name}`];
    execFileSync('ip', words, { timeout: 10_000 });
  }

  /** From now on the node drops what goes to this port, or lets it through again. */
  close(port: number, protocol: 'tcp' | 'udp' = 'tcp'): void {
    this.ip('node', `rule add pref 100 dport ${port} ipproto ${protocol} blackhole`);
  }

  open(port: number, protocol: 'tcp' | 'udp' = 'tcp'): void {
    this.ip('node', `rule del pref 100 dport ${port} ipproto ${protocol} blackhole`);
  }

  /** Starts a program of the project in a space. */
  start(space: Space, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name(space), process.execPath, ...args], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#children.add(child);
    child.on('exit', () => this.#children.delete(child));
    return child;
  }

  /** @returns how to connect by TCP as somebody in that space */
  async from(space: Space): Promise<(address: string, port: number) => Socket> {
    const path = join(this.folder, `${space}.sock`);
    const relay = this.start(space, ['egress/testing-relay.ts', path]);
    await firstLine(relay);
    return (address, port) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.write(`${address} ${port}\n`);
      return socket;
    };
  }

  #takeDown(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const space of SPACES) {
      try {
        execFileSync('ip', ['netns', 'del', this.name(space)], { timeout: 10_000, stdio: 'ignore' });
      } catch {
        // It may be that it was never made; what is left is seen by `ip netns`.
      }
    }
  }
}

/** @returns the first line that it writes; @throws with what it said when it ends before */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null || child.stderr === null) throw new Error('it has no output');
  let said = '';
  child.stderr.on('data', (piece) => {
    said += piece;
  });
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`it ended without a word: ${said}`);
}
