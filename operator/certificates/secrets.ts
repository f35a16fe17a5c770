/** The Secrets of certificates: watched by name, read whole, written key by key, and only as they were read. */
import type { V1Secret } from '@kubernetes/client-node';
import type { Answer } from '../../adapters/kube/answer.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { type Resource, resource, type Stored } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { Data } from './read.ts';

export type Secret = Stored<V1Secret>;
export const SECRETS = resource<Secret>('v1 Secret', 'secrets');

/** One Secret: that is all the right that is needed, with `resourceNames`. */
export function watchSecret(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  hooks?: (of: Resource) => ReflectorHooks,
): Reflector<Secret> {
  const fieldSelector = `metadata.name=${name}`;
  return new Reflector(client, SECRETS, {
    namespace,
    fieldSelector,
    ...(hooks === undefined ? {} : { hooks: hooks(SECRETS) }),
  });
}

export function dataOf({ data = {} }: Secret): Data {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

/** Fails with a conflict (409) if anybody has written it since it was read. */
export function writeSecret(
  client: KubeClient,
  { metadata: { name, namespace, uid, resourceVersion } }: Secret,
  data: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<Answer<Secret>> {
  const encoded = Object.entries(data).map(([key, text]) => [
    key,
    text === null ? null : Buffer.from(text).toString('base64'),
  ]);
  const patch = { metadata: { uid, resourceVersion }, data: Object.fromEntries(encoded) };
  return client.merge(SECRETS, { namespace, name }, patch, { signal });
}
