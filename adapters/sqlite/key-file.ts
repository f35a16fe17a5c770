/** The key under which sessions' keys are wrapped: 32 random bytes in the state folder, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { StateError } from './state.ts';

const KEY_BYTES = 32;

/**
 * Reads the key file; makes one when there is none.
 * @throws StateError
 */
export function readOrMakeKey(path: string): Buffer {
  try {
    return readKey(path) ?? makeKey(path);
  } catch (error) {
    throw error instanceof StateError ? error : unusable(path, (error as Error).message);
  }
}

/**
 * @returns undefined when there is no key file
 * @throws StateError when it can't be read or is no key
 */
export function readKey(path: string): Buffer | undefined {
  let key: Buffer;
  try {
    key = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, (error as Error).message);
  }
  if (key.length !== KEY_BYTES) throw unusable(path, `it has ${key.length} bytes instead of ${KEY_BYTES}`);
  return key;
}

/** Written beside it and linked into place: no other process ever reads half a key, and one of two makers wins. */
function makeKey(path: string): Buffer {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(KEY_BYTES));
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
  const key = readKey(path);
  if (!key) throw unusable(path, 'it vanished while it was made');
  return key;
}

function unusable(path: string, why: string): StateError {
  return new StateError(
    `The key file ${path} can't be used: ${why}. Restore it from a backup. If you move it away, a new one is made, and contents stored so far can't be read any more.`,
  );
}
