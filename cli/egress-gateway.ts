/** `tollgate egress-gateway`: the way out of governed pods, until a signal ends it. */
import { readFileSync } from 'node:fs';
import { createLog } from '../adapters/telemetry/log.ts';
import { CertificateError } from '../egress/certificate.ts';
import { ConfigError, type EgressConfig, readConfig } from '../egress/config.ts';
import { startEgressGateway } from '../egress/main.ts';
import { parseLogLevel } from './log-level.ts';
import { print, UsageError } from './output.ts';

export interface EgressGatewayOptions {
  readonly config: string;
  readonly logLevel: string;
}

/** @returns the exit code, once a signal has ended it; @throws UsageError, and errors of listen() */
export async function egressGateway({ config: path, logLevel }: EgressGatewayOptions): Promise<number> {
  const config = configOf(path);
  // From the beginning: a signal must not find a process that does not know it yet.
  const ended = new Promise<void>((resolve) => {
    // A second signal does not wait.
    const once = () => {
      process.once('SIGTERM', () => process.exit(1));
      process.once('SIGINT', () => process.exit(1));
      resolve();
    };
    process.once('SIGTERM', once);
    process.once('SIGINT', once);
  });
  const log = await createLog(parseLogLevel(logLevel));
  const running = await startEgressGateway(config, log).catch(asUsage);
  print(JSON.stringify({ ...running.ports, pid: process.pid }));
  await ended;
  log.info({ graceMs: config.graceMs }, 'no new tunnels; the open ones may end');
  await running.stop(config.graceMs);
  return 0;
}

function configOf(path: string): EgressConfig {
  try {
    return readConfig(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError) throw new UsageError(`${path}: ${message}`);
    throw new UsageError(`--config: ${path} can't be read (${code ?? message})`);
  }
}

function asUsage(error: unknown): never {
  if (error instanceof CertificateError) throw new UsageError(error.message);
  throw error;
}
