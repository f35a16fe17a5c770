/** Files for agents that variables do not lead to the sidecar, in a folder that their containers may read. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SidecarAddress } from '../../core/agents/agent.ts';
import { AGENTS } from '../../core/agents/agents.ts';

/** Before any of the pod's programs starts, and again when the sidecar does: agents see a whole file at any moment. */
export function writeAgentFiles(folder: string, sidecar: SidecarAddress): void {
  mkdirSync(folder, { recursive: true });
  for (const { pod } of AGENTS)
    for (const file of pod?.files ?? []) {
      const path = join(folder, file.name);
      // Nobody may write to one that is there: it is replaced.
      rmSync(`${path}.new`, { force: true });
      writeFileSync(`${path}.new`, file.text(sidecar), { mode: 0o444 });
      renameSync(`${path}.new`, path);
    }
}
