/** For tests with a real API server: makes it know kinds of Tollgate. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { resource } from '../../adapters/kube/object.ts';

const DEFINITIONS = resource(
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
const FOLDER = join(import.meta.dirname, '../../crds');

/** @returns when AgentRunners can be made; @throws Error with what the API server has against the definition */
export async function installRunners(client: KubeClient): Promise<void> {
  await installCrd(client, 'agentrunners');
}

/** @returns when objects of it can be made; @throws Error with what the API server has against the definition */
export async function installCrd(client: KubeClient, plural: string): Promise<void> {
  const text = readFileSync(join(FOLDER, `tollgate.dev_${plural}.yaml`), 'utf8');
  const definition = parse(text) as { metadata: { name: string } };
  const made = await client.create(DEFINITIONS, definition);
  if (!made.ok) throw new Error(made.error.message);
  for (;;) {
    const found = await client.get(DEFINITIONS, { name: definition.metadata.name });
    const all = found.ok ? ((found.value as Stated).status?.conditions ?? []) : [];
    const wrong = all.find(({ type, status }) => type === 'NonStructuralSchema' && status === 'True');
    if (wrong !== undefined) throw new Error(wrong.message);
    if (all.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    await sleep(50);
  }
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

interface Stated {
  readonly status?: { readonly conditions?: readonly Condition[] };
}
