/** What every governed pod of this installation is told, found out from the cluster. */
import { readFileSync } from 'node:fs';
import type { KubeClient } from '../adapters/kube/client.ts';
import { type KubeObject, resource } from '../adapters/kube/object.ts';
import type { Installation } from './admission/inject.ts';
import type { OperatorConfig } from './config.ts';

interface Service extends KubeObject {
  readonly spec: { readonly clusterIP?: string };
}

const SERVICES = resource<Service>('v1 Service', 'services');
const GATEWAY = 'tollgate-gateway';
const CONTROL = 'tollgate-control';
const CONTROL_PORT = 8443;
/** Where clouds tell machines who they are, and give out their credentials. */
const METADATA = '169.254.169.254:80';

/**
 * @param env of this pod: the address of the API server's Service
 * @throws Error when the gateway has no address
 */
export async function installationOf(
  config: OperatorConfig,
  client: KubeClient,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Installation> {
  const { namespace, clusterDomain } = config;
  const gateway = await addressOf(client, namespace, GATEWAY);
  if (gateway === undefined) throw new Error(`the Service ${namespace}/${GATEWAY} has no address`);
  const { KUBERNETES_SERVICE_HOST: api = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  return {
    image: config.image,
    imagePullPolicy: config.imagePullPolicy,
    gateway: { address: bracketed(gateway), name: `${GATEWAY}.${namespace}.svc` },
    control: { url: `https://${CONTROL}.${namespace}.svc.${clusterDomain}:${CONTROL_PORT}` },
    closed: [...(api === '' ? [] : [`${bracketed(api)}:${port}`]), METADATA],
    dns: config.dns.length > 0 ? config.dns : await nameServers(client),
    sidecarResources: config.sidecarResources,
  };
}

/** @returns of the cluster's DNS where it is usual, and of this pod's own configuration */
async function nameServers(client: KubeClient): Promise<readonly string[]> {
  const service = await addressOf(client, 'kube-system', 'kube-dns');
  const own = [...readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(
    ([, address]) => address ?? '',
  );
  return [...new Set([...(service === undefined ? [] : [service]), ...own])].map(
    (address) => `${bracketed(address)}:53`,
  );
}

/** @returns undefined when there is no such Service, or it has no address of its own */
async function addressOf(client: KubeClient, namespace: string, name: string): Promise<string | undefined> {
  const answer = await client.get(SERVICES, { namespace, name });
  if (!answer.ok) {
    if (answer.error.code === 404 || answer.error.code === 403) return undefined;
    throw new Error(answer.error.message);
  }
  const { clusterIP } = answer.value.spec;
  return clusterIP === undefined || clusterIP === 'None' || clusterIP === '' ? undefined : clusterIP;
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
