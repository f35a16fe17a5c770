/** `tollgate sidecar --pod`: the sidecar that admission puts beside an agent, until a signal ends it. */
import { podConfig } from '../sidecar/pod/config.ts';
import { parseLogLevel } from './log-level.ts';
import { UsageError } from './output.ts';

/** Less than the pod's own grace period, which is 30 s where nobody says otherwise. */
const GRACE_MS = 25_000;

/** @returns the exit code */
export async function podSidecar(logLevel: string): Promise<number> {
  const { startPodSidecar } = await import('../sidecar/pod/main.ts');
  const ended = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.abort());
  let config: ReturnType<typeof podConfig>;
  try {
    config = podConfig(process.env);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const running = await startPodSidecar(config, parseLogLevel(logLevel), ended.signal);
  if (!ended.signal.aborted) await new Promise((resolve) => ended.signal.addEventListener('abort', resolve));
  await running.stop(GRACE_MS);
  return 0;
}
