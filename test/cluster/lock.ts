/** One start, stop or build at a time, also between processes. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type Process, processOf } from './processes.ts';

interface Holder extends Process {
  readonly doing: string;
}

/**
 * Does something while nobody else does; who holds the lock, but is gone, holds nothing.
 *
 * @param doing  what is done, such as `starts the cluster`; told to those who wait
 * @param say  told once that there is somebody to wait for
 */
export async function alone<T>(
  folder: string,
  doing: string,
  say: (line: string) => void,
  what: () => Promise<T>,
): Promise<T> {
  const file = join(folder, 'lock');
  mkdirSync(folder, { recursive: true });
  const own = JSON.stringify({ ...processOf(process.pid), doing });
  for (let waits = false; !taken(file, own); await sleep(100)) {
    const holder = holderOf(file);
    if (holder === undefined) continue;
    if (!isAlive(holder)) rmSync(file, { force: true });
    else if (!waits) {
      waits = true;
      say(`process ${holder.pid} ${holder.doing}; waiting for it`);
    }
  }
  try {
    return await what();
  } finally {
    rmSync(file, { force: true });
  }
}

function taken(file: string, own: string): boolean {
  try {
    writeFileSync(file, own, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns undefined while it is being written, or when it has just gone */
function holderOf(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
