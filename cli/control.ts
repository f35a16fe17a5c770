/** `tollgate control`: what the sidecars of a cluster talk to, until a signal ends it. */
import { createLog } from '../adapters/telemetry/log.ts';
import { readControlConfig } from '../control/config.ts';
import { startControl } from '../control/main.ts';
import { newId } from '../sidecar/id.ts';
import { parseLogLevel } from './log-level.ts';
import { notStarted, readConfigFile, signalled } from './service.ts';

/** @returns the exit code, once a signal has ended it; @throws UsageError for a configuration that can't be used */
export async function control(options: { config: string; logLevel: string }): Promise<number> {
  const ended = signalled();
  const config = readConfigFile(options.config, readControlConfig);
  const log = await createLog(parseLogLevel(options.logLevel));
  const running = await startControl(config, log, newId(Date.now())).catch(notStarted);
  await ended;
  await running.stop(config.graceMs);
  return 0;
}
