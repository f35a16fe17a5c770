/**
 * `tollgate kill`: stops the model calls of a workload, by one field of its manifest, as the user of the kubeconfig.
 *
 *   AgentRunner ── spec.kill            every new call is refused at once, running replies are cut within a second
 *   all others ─── annotation           pods go on running; taking it off lets calls through again
 */
import type { Answer, ApiError } from '../adapters/kube/answer.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { fromKubeconfig } from '../adapters/kube/kubeconfig.ts';
import type { Place } from '../adapters/kube/paths.ts';
import { KILL } from '../core/cluster/names.ts';
import { VERSION } from '../core/version.ts';
import { plural } from '../core/wording.ts';
import { KINDS, type KillKind, PODS, type Target, targetOf } from './kill-kinds.ts';
import { note, print, table, UsageError } from './output.ts';

export interface KillOptions {
  readonly namespace?: string;
  readonly reason?: string;
  readonly undo?: boolean;
  readonly list?: boolean;
  readonly allNamespaces?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly json?: boolean;
}

/** Where the result goes, and notes beside it. */
export interface Say {
  print(line: string): void;
  note(line: string): void;
}

/** As the field of an AgentRunner has it. */
const MOST_REASON = 512;
const PAGE = 500;
const REASON = 'somebody stopped it with tollgate kill';

/** @returns the exit code; @throws UsageError that says what is wrong and what to do */
export async function kill(
  workload: string | undefined,
  options: KillOptions,
  say: Say = { print, note },
): Promise<number> {
  assertFlags(workload, options);
  const access = await fromKubeconfig(options.kubeconfig, options.context).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  try {
    const client = new KubeClient(access, `tollgate-kill/${VERSION}`);
    const namespace = options.namespace ?? access.namespace ?? 'default';
    if (workload === undefined)
      return await list(client, options.allNamespaces ? undefined : namespace, options.json ?? false, say);
    return await change(client, targetOf(workload), namespace, options, say);
  } finally {
    await access.close();
  }
}

function assertFlags(workload: string | undefined, { list, undo, reason, allNamespaces }: KillOptions): void {
  if (list && (workload !== undefined || undo || reason !== undefined))
    throw new UsageError('--list takes no workload, --undo or --reason');
  if (!list && workload === undefined)
    throw new UsageError('name a workload, such as deployment/triage or agentrunner/nightly, or use --list');
  if (allNamespaces && !list) throw new UsageError('--all-namespaces goes with --list alone');
  if (undo && reason !== undefined) throw new UsageError('--undo takes no --reason');
  if (reason === undefined) return;
  if (reason.trim() === '') throw new UsageError('--reason takes a text: the agent’s user reads it');
  if (reason.length > MOST_REASON)
    throw new UsageError(`--reason takes at most ${MOST_REASON} characters, not ${reason.length}`);
}

async function change(
  client: KubeClient,
  { kind, name }: Target,
  namespace: string,
  { undo = false, reason = REASON, json = false }: KillOptions,
  say: Say,
): Promise<number> {
  const place = { namespace, name };
  const what = `${kind.noun}/${name} in namespace ${namespace}`;
  const found = await client.get(kind.resource, place);
  if (!found.ok) throw explained(found.error, kind, place);
  const before = kind.reasonOf(found.value);
  const wanted = undo ? null : reason;
  if (undo && before === undefined) say.note(`${what} was not killed; nothing has changed`);
  else {
    const { uid } = found.value.metadata;
    const written = await client.merge(kind.resource, place, kind.patch(wanted, uid));
    if (!written.ok) throw explained(written.error, kind, place);
  }
  if (json)
    say.print(
      JSON.stringify(
        { workload: `${kind.noun}/${name}`, namespace, reason: wanted, before: before ?? null },
        null,
        2,
      ),
    );
  else if (!undo)
    say.print(`${what} is killed: no model call is made any longer, and running replies are cut.`);
  else if (before !== undefined) say.print(`${what} may make model calls again. It was killed: ${before}`);
  const owner = found.value.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner !== undefined) noteOwner(say, what, `${owner.kind.toLowerCase()}/${owner.name}`, undo);
  if (!undo && kind.isUngoverned(found.value))
    say.note(`${what} is not governed, so nothing of it is stopped by this`);
  if (!undo) await notePods(say, client, kind.podsOf(found.value), namespace, what);
  return 0;
}

function noteOwner(say: Say, what: string, owner: string, undo: boolean): void {
  if (undo) say.note(`${what} belongs to ${owner}; where that is killed, it stays so`);
  else say.note(`${what} belongs to ${owner}, which may make others like it: kill that to stop them all`);
}

/** Whoever kills what is not governed would believe that it has stopped. */
async function notePods(
  say: Say,
  client: KubeClient,
  labelSelector: string | undefined,
  namespace: string,
  what: string,
): Promise<void> {
  if (labelSelector === undefined) return;
  const pods = await client.list(PODS, { namespace, labelSelector, limit: PAGE });
  if (!pods.ok) {
    say.note(`whether governed pods of it run could not be found out (${pods.error.message})`);
    return;
  }
  const { length } = pods.value.items;
  if (length > 0) say.note(`${plural(length, 'governed pod')} of it ${length === 1 ? 'runs' : 'run'}`);
  else
    say.note(
      `no governed pod of ${what} runs: those that are not governed are not stopped by this, later ones are`,
    );
}

interface Killed {
  readonly namespace: string;
  readonly workload: string;
  readonly reason: string;
}

/** All that are killed. Kinds that the user may not list are named, and the others shown. */
async function list(
  client: KubeClient,
  namespace: string | undefined,
  json: boolean,
  say: Say,
): Promise<number> {
  const killed: Killed[] = [];
  let missed = 0;
  for (const kind of KINDS) {
    const error = await each(client, kind, namespace, (one) => killed.push(one));
    if (error === undefined) continue;
    missed++;
    say.note(`${kind.resource.plural} could not be listed: ${error.message}`);
  }
  if (missed === KINDS.length) return 1;
  if (json) say.print(JSON.stringify({ killed }, null, 2));
  else if (killed.length === 0) say.print('Nothing is killed.');
  else {
    const rows = killed.map(({ namespace: of, workload, reason }) => [of, workload, reason]);
    for (const line of table([['namespace', 'workload', 'reason'], ...rows])) say.print(line);
  }
  return missed === 0 ? 0 : 1;
}

async function each(
  client: KubeClient,
  kind: KillKind,
  namespace: string | undefined,
  found: (one: Killed) => void,
): Promise<ApiError | undefined> {
  let more: string | undefined;
  do {
    const selection = namespace === undefined ? {} : { namespace };
    const page: Answer<{ readonly items: readonly object[]; readonly continue?: string | undefined }> =
      await client.list(kind.resource, { ...selection, limit: PAGE, continue: more });
    // A cluster without Tollgate has no AgentRunners.
    if (!page.ok) return page.error.code === 404 ? undefined : page.error;
    for (const item of page.value.items as Parameters<KillKind['reasonOf']>[0][]) {
      const reason = kind.reasonOf(item);
      const { name, namespace: of = '' } = item.metadata;
      if (reason !== undefined) found({ namespace: of, workload: `${kind.noun}/${name}`, reason });
    }
    more = page.value.continue || undefined;
  } while (more !== undefined);
  return undefined;
}

/** What the API server says, as what to do. */
function explained(error: ApiError, { noun, resource }: KillKind, { namespace, name }: Place): UsageError {
  const { code, message } = error;
  const place = `in namespace ${namespace}`;
  if (code === 404 && noun === 'agentrunner' && /could not find the requested resource/.test(message))
    return new UsageError('this cluster knows no AgentRunners: Tollgate is not installed in it', 1);
  if (code === 404) return new UsageError(`there is no ${noun}/${name} ${place}`, 1);
  if (code === 401) return new UsageError(`the API server does not know you: log in again (${message})`, 1);
  if (code === 403)
    return new UsageError(
      `you may not change ${noun}/${name} ${place}: that needs the verbs get and patch on ${resource.plural} (${message})`,
      1,
    );
  if (code === 409) return new UsageError(`${noun}/${name} has just been replaced; try again`, 1);
  return new UsageError(`${noun}/${name} ${place} was not changed: ${message} (${KILL})`, 1);
}
