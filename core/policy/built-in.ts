/** What applies where no manifest says otherwise. Written as manifests, so that `check` can show them. */
import { type LoadedManifest, readManifests } from './manifests.ts';

export const BUILT_IN_TEXT = `\
# A daily budget for everything that runs here; nothing else is refused, everything is seen and recorded.
apiVersion: tollgate.dev/v1alpha1
kind: BudgetPolicy
metadata:
  name: built-in
spec:
  limits:
    - name: per-day
      per: namespace
      window: day
      usd: 10
---
apiVersion: tollgate.dev/v1alpha1
kind: ToolProfile
metadata:
  name: built-in
spec:
  enforce: false
  tier: full_vm_tools
---
apiVersion: tollgate.dev/v1alpha1
kind: Provider
metadata:
  name: anthropic
spec:
  url: https://api.anthropic.com
  wires: [anthropic-messages]
`;

/** @returns the built-in manifests */
export function builtInManifests(): LoadedManifest[] {
  const { manifests, problems } = readManifests([{ path: 'built-in', text: BUILT_IN_TEXT }]);
  if (problems.length > 0) throw new Error(`the built-in manifests are broken: ${JSON.stringify(problems)}`);
  return manifests;
}
