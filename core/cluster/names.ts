/** Names and numbers that the parts of a cluster have to agree on: the operator writes them, the others go by them. */

import { type Door, EGRESS_AUDIENCE } from '../egress/names.ts';

export const GROUP = 'tollgate.dev';

/** On namespaces: `true`, or `enforce`, where ungoverned pods are refused. */
export const ENABLED_LABEL = `${GROUP}/enabled`;

/** Annotations of pods, which people write. */
export const INJECT = `${GROUP}/inject`;
export const TOOL_PROFILE = `${GROUP}/tool-profile`;
export const AGENT = `${GROUP}/agent`;

/** Annotation of pods of setup and teardown: the AgentRunner's repositories, as core/git/repository.ts reads them. */
export const GIT = `${GROUP}/git`;
/** On a pod or what owns it, at any time: any text in it stops its calls; the text is what the agent's user reads. */
export const KILL = `${GROUP}/kill`;

/** On AgentRunners: who made it or changed what it does, a user name a line. Admission writes it. */
export const AUTHORS = `${GROUP}/authors`;

/** On Secrets in Tollgate's namespace that sign warnings: the namespace whose BudgetPolicies may name it. */
export const WEBHOOK_LABEL = `${GROUP}/webhook`;

/** Labels of governed pods, which admission writes and NetworkPolicies select by. */
export const GOVERNED_LABEL = `${GROUP}/governed`;
export const PHASE_LABEL = `${GROUP}/phase`;
export const NETWORK_LABEL = `${GROUP}/network`;
export const RUNNER_LABEL = `${GROUP}/runner`;

/** Which of them a pod reaches, the NetworkPolicy of its phase decides. */
export const GATEWAY_PORTS: Readonly<Record<Door, number>> = { narrow: 8443, wide: 8444 };
/** Nobody governed may reach it: that np-gate can't is the proof that the network is enforced. */
export const CANARY_PORT = 8445;

/** Where the sidecar listens in the pod: for model calls, and as a proxy for everything else. */
export const SIDECAR_PORT = 4141;
export const PROXY_PORT = 4142;

/** Nobody else in the pod may have it. */
export const SIDECAR_UID = 64_535;

export const SIDECAR_CONTAINER = 'tollgate-sidecar';
export const GATE_CONTAINER = 'tollgate-np-gate';

/** Volumes that admission adds; names that begin so are Tollgate's. */
export const VOLUMES = {
  tokens: 'tollgate-tokens',
  trust: 'tollgate-trust',
  spool: 'tollgate-spool',
  admin: 'tollgate-admin',
  agent: 'tollgate-agent',
  git: 'tollgate-git',
  tmp: 'tollgate-tmp',
} as const;

/** The ConfigMap in each enabled namespace that holds the certificates by which Tollgate's parts are known. */
export const TRUST_CONFIG_MAP = 'tollgate-trust';
/** Its key, which is also that of an authority's certificate in a Secret. */
export const TRUST_KEY = 'ca.crt';

/** Tollgate's servers, each by its Service, whose DNS names its certificate has. */
export const SERVICES = {
  control: 'tollgate-control',
  gateway: 'tollgate-gateway',
  operator: 'tollgate-operator',
} as const;
export type Server = keyof typeof SERVICES;

/** Secrets in Tollgate's namespace: of its own authority, and with the certificate and key of each server. */
export const CA_SECRET = 'tollgate-ca';
export const TLS_SECRETS: Readonly<Record<Server, string>> = {
  control: 'tollgate-control-tls',
  gateway: 'tollgate-gateway-tls',
  operator: 'tollgate-operator-tls',
};

/** The Role in Tollgate's namespace that lets control read the Secrets which Providers name; the operator writes its rules. */
export const CREDENTIALS_ROLE = 'tollgate-control-credentials';

/** The MutatingWebhookConfiguration by which the API server asks the operator. */
export const WEBHOOK_CONFIGURATION = 'tollgate';
/** In it: authorities that sidecars believe of providers, beside the public ones. */
export const EXTRA_TRUST_KEY = 'extra.crt';

/** Who is meant to read a sidecar's token: those of the gateway and of control are not good for each other. */
export const AUDIENCES = { control: 'tollgate-control', gateway: EGRESS_AUDIENCE } as const;

/** What the sidecar knows the dummy key as; it opens nothing but the pod's own loopback. */
export const DUMMY_KEY = 'tollgate';

/** On what the operator makes by itself. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'tollgate' } as const;

/** The NetworkPolicies of each enabled namespace, by the door that they leave open. */
export const FENCES: Readonly<Record<Door, string>> = { narrow: 'tollgate-narrow', wide: 'tollgate-wide' };

/** Who the operator is for the API server: the owner of the fields that it writes. */
export const OPERATOR = 'tollgate-operator';
