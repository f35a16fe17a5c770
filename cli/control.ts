/** `tollgate control`: what the sidecars of a cluster talk to, until a signal ends it. */
import { readFileSync } from 'node:fs';
import { createLog } from '../adapters/telemetry/log.ts';
import { ConfigError, readControlConfig } from '../control/config.ts';
import { startControl } from '../control/main.ts';
import { newId } from '../sidecar/id.ts';
import { parseLogLevel } from './log-level.ts';
import { UsageError } from './output.ts';

/** @returns the exit code, once a signal has ended it; @throws UsageError for a configuration that can't be used */
export async function control(options: { config: string; logLevel: string }): Promise<number> {
  const config = readConfig(options.config);
  const log = await createLog(parseLogLevel(options.logLevel));
  const running = await startControl(config, log, newId(Date.now()));
  await new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
  await running.stop(config.graceMs);
  return 0;
}

function readConfig(file: string) {
  try {
    return readControlConfig(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof ConfigError) && code === undefined) throw error;
    throw new UsageError(`${file}: ${message}`);
  }
}
