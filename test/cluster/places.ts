/** Where the cluster keeps what it builds, and what it needs while it runs. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** Everything of the cluster on this machine; nothing is written anywhere else. */
export const cache = join(root, '.cache', 'cluster');

/** Built programs, a folder for each module and its hash. */
export const built = join(cache, 'bin');

/** State of the running cluster; gone when it has stopped. */
export const state = join(cache, 'run');

/** Tells the clusters of two clones on one machine apart: part of process arguments and control groups. */
export const id = `tollgate-cluster-${createHash('sha256').update(state).digest('hex').slice(0, 6)}`;
