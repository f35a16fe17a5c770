/** Where images are made: what was fetched stays in .cache/images, named by what it is, and is checked when it is unpacked. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImageError } from './error.ts';

export const root = join(import.meta.dirname, '..');
export const cache = join(root, '.cache', 'images');

/** Architectures that there is an image for, as in GOARCH. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Told what takes its time. */
export type Say = (line: string) => void;

/** Lends a new folder on the disk of the cache, and takes it away again. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'work-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Puts a file or folder where it is kept. Whoever comes second finds the same there: that one stays.
 */
export function keep(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true });
  try {
    renameSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

const start = promisify(execFile);

/**
 * Runs a program of this machine to its end.
 *
 * @returns what it wrote to its standard output
 * @throws ImageError with what it said; `missing` instead, where there is no such program
 */
export async function run(command: readonly string[], missing: string, cwd?: string): Promise<string> {
  const [program = '', ...args] = command;
  const env = { ...process.env, LC_ALL: 'C' };
  try {
    return (await start(program, args, { env, maxBuffer: 2 ** 28, ...(cwd === undefined ? {} : { cwd }) }))
      .stdout;
  } catch (error) {
    const { code, stderr = '', message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === 'ENOENT') throw new ImageError(missing);
    throw new ImageError(`${program} ${args[0] ?? ''} failed: ${stderr.trim() || message}`);
  }
}
