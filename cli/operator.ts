/** `tollgate operator`: what makes agents' pods and lets them be governed, until a signal ends it. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createLog } from '../adapters/telemetry/log.ts';
import { readOperatorConfig } from '../operator/config.ts';
import { startOperator } from '../operator/main.ts';
import { parseLogLevel } from './log-level.ts';
import { notStarted, readConfigFile, signalled } from './service.ts';

/** @returns the exit code, once a signal has ended it; the process ends with 1 when another leads; @throws UsageError for a bad configuration */
export async function operator(options: { config: string; logLevel: string }): Promise<number> {
  const ended = signalled();
  const config = readConfigFile(options.config, readOperatorConfig);
  const log = await createLog(parseLogLevel(options.logLevel));
  const identity = `${process.env.POD_NAME ?? hostname()}_${randomUUID().slice(0, 8)}`;
  const running = await startOperator(config, log, identity).catch(notStarted);
  const why = await Promise.race([ended, running.lost]);
  if (typeof why === 'string') {
    // What runs here may already run elsewhere, so it is not waited for: Kubernetes starts another one.
    log.error({ why }, 'it leads no more, and ends');
    process.exit(1);
  }
  await running.stop(config.graceMs);
  return 0;
}
