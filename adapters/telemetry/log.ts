/** Logs: for people on a terminal, JSON elsewhere. Credentials and message contents are never logged. */
import type { Writable } from 'node:stream';
import { type Logger, type LoggerOptions, pino } from 'pino';
import { boundName, boundNames } from '../../core/audit/bounded.ts';

export type Log = Logger;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** @returns a log on stderr, or another stream: stdout belongs to the command that is run */
export async function createLog(
  level: LogLevel,
  terminal = process.stderr.isTTY,
  stream?: Writable,
): Promise<Log> {
  const options = logOptions(level);
  if (!terminal) return pino(options, stream ?? pino.destination(2));
  // Loaded only where somebody reads along: it costs start time.
  const { default: pretty } = await import('pino-pretty');
  const destination = stream ?? 2;
  return pino(
    options,
    pretty({ destination, sync: true, ignore: 'pid,hostname', singleLine: true, translateTime: 'HH:MM:ss' }),
  );
}

/** @returns what every log has in common, whatever it is written to */
export function logOptions(level: LogLevel): LoggerOptions {
  return { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { log: bounded } };
}

/** Sentences and stacks have more to say than names. */
const MOST_CHARACTERS: Readonly<Record<string, number>> = { detail: 500, why: 500, error: 4_000 };

/** What agents and providers send may be of any length, and hold anything. */
function bounded(line: Record<string, unknown>): Record<string, unknown> {
  const cut = Object.entries(line).map(([key, value]) => {
    if (typeof value === 'string') return [key, boundName(value, MOST_CHARACTERS[key])];
    return [key, Array.isArray(value) ? boundNames(value.map(String)) : value];
  });
  return Object.fromEntries(cut);
}
