/** `tollgate check`: are the manifests right, what do they mean here, and what of them is not in force here. */
import { unpricedDefaults } from '../core/govern/unpriced.ts';
import { BUILT_IN_TEXT, builtInManifests } from '../core/policy/built-in.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { buildSnapshot } from '../core/policy/snapshot.ts';
import { plural } from '../core/wording.ts';
import { readPolicyFiles } from '../sidecar/policies.ts';
import { describeSnapshot } from './describe.ts';
import { print, printJson } from './output.ts';
import { spendIsUnlimited } from './unlimited.ts';
import { describeUnpriced, pasteFor } from './unpriced.ts';
import { parseLabels, workloadName } from './values.ts';

export interface CheckOptions {
  readonly profile?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly label: readonly string[];
  readonly json?: boolean;
}

/** What is wrong, for machines: the same fields for everything. */
interface Problem {
  readonly file: string;
  /** First line is 1; null where it is about no line in particular. */
  readonly line: number | null;
  /** Empty where it is about no field in particular. */
  readonly field: string;
  readonly message: string;
  readonly fix: string | null;
}

/** @returns 0 when the policies are right, 1 when they are not */
export function check(path: string | undefined, options: CheckOptions): number {
  const workload = {
    namespace: options.namespace ?? 'local',
    name: workloadName(options.name),
    labels: parseLabels(options.label),
  };
  const files = path === undefined ? [{ path: 'built-in', text: BUILT_IN_TEXT }] : readPolicyFiles(path);
  const { manifests, problems: faults, foreign } = readManifests(files);
  const shown = path ?? 'built-in policies';
  const profile = options.profile === undefined ? {} : { profile: options.profile };
  const snapshot = buildSnapshot({ manifests, builtIn: builtInManifests(), workload, ...profile });
  const problems: Problem[] = faults.map(({ fix, ...fault }) => ({ ...fault, fix: fix ?? null }));
  const whole = { file: shown, line: null, field: '', fix: null };
  if (manifests.length === 0 && problems.length === 0)
    problems.push({ ...whole, message: 'there are no policies of Tollgate in it' });
  // What the good ones would mean by themselves says nothing while others are broken.
  else if ('error' in snapshot && problems.length === 0) problems.push({ ...whole, message: snapshot.error });

  const valid = 'error' in snapshot || problems.length > 0 ? undefined : snapshot;
  const own = path === undefined ? [] : manifests;
  const now = Date.now();
  const unpriced = valid ? unpricedDefaults(valid, now) : [];
  if (options.json) {
    printJson({
      path: path ?? null,
      valid: valid !== undefined,
      problems,
      manifests: manifests.map(({ manifest, file, line }) => ({
        kind: manifest.kind,
        name: manifest.metadata.name,
        file,
        line,
      })),
      foreign,
      snapshot: valid?.hash ?? null,
      spendIsLimited: valid ? spendIsUnlimited(valid, workload) === undefined : null,
      notInForce: valid?.notInForce ?? [],
      unpriced: unpriced.map((one) => ({
        agents: one.agents,
        model: one.model,
        provider: one.provider.name,
        paste: pasteFor(one, own, now)?.lines.join('\n') ?? null,
      })),
    });
    return valid ? 0 : 1;
  }
  if (!valid) {
    for (const { file, line, field, message, fix } of problems) {
      const problem = { file, field, message, ...(fix === null ? {} : { fix }) };
      print(line === null ? `${file}: ${message}.` : formatProblem({ ...problem, line }));
    }
    const later =
      faults.length > 0 ? ' Whether the policies fit together is checked when they are mended.' : '';
    print(`\n${shown}: ${plural(problems.length, 'problem')}. Nothing of it would be put in force.${later}`);
    return 1;
  }
  print(`${shown}: ${plural(manifests.length, 'policy', 'policies')}, all valid.`);
  for (const line of describeSnapshot(valid, workload, process.env)) print(line);
  for (const line of describeUnpriced(unpriced, own, now)) print(line);
  for (const document of foreign) print(`\nNot Tollgate's, and not looked at: ${document}`);
  return 0;
}
