/** The configuration file of one run, for an agent that takes its provider from nothing else. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AgentKind, SidecarAddress } from '../core/agents/agent.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface WrittenConfig {
  /** Variables that name the file to the agent. */
  readonly environment: Readonly<Record<string, string>>;
  /** Removes it. */
  remove(): void;
}

/**
 * Writes the file into a folder of its own that no other user can read, as it holds the dummy key.
 * @param env the environment of the user, who may have a file already: it is included, and left as it is
 * @returns undefined for agents that need none
 * @throws the file system's error when it can't be written
 */
export function writeRunConfig(
  { id, config }: AgentKind,
  sidecar: SidecarAddress,
  env: Environment,
  home = homedir(),
): WrittenConfig | undefined {
  if (config === undefined) return undefined;
  const path = resolve(config.own(env, home).replace(/^~(?=[/\\])/, home));
  const own = existsSync(path) ? path : undefined;
  const folder = mkdtempSync(join(tmpdir(), `tollgate-${id}-`));
  const file = join(folder, config.fileName);
  writeFileSync(file, config.text(sidecar, own), { mode: 0o600 });
  return {
    environment: { ...config.environment(own, env), [config.variable]: file },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
