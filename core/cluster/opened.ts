/**
 * What a NetworkPolicy opens, in words for people: the addresses or pods of its egress rules, and the ports at each.
 * Fields and what their absence means are those of networking.k8s.io/v1, NetworkPolicyEgressRule.
 */
import type { LabelSelector } from './fences.ts';

interface Rule {
  readonly to?: readonly Peer[];
  readonly ports?: readonly Port[];
}

interface Peer {
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] };
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
}

interface Port {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** Of rules, of peers of a rule, and of ports of a rule so many are named. */
const MOST = 5;

/** @returns "any address at UDP 53"; "10.0.0.0/8 at any port; any pod of its namespace at TCP 80" */
export function whatOpens(egress: readonly object[] = []): string {
  return listed(egress, '; ', (rule: Rule) => {
    const { to = [], ports = [] } = rule;
    const where = to.length === 0 ? 'any address' : listed(to, ', ', peer);
    return `${where} at ${ports.length === 0 ? 'any port' : listed(ports, ', ', port)}`;
  });
}

function peer({ ipBlock, podSelector, namespaceSelector }: Peer): string {
  if (ipBlock !== undefined) {
    const { cidr = '?', except = [] } = ipBlock;
    return except.length === 0 ? cidr : `${cidr} without ${listed(except, ', ', (range: string) => range)}`;
  }
  const pods =
    podSelector === undefined || isEmpty(podSelector) ? 'any pod' : `pods ${selector(podSelector)}`;
  if (namespaceSelector === undefined) return `${pods} of its namespace`;
  return `${pods} of ${isEmpty(namespaceSelector) ? 'any namespace' : `namespaces ${selector(namespaceSelector)}`}`;
}

function port({ protocol = 'TCP', port: first, endPort }: Port): string {
  if (first === undefined) return `any port of ${protocol}`;
  return `${protocol} ${first}${endPort === undefined ? '' : `-${endPort}`}`;
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** As kubectl writes selectors. */
function selector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...equal, ...others].join(',');
}

function listed<T>(all: readonly object[] | readonly T[], between: string, show: (one: T) => string): string {
  const some = (all as readonly T[]).slice(0, MOST).map(show);
  return [...some, ...(all.length > MOST ? [`${all.length - MOST} more`] : [])].join(between);
}
