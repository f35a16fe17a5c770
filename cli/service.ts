/** What commands that run in a cluster have in common: a configuration in a file, and a signal that ends them. */
import { readFileSync } from 'node:fs';
import { ConfigError } from '../adapters/config/config.ts';
import { TlsError } from '../adapters/tls/files.ts';
import { LedgerUnavailable } from '../core/ports.ts';
import { UsageError } from './output.ts';

/** @throws UsageError that names the file */
export function readConfigFile<Config>(path: string, read: (source: string) => Config): Config {
  try {
    return read(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError) throw new UsageError(`${path}: ${message}`);
    throw new UsageError(`--config: ${path} can't be read (${code ?? message})`);
  }
}

/**
 * Asked for at the very beginning: a signal must not find a process that does not know it yet. A second one does not wait.
 *
 * @returns when SIGTERM or SIGINT came
 */
export function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const once = () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, once);
  });
}

/** What a program has opened by then must not keep it alive when it serves nobody. */
const END_MS = 2_000;

/** For a program that could not start: it ends, so that Kubernetes starts it again. @throws UsageError, or the error */
export function notStarted(error: unknown): never {
  setTimeout(() => process.exit(1), END_MS).unref();
  const isForPeople = [ConfigError, LedgerUnavailable, TlsError].some((kind) => error instanceof kind);
  throw isForPeople ? new UsageError((error as Error).message, 1) : error;
}
