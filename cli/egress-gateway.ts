/** `tollgate egress-gateway`: the way out of governed pods, until a signal ends it. */
import { createLog } from '../adapters/telemetry/log.ts';
import { readConfig } from '../egress/config.ts';
import { startEgressGateway } from '../egress/main.ts';
import { parseLogLevel } from './log-level.ts';
import { print } from './output.ts';
import { notStarted, readConfigFile, signalled } from './service.ts';

export interface EgressGatewayOptions {
  readonly config: string;
  readonly logLevel: string;
}

/** @returns the exit code, once a signal has ended it; @throws UsageError, and errors of listen() */
export async function egressGateway({ config: path, logLevel }: EgressGatewayOptions): Promise<number> {
  const ended = signalled();
  const config = readConfigFile(path, readConfig);
  const log = await createLog(parseLogLevel(logLevel));
  const running = await startEgressGateway(config, log).catch(notStarted);
  print(JSON.stringify({ ...running.ports, pid: process.pid }));
  await ended;
  log.info({ graceMs: config.graceMs }, 'no new tunnels; the open ones may end');
  await running.stop(config.graceMs);
  return 0;
}
