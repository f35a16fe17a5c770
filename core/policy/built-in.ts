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

/** @returns the built-in manifests */
export function builtInManifests(): LoadedManifest[] {
  const { manifests, problems } = readManifests([{ path: 'built-in', text: BUILT_IN_TEXT }]);
  if (problems.length > 0) throw new Error(`the built-in manifests are broken: ${JSON.stringify(problems)}`);
  return manifests;
}
