/** What applies where no manifest says otherwise. Written as manifests, so that `check` can show them. */
import { type LoadedManifest, readManifests } from './manifests.ts';

export const BUILT_IN_TEXT = `\
# A daily budget in US dollars for everything that runs here. It also refuses what it cannot count: models without a known
# price, web search and other things that a provider does by itself, and fields that Tollgate does not know. No tool call
# is refused; everything is recorded.
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
  tools:
    allow:
      - name: "*"
---
apiVersion: tollgate.dev/v1alpha1
kind: Provider
metadata:
  name: anthropic
spec:
  url: https://api.anthropic.com
  wires: [anthropic-messages]
---
apiVersion: tollgate.dev/v1alpha1
kind: Provider
metadata:
  name: openai
spec:
  url: https://api.openai.com
  wires: [openai-chat, openai-responses, openai-embeddings]
`;

/** A pod is given to whoever may create one, so that in a cluster nothing is opened that nobody has asked for. */
const CLUSTER_PROFILE_TEXT = `\
apiVersion: tollgate.dev/v1alpha1
kind: ToolProfile
metadata:
  name: locked
spec:
  tier: locked
`;

/** @returns the built-in manifests of one machine */
export function builtInManifests(): LoadedManifest[] {
  return readBuiltIn(BUILT_IN_TEXT);
}

/** @returns those of a cluster: where a namespace has no ToolProfile, tier `locked` is in force */
export function clusterBuiltIn(): LoadedManifest[] {
  const others = builtInManifests().filter(({ manifest }) => manifest.kind !== 'ToolProfile');
  return [...others, ...readBuiltIn(CLUSTER_PROFILE_TEXT)];
}

function readBuiltIn(text: string): LoadedManifest[] {
  const { manifests, problems } = readManifests([{ path: 'built-in', text }]);
  if (problems.length > 0) throw new Error(`the built-in manifests are broken: ${JSON.stringify(problems)}`);
  return manifests;
}
