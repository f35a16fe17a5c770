/** The control groups of the cluster's pods: one folder in each hierarchy, which no namespace takes away. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './commands.ts';
import { id } from './places.ts';

const ROOT = '/sys/fs/cgroup';

/** The kubelet's root, as it wants it: from the root of each hierarchy. */
export const CGROUP = `/${id}`;

/** Makes the folders; the kubelet wants them to be there. */
export function makeCgroups(): void {
  for (const hierarchy of hierarchies()) mkdirSync(join(hierarchy, id), { recursive: true });
  // Version 2 hands each controller down by name.
  const controllers = join(ROOT, 'cgroup.controllers');
  if (!existsSync(controllers)) return;
  const enabled = readFileSync(controllers, 'utf8').trim().split(' ');
  for (const folder of [ROOT, join(ROOT, id)])
    writeFileSync(join(folder, 'cgroup.subtree_control'), enabled.map((name) => `+${name}`).join(' '));
}

/** Removes them, once what ran in them has ended. */
export async function removeCgroups(): Promise<void> {
  await until('the control groups are empty', () =>
    hierarchies().every((hierarchy) => isRemoved(join(hierarchy, id))),
  );
}

/** Version 1 has a folder with a hierarchy for each controller, version 2 has one hierarchy. */
function hierarchies(): string[] {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return [ROOT];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, entry.name, 'cgroup.procs')))
    .map((entry) => join(ROOT, entry.name));
}

function isRemoved(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const within = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!within.every((entry) => isRemoved(join(folder, entry.name)))) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    // Its last process has ended, but is not cleared away yet.
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}
