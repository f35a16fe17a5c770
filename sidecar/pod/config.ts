/** What admission tells the sidecar of a pod, in its environment. */
import type { GatewayAddress } from '../../adapters/control-client/connection.ts';
import { type GitRepository, readRepositories } from '../../core/git/repository.ts';

export interface PodConfig {
  readonly controlUrl: string;
  readonly trustFile: string;
  readonly tokensFolder: string;
  /** The gateway's address and port for what the sidecar itself asks for, and for what the agent does. */
  readonly narrow: string;
  readonly agent: string;
  readonly gatewayName: string;
  readonly spoolFolder: string;
  readonly adminSocket: string;
  readonly agentFiles: string;
  readonly agentKind: string;
  readonly phase: string;
  /** What the git route leads to, and the folder with their credentials. */
  readonly repositories: readonly GitRepository[];
  readonly gitCredentials: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable that is missing, or says what is wrong with it */
export function podConfig(env: Environment): PodConfig {
  const read = (name: string): string => {
    const value = env[name];
    if (!value)
      throw new Error(`${name} is not set: the sidecar of a pod is started by Tollgate's admission`);
    return value;
  };
  return {
    controlUrl: read('TOLLGATE_CONTROL_URL'),
    trustFile: read('TOLLGATE_TRUST'),
    tokensFolder: read('TOLLGATE_TOKENS'),
    narrow: read('TOLLGATE_GATEWAY_NARROW'),
    agent: read('TOLLGATE_GATEWAY_AGENT'),
    gatewayName: read('TOLLGATE_GATEWAY_NAME'),
    spoolFolder: read('TOLLGATE_SPOOL'),
    adminSocket: read('TOLLGATE_ADMIN'),
    agentFiles: read('TOLLGATE_AGENT_FILES'),
    agentKind: read('TOLLGATE_AGENT'),
    phase: read('TOLLGATE_PHASE'),
    repositories: readRepositories(env.TOLLGATE_GIT ?? '[]'),
    gitCredentials: env.TOLLGATE_GIT_CREDENTIALS ?? '',
  };
}

/** @param address of the gateway with a port, "10.0.0.7:8443" */
export function gatewayAt(address: string, config: PodConfig): GatewayAddress {
  return {
    url: `https://${address}`,
    name: config.gatewayName,
    caFile: config.trustFile,
    tokenFile: `${config.tokensFolder}/gateway`,
  };
}
