/** The operator's configuration: a file in YAML or JSON, which the chart writes. What is not known in it is refused. */
import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { configReader, port, section, text, texts } from '../adapters/config/config.ts';

export interface OperatorConfig {
  readonly namespace: string;
  readonly clusterDomain: string;
  /** Of this release; governed pods get it too. */
  readonly image: string;
  readonly imagePullPolicy: string;
  /** address:port of the cluster's name servers; empty: the Service kube-system/kube-dns. */
  readonly dns: readonly string[];
  readonly sidecarResources: V1ResourceRequirements;
  /** PEM of authorities that sidecars believe of providers, beside the public ones. */
  readonly extraTrust: string;
  /** Who issues Tollgate's certificates: the operator, or somebody who writes the same Secrets. */
  readonly certificates: 'own' | 'external';
  readonly listen: { readonly address: string; readonly webhook: number; readonly metrics: number };
  readonly graceMs: number;
}

/** @throws ConfigError */
export const readOperatorConfig = configReader<OperatorConfig>(
  section(
    {
      namespace: text,
      clusterDomain: text,
      image: text,
      imagePullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      dns: { ...texts, default: [] },
      sidecarResources: { type: 'object' },
      extraTrust: { type: 'string', default: '' },
      certificates: { enum: ['own', 'external'] },
      listen: section({ address: { ...text, default: '::' }, webhook: port, metrics: port }, ['address']),
      graceMs: { type: 'integer', minimum: 0, default: 20_000 },
    },
    ['dns', 'extraTrust', 'graceMs'],
  ),
);
