/** Logs: for people on a terminal, JSON elsewhere. Credentials and message contents are never logged. */
import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

export type Log = Logger;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** @returns a log on stderr, or another stream: stdout belongs to the command that is run */
export async function createLog(
  level: LogLevel,
  terminal = process.stderr.isTTY,
  stream?: Writable,
): Promise<Log> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!terminal) return pino(options, stream ?? pino.destination(2));
  // Loaded only where somebody reads along: it costs start time.
  const { default: pretty } = await import('pino-pretty');
  const destination = stream ?? 2;
  return pino(
    options,
    pretty({ destination, sync: true, ignore: 'pid,hostname', singleLine: true, translateTime: 'HH:MM:ss' }),
  );
}
