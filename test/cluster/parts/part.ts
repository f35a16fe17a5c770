/** What a part of the control plane, or of the node, is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { certificate } from '../certificates.ts';
import { INSIDE, type Machine } from '../machine.ts';
import { state } from '../places.ts';

/** What a part may use. */
export interface Setting {
  readonly machine: Machine;
  /** Where the machine has a built program. */
  readonly program: (name: string) => string;
  /** Asks the API server. @throws Error with what kubectl said */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
}

export interface Part {
  readonly name: string;
  /** Writes its configuration, and says how it is started. */
  command(setting: Setting): readonly string[];
  /** Asked until it is true; an error is a no, and told when it stays one. */
  isReady(setting: Setting): Promise<boolean>;
}

/** Writes a file of the state folder. @returns where the machine has it */
export function configure(file: string, content: string | object): string {
  const path = join(state, 'config', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return `${INSIDE.state}/config/${file}`;
}

/**
 * Asks a part for its health; kubectl is the HTTP client that is there anyhow.
 *
 * @throws Error when it does not answer, or is not well
 */
export async function answers({ machine, program }: Setting, url: string): Promise<boolean> {
  const { origin, pathname } = new URL(url);
  const client = ['--kubeconfig=/dev/null', `--server=${origin}`];
  // Their certificates are signed by nobody; and over TLS kubectl asks for a password if it has nothing to show.
  if (url.startsWith('https:'))
    client.push(
      '--insecure-skip-tls-verify',
      `--client-certificate=${certificate('admin.crt')}`,
      `--client-key=${certificate('admin.key')}`,
    );
  await machine.run([program('kubectl'), 'get', '--raw', pathname, ...client]);
  return true;
}

/** `{ 'a-flag': 'x' }` is `--a-flag=x`. */
export function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
