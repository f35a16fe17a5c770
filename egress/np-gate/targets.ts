/** What np-gate is told to try: addresses with ports, never names, for a governed pod has no DNS. */
import { isIP } from 'node:net';

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface Plan {
  /** The gateway: each has to answer in a round that counts. */
  readonly gateway: readonly Place[];
  /** The gateway's canary: must not answer. */
  readonly canary: Place;
  /** Must not answer by TCP. */
  readonly closed: readonly Place[];
  /** Name servers: must answer neither by UDP nor by TCP. */
  readonly dns: readonly Place[];
  /** The engine may be unable to close these, such as the pod's own node: a warning if they answer. */
  readonly warn: readonly Place[];
  /** Whether the node's own ports are tried over IPv6 on the link too. */
  readonly link: boolean;
  /** Rounds in a row that have to be good. */
  readonly rounds: number;
  readonly everyMs: number;
  /** How long one try may take, ms; less than a round. */
  readonly tryMs: number;
  /** After this it has failed, ms. */
  readonly deadlineMs: number;
}

/** What a node has open on all of its addresses, as a rule, and so on its link too. */
export const LINK_PORTS: readonly LinkPort[] = [
  { port: 6443, name: 'the API server', ofNode: false },
  { port: 53, name: 'a name server', ofNode: false },
  { port: 10_250, name: 'the kubelet', ofNode: true },
  { port: 10_256, name: 'kube-proxy', ofNode: true },
  { port: 22, name: 'SSH', ofNode: true },
];

export interface LinkPort {
  readonly port: number;
  readonly name: string;
  /** An engine that leaves a pod's own node open leaves this open. */
  readonly ofNode: boolean;
}

/** @returns undefined for anything but 10.0.0.1:443 or [fd00::1]:443 */
export function readPlace(text: string): Place | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):([1-9]\d{0,4})$/i.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  const family = match?.[1] === undefined ? 4 : 6;
  return isIP(address) === family && port <= 65_535 ? { address, port } : undefined;
}

export function placeText({ address, port }: Place): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
