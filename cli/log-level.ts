/** --log-level. Beside values.ts, because only who starts a sidecar loads the log. */
import { LOG_LEVELS, type LogLevel } from '../adapters/telemetry/log.ts';
import { UsageError } from './output.ts';

/** @throws UsageError that names the levels there are */
export function parseLogLevel(text: string): LogLevel {
  const known = LOG_LEVELS.find((name) => name === text);
  if (known) return known;
  throw new UsageError(`--log-level takes ${LOG_LEVELS.join(', ')}, not ${JSON.stringify(text)}`);
}
