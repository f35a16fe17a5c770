/** Commands that pods of a cluster run; people read their logs. */
import type { Command } from 'commander';

/** @param done takes the exit code */
export function addInCluster(tollgate: Command, done: (code: number) => void): void {
  tollgate
    .commandsGroup('In the cluster:')
    .command('egress-gateway')
    .description('the way out of governed pods: a CONNECT proxy that knows who calls and what it may reach')
    .requiredOption('--config <file>', 'YAML or JSON; docs/egress.md has all of it')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action(async (options) => {
      const { egressGateway } = await import('./egress-gateway.ts');
      done(await egressGateway(options));
    });
  tollgate
    .command('operator')
    .description("makes agents' pods, injects sidecars, and fences them; one replica leads")
    .requiredOption('--config <file>', 'YAML or JSON, as the chart writes it')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action(async (options) => {
      const { operator } = await import('./operator.ts');
      done(await operator(options));
    });
  tollgate
    .command('control')
    .description('what sidecars talk to: policies, budgets, keys of providers, and the audit log')
    .requiredOption('--config <file>', 'YAML or JSON, as the chart writes it')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action(async (options) => {
      const { control } = await import('./control.ts');
      done(await control(options));
    });
  tollgate
    .command('np-gate')
    .description('proves that the network of a pod is closed, before anything starts in it')
    .option(
      '--gateway <address:port>',
      'has to answer; may be given again (or TOLLGATE_GATE_GATEWAY)',
      collect,
      [],
    )
    .option('--canary <address:port>', 'a port of the gateway that must not answer (or TOLLGATE_GATE_CANARY)')
    .option('--closed <address:port>', 'must not answer; again (or TOLLGATE_GATE_CLOSED)', collect, [])
    .option(
      '--dns <address:port>',
      'a name server that must not answer, nor by UDP; again (or TOLLGATE_GATE_DNS)',
      collect,
      [],
    )
    .option('--warn <address:port>', 'a warning if it answers; again (or TOLLGATE_GATE_WARN)', collect, [])
    .option('--link', "ports of nodes must not answer over IPv6 on the pod's own link either")
    .option('--rounds <n>', 'good rounds in a row, five a second', '3')
    .option('--deadline <time>', 'after this the pod does not start', '60s')
    .option('--json', 'for machines')
    .action(async (options) => {
      const { npGate } = await import('./np-gate.ts');
      done(await npGate(options));
    });
  tollgate
    .command('kill')
    .description('the kill switch: stops the model calls of a workload, as the user of the kubeconfig')
    .argument('[workload]', 'KIND/NAME, such as agentrunner/nightly or deployment/triage')
    .option('-n, --namespace <name>', "its namespace (default: the kubeconfig's)")
    .option('--reason <text>', "why; the agent's user reads it")
    .option('--undo', 'let it make calls again')
    .option('--list', 'what is killed, in the namespace')
    .option('-A, --all-namespaces', 'with --list: in all of them')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', "which of the kubeconfig's contexts")
    .option('--json', 'for machines')
    .action(async (workload: string | undefined, options) => {
      const { kill } = await import('./kill.ts');
      done(await kill(workload, options));
    });
  tollgate
    .command('pod-check')
    .description('is the container that it runs in governed? install-check asks it')
    .action(async () => {
      const { podCheck } = await import('./pod-check.ts');
      done(await podCheck(process.env));
    });
  tollgate
    .command('install-check')
    .description(
      'does Tollgate hold in this cluster? Makes a pod that asks to be governed; helm test runs it',
    )
    .requiredOption('--pod <json>', 'its manifest, with name and namespace')
    .action(async ({ pod }: { pod: string }) => {
      const { installCheck } = await import('./install-check.ts');
      const { inCluster } = await import('../adapters/kube/access.ts');
      done(await installCheck(pod, await inCluster()));
    });
  tollgate
    .command('before-uninstall')
    .description('takes away what pods and namespaces would wait for; helm uninstall runs it')
    .action(async () => {
      const { beforeUninstall } = await import('./before-uninstall.ts');
      done(await beforeUninstall());
    });
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
