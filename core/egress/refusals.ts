/**
 * Why there is no tunnel, or no longer one. Codes are stable: logs, metrics and sidecars know them.
 *
 * A refusal is an HTTP answer to the CONNECT: what happened, and what to do. A cut comes after the answer: its code and
 * sentence stand in the log alone, and where TLS has begun the client gets an alert.
 */

interface Entry {
  readonly status: number;
  /** {names} are filled in. */
  readonly sentence: string;
}

export const EGRESS_REFUSALS = {
  method_not_allowed: {
    status: 405,
    sentence: 'This is an egress gateway: it takes CONNECT and nothing else.',
  },
  bad_request: { status: 400, sentence: 'The CONNECT is not well formed: {why}.' },
  early_data: {
    status: 400,
    sentence: 'Bytes came after the CONNECT before it was answered. Wait for 200, then send.',
  },
  header_too_large: { status: 431, sentence: 'The header of the CONNECT is larger than {bytes} bytes.' },
  header_timeout: { status: 408, sentence: 'No whole CONNECT came within {ms} ms.' },
  purpose_unknown: {
    status: 400,
    sentence: 'The header Tollgate-Purpose has to say control, provider or agent, once.',
  },
  port_syntax: { status: 400, sentence: 'The target has to be host:port, with a port from 1 to 65535.' },
  host_syntax: {
    status: 400,
    sentence: 'The host is no full name in ASCII, such as api.example.com. Write other alphabets as xn--….',
  },
  host_is_address: {
    status: 403,
    sentence:
      'Addresses are not opened, in no notation: what may be reached is listed by name. Use the name.',
  },
  token_missing: {
    status: 407,
    sentence:
      "No token came. Programs in a governed pod go through their sidecar's proxy and never straight here.",
  },
  token_invalid: { status: 407, sentence: 'The token is not good: {why}.' },
  keys_unavailable: {
    status: 503,
    sentence: "The cluster's keys were never read, so that no token can be checked. Try again.",
  },
  directory_unready: {
    status: 503,
    sentence: 'Which pods are governed is not known yet. Try again.',
  },
  directory_stale: {
    status: 503,
    sentence: 'Nothing was heard of governed pods for {ms} ms, so only control is opened. Try again.',
  },
  pod_not_governed: {
    status: 403,
    sentence: 'The pod {pod} is not among those that are governed, or its name or ServiceAccount is another.',
  },
  pod_elsewhere: {
    status: 403,
    sentence:
      "The token is that of the pod {pod}, which has {addresses}, and it came from {from}. A sidecar's token is good from its own pod alone. Where every pod is told so, something translates addresses before the gateway, such as masquerading inside of the cluster or a mesh: leave the gateway out of it.",
  },
  pod_address_unknown: {
    status: 503,
    sentence: 'Which addresses the pod {pod} has is not known yet. Try again.',
  },
  pod_gone: { status: 403, sentence: 'The pod {pod} has gone.' },
  pod_killed: { status: 403, sentence: 'The kill switch is on for this pod: {reason}.' },
  not_control: { status: 403, sentence: '{host}:{port} is not control.' },
  not_a_provider: {
    status: 403,
    sentence: '{host}:{port} is of no Provider. Somebody who may has to add a Provider with this host.',
  },
  provider_host: {
    status: 403,
    sentence:
      "{host} is a model provider's host. Agents reach models through the sidecar's base URL, where calls are governed, and in no other way.",
  },
  control_host: { status: 403, sentence: '{host} is Tollgate itself, and opens to sidecars alone.' },
  narrow_door: {
    status: 403,
    sentence:
      "{host} is not opened on this port, which is for control and providers: the pod's phase is local.",
  },
  phase_local: {
    status: 403,
    sentence:
      'In the phase {phase} this pod reaches nothing outside, so not {host} either (network access local).',
  },
  host_not_allowed: {
    status: 403,
    sentence: '{host} is not listed. Add it to spec.network.{phase}.hosts of the ToolProfile if it is meant.',
  },
  port_not_allowed: {
    status: 403,
    sentence: 'Port {port} of {host} is not listed. Other ports than 443 are listed as {host}:{port}.',
  },
  too_many_tunnels: {
    status: 429,
    sentence: 'This pod has {most} tunnels for this purpose already, which is all it may have.',
  },
  gateway_full: { status: 503, sentence: 'This gateway has all the tunnels it can have. Try again.' },
  pod_bytes: { status: 403, sentence: "The pod's own traffic has reached its cap of {bytes} bytes." },
  draining: { status: 503, sentence: 'This gateway is going down. Connect again, and another one answers.' },
  name_not_found: { status: 502, sentence: 'The name {host} has no address.' },
  name_failed: { status: 502, sentence: 'The name {host} could not be resolved ({why}).' },
  name_timeout: { status: 504, sentence: 'The name {host} was not resolved within {ms} ms.' },
  name_addresses: {
    status: 502,
    sentence: 'The name {host} has {count} addresses, more than anybody needs; none is tried.',
  },
  address_refused: {
    status: 403,
    sentence:
      '{host} has the address {address}, which is not opened ({why}). One such address spoils the answer.',
  },
  connect_failed: { status: 502, sentence: '{host} does not take the connection ({why}).' },
  connect_timeout: { status: 504, sentence: '{host} did not take the connection within {ms} ms.' },
  fault: { status: 500, sentence: 'The gateway failed; its log says how.' },
} as const satisfies Record<string, Entry>;

export type EgressCode = keyof typeof EGRESS_REFUSALS;

/** How a tunnel that was open can end. */
export const EGRESS_ENDS = {
  closed: 'Both sides closed it.',
  client_gone: 'The client broke it off.',
  upstream_gone: 'The host broke it off.',
  idle: 'Nothing was sent for too long.',
  half_closed: 'One side had closed it, and the other went on for too long.',
  tunnel_bytes: 'It reached the cap of bytes of one tunnel.',
  pod_bytes: "The pod's tunnels together reached their cap of bytes.",
  hello_timeout: 'No whole ClientHello came in time.',
  hello_too_large: 'The ClientHello is too large.',
  not_tls: 'What came is not TLS, and this host is opened for TLS alone.',
  hello_malformed: 'The ClientHello is not well formed.',
  no_server_name: 'The ClientHello names no server, so nobody can tell whom it is for.',
  server_name_differs: 'The ClientHello names another server than the CONNECT.',
  encrypted_hello: 'The ClientHello may hide another name (Encrypted Client Hello).',
  second_hello: 'A second handshake message came that the server had not asked for.',
  pod_gone: 'The pod has gone.',
  pod_killed: 'The kill switch is on.',
  phase_changed: 'The pod went into another phase.',
  policy_changed: 'It would not be opened any more.',
  drained: 'The gateway went down.',
} as const;

export type EgressEnd = keyof typeof EGRESS_ENDS;

export interface EgressRefusal {
  readonly code: EgressCode;
  /** Never of a token. */
  readonly params: Readonly<Record<string, string>>;
}

export function egressRefusal(code: EgressCode, params: Record<string, string> = {}): EgressRefusal {
  return { code, params };
}

/** @returns what happened and what to do, for people */
export function egressSentence({ code, params }: EgressRefusal): string {
  return EGRESS_REFUSALS[code].sentence.replace(
    /\{(\w+)\}/g,
    (_, name: string) => params[name]?.replace(/\.$/, '') ?? `{${name}}`,
  );
}
