/** `tollgate check`: are the manifests right, what do they mean here, and what of them is not in force here. */
import { BUILT_IN_TEXT, builtInManifests } from '../core/policy/built-in.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { buildSnapshot } from '../core/policy/snapshot.ts';
import { readPolicyFiles } from '../sidecar/policies.ts';
import { describeSnapshot } from './describe.ts';
import { plural, print, printJson } from './output.ts';
import { parseLabels, workloadName } from './values.ts';

export interface CheckOptions {
  readonly profile?: string;
  readonly name: string;
  readonly label: readonly string[];
  readonly json?: boolean;
}

/** @returns 0 when the policies are right, 1 when they are not */
export function check(path: string | undefined, options: CheckOptions): number {
  const workload = {
    namespace: 'local',
    name: workloadName(options.name),
    labels: parseLabels(options.label),
  };
  const files = path === undefined ? [{ path: 'built-in', text: BUILT_IN_TEXT }] : readPolicyFiles(path);
  const { manifests, problems, foreign } = readManifests(files);
  const shown = path ?? 'built-in policies';
  const messages = problems.map(formatProblem);
  const profile = options.profile === undefined ? {} : { profile: options.profile };
  const snapshot = buildSnapshot({ manifests, builtIn: builtInManifests(), workload, ...profile });
  if ('error' in snapshot) messages.push(`${shown}: ${snapshot.error}`);
  if (manifests.length === 0 && problems.length === 0)
    messages.push(`${shown}: there are no policies of Tollgate in it`);

  if (options.json) {
    printJson({
      path: path ?? null,
      valid: messages.length === 0,
      problems: messages.length === problems.length ? problems : messages,
      manifests: manifests.map(({ manifest, file, line }) => ({
        kind: manifest.kind,
        name: manifest.metadata.name,
        file,
        line,
      })),
      foreign,
      snapshot: 'error' in snapshot ? null : snapshot.hash,
      notInForce: 'error' in snapshot ? [] : snapshot.notInForce,
    });
    return messages.length === 0 ? 0 : 1;
  }
  if (messages.length > 0 || 'error' in snapshot) {
    for (const message of messages) print(message);
    print(`\n${shown}: ${plural(messages.length, 'problem')}. Nothing of it would be put in force.`);
    return 1;
  }
  print(`${shown}: ${plural(manifests.length, 'policy', 'policies')}, all valid.`);
  for (const line of describeSnapshot(snapshot, workload, process.env)) print(line);
  for (const document of foreign) print(`\nNot Tollgate's, and not looked at: ${document}`);
  return 0;
}
