/** `make cluster`, `make cluster-down`: node test/cluster/run.ts up | down | status | logs FOLDER | build [PROGRAM…] */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { binaries, binary, KUBERNETES } from './binaries.ts';
import { findCluster, startCluster, stopCluster } from './cluster.ts';
import { installTollgate, loadTollgate, NAMESPACE } from './tollgate.ts';
import { COMMANDS } from './tools.ts';

const say = (line: string) => console.log(`   ${line}`);

async function up(): Promise<void> {
  const began = performance.now();
  const cluster = await startCluster(say);
  await loadTollgate(cluster, say);
  await installTollgate(cluster);
  const pods = (await cluster.kubectl(['get', 'pods', '-n', NAMESPACE])).trim();
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    [
      `Kubernetes ${KUBERNETES} runs with Tollgate in it, after ${seconds} s.`,
      pods,
      '',
      `  export PATH=${COMMANDS}:$PATH`,
      '',
      '  kubectl get pods -A     helm list -A     docs/kubernetes.md says what to do next',
      '  in-cluster COMMAND …    runs a command in its network, where Services and pods are',
      '  outside COMMAND …       runs a command on a host outside, such as a stand-in of a provider',
      '  make cluster-down       ends it',
    ].join('\n'),
  );
}

async function down(): Promise<void> {
  await stopCluster(say);
  console.log('The cluster is stopped; what was built stays in .cache/cluster.');
}

async function status(): Promise<void> {
  const cluster = await findCluster();
  console.log(
    cluster === undefined ? 'No cluster runs.' : await cluster.kubectl(['get', 'nodes,pods', '-A']),
  );
  process.exitCode = cluster === undefined ? 1 : 0;
}

/** What containers that are still there have written, a file for each pod. */
async function logs(): Promise<void> {
  const cluster = await findCluster();
  const [folder] = process.argv.slice(3);
  if (cluster === undefined || folder === undefined) throw new Error('say a FOLDER, while a cluster runs');
  mkdirSync(folder, { recursive: true });
  const { items } = await cluster.get<{ items: { metadata: { namespace: string; name: string } }[] }>([
    ...['pods', '-A'],
  ]);
  for (const { metadata } of items) {
    const of = ['-n', metadata.namespace, metadata.name];
    const said = await cluster.kubectl(['logs', ...of, '--all-containers', '--prefix']).catch(String);
    writeFileSync(join(folder, `${metadata.namespace}-${metadata.name}.log`), said);
  }
  say(`the logs of ${items.length} pods are in ${relative(process.cwd(), folder)}`);
}

/** All, or what tests run without a cluster; several that need the same would wait for each other. */
async function build(): Promise<void> {
  const programs = process.argv.slice(3);
  if (programs.length === 0) await binaries(say);
  for (const program of programs) await binary(program, say);
}

const commands: Readonly<Record<string, () => Promise<void>>> = { up, down, status, logs, build };
const chosen = commands[process.argv[2] ?? ''];
try {
  if (chosen === undefined) throw new Error('say `up`, `down`, `status`, `logs` or `build`');
  await chosen();
} catch (error) {
  console.error(`make cluster: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
