/**
 * Out of a governed pod through the egress gateway: by the sidecar's proxy, in the freest tier, and straight, with tokens
 * that are not one's own.
 *
 *   node --test test/cluster/escape/gateway.proof.ts
 *
 * What is asked of the proxy is asked of a naive one too, which asks nobody and has to open it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NETWORK } from '../network.ts';
import { NAMESPACE } from '../tollgate.ts';
import {
  type Attempt,
  attempt,
  governed,
  naive,
  pod,
  SET_UP,
  setUp,
  start,
  TIMEOUT,
  type Yard,
} from './set-up.ts';
import { type Tokens, tokensOf } from './tokens.ts';

const METADATA = '169.254.169.254';
const [ALLOWED, OTHER] = ['allowed.escape.example', 'other.escape.example'];
/** Names whose addresses nobody is led to. */
const INWARD = { 'inward.escape.example': NETWORK.api, 'metadata.escape.example': METADATA };

interface Places {
  readonly models: string;
  readonly address: string;
}

/** What is written to the proxy, and which name is asked for behind a 200. */
function through(target: string, sni?: string, { host = target, more = '' } = {}): Attempt {
  const head = `CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  return { kind: 'connect', host: '127.0.0.1', port: 4142, head, ...(sni === undefined ? {} : { sni }) };
}

function behind(first: Attempt, second: Attempt): Attempt {
  assert.ok(first.kind === 'connect' && second.kind === 'connect');
  return { ...second, head: first.head + second.head };
}

interface Row {
  /** Where it is not `full`. */
  readonly from?: 'listed' | 'locked';
  readonly make: (at: Places) => Attempt;
  readonly fails: RegExp;
  /** What the naive proxy is asked, where it is not the same. */
  readonly control?: (at: Places) => Attempt;
  readonly works?: RegExp;
}

const digits = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const ROWS: Readonly<Record<string, Row>> = {
  'the host of a Provider, in tier full': {
    make: ({ models }) => through(`${models}:443`, models),
    fails: /^403 provider_host$/,
  },
  'the host of a Provider in capitals': {
    make: ({ models }) => through(`${models.toUpperCase()}:443`, models),
    fails: /^403 provider_host$/,
  },
  'the host of a Provider with a dot behind it': {
    make: ({ models }) => through(`${models}.:443`, models),
    fails: /^403 provider_host$/,
  },
  'the host of a Provider on another port': {
    make: ({ models }) => through(`${models}:8443`, models),
    fails: /^403 provider_host$/,
  },
  'the address of a Provider': {
    make: ({ address, models }) => through(`${address}:443`, models),
    fails: /^403 host_is_address$/,
  },
  'an address as one number': {
    make: ({ address, models }) => through(`${digits(address)}:443`, models),
    fails: /^403 host_is_address$/,
  },
  'an address in hexadecimal': {
    make: ({ address, models }) => through(`0x${digits(address).toString(16)}:443`, models),
    fails: /^403 host_is_address$/,
  },
  'an address as IPv6': {
    make: ({ address, models }) => through(`[::ffff:${address}]:443`, models),
    fails: /^403 host_is_address$/,
  },
  'the port of SSH': {
    make: () => through(`${ALLOWED}:22`),
    fails: /^403 port_not_allowed$/,
    works: /^200$/,
  },
  'the port of plain HTTP': {
    make: () => through(`${ALLOWED}:80`),
    fails: /^403 port_not_allowed$/,
    works: /^200$/,
  },
  'the name of the API server': {
    make: () => through('kubernetes.default.svc.cluster.local:443', 'kubernetes.default.svc.cluster.local'),
    fails: /^403 address_refused$/,
  },
  'the name of a Service of Tollgate': {
    make: () =>
      through(`tollgate-operator.${NAMESPACE}.svc.cluster.local:443`, `tollgate-operator.${NAMESPACE}.svc`),
    fails: /^403 address_refused$/,
  },
  'a public name that has a private address': {
    make: () => through('inward.escape.example:443', 'inward.escape.example'),
    fails: /^403 address_refused$/,
  },
  'a public name that has the metadata address': {
    make: () => through('metadata.escape.example:443', 'metadata.escape.example'),
    fails: /^403 address_refused$/,
  },
  'another server name in TLS than in the CONNECT': {
    make: ({ models }) => through(`${ALLOWED}:443`, models),
    fails: /^200 cut$/,
  },
  'no server name in TLS': { make: () => through(`${ALLOWED}:443`, ''), fails: /^200 cut$/ },
  'a host that is not listed, where there is a list': {
    from: 'listed',
    make: () => through(`${OTHER}:443`, OTHER),
    fails: /^403 host_not_allowed$/,
  },
  'any host, in tier locked': {
    from: 'locked',
    make: () => through(`${ALLOWED}:443`, ALLOWED),
    fails: /^403 narrow_door$/,
  },
  'the host of a Provider, by a Host that is allowed': {
    make: ({ models }) => through(`${models}:443`, models, { host: `${ALLOWED}:443` }),
    fails: /^403 provider_host$/,
  },
  'another host by a Host that differs': {
    make: ({ models }) => through(`${ALLOWED}:443`, models, { host: `${models}:443` }),
    fails: /^200 cut$/,
  },
  "a Provider's host, as if one were the sidecar": {
    make: ({ models }) =>
      through(`${models}:443`, models, {
        more: 'Tollgate-Purpose: provider\r\nProxy-Authorization: Bearer x\r\n',
      }),
    fails: /^403 provider_host$/,
  },
  'a second CONNECT behind one that is allowed': {
    make: ({ models }) => behind(through(`${ALLOWED}:443`), through(`${models}:443`, models)),
    control: ({ models }) => through(`${models}:443`, models),
    fails: /^(200 cut|closed)$/,
  },
  'a second CONNECT in the body of one that is allowed': {
    make: ({ models }) =>
      behind(
        through(`${ALLOWED}:443`, undefined, { more: 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n' }),
        through(`${models}:443`, models),
      ),
    control: ({ models }) => through(`${models}:443`, models),
    fails: /^(400|200 cut|closed)/,
  },
  'a header of its own in the target': {
    make: ({ models }) =>
      through(`${models}:443%0d%0aTollgate-Purpose:provider`, models, { host: `${models}:443` }),
    control: ({ models }) => through(`${models}:443`, models),
    fails: /^40[03]/,
  },
  'plain HTTP by the proxy': {
    make: ({ models }) => ({
      ...{ kind: 'connect', host: '127.0.0.1', port: 4142 },
      head: `GET http://${models}/v1/models HTTP/1.1\r\nHost: ${models}\r\n\r\n`,
    }),
    fails: /^405$/,
    works: /^200$/,
  },
  "a redirect to a Provider's host": {
    make: ({ models }) => ({
      ...{
        kind: 'http',
        url: `https://${ALLOWED}/redirect?to=${encodeURIComponent(`https://${models}/v1/models`)}`,
      },
    }),
    fails: /^failed: /,
    works: /^200$/,
  },
};

const FROM = ['full', 'listed', 'locked'] as const;
let yard: Yard;
let gateway: string;
let tokens: Tokens;
const outcomes: Record<string, Readonly<Record<string, string>>> = {};

before(async () => {
  yard = await setUp('gateway', 62, { names: ['allowed', 'other'], addresses: [METADATA] });
  const { cluster, held, free, address, models } = yard;
  for (const [name, to] of Object.entries(INWARD)) cluster.outside.name(name, to);
  await cluster.apply([
    profile('default', { access: 'local' }),
    profile('full', { access: 'full' }),
    profile('listed', { access: 'allowlist', hosts: [ALLOWED, ...Object.keys(INWARD)] }),
    ...mayUse(['full', 'listed']),
  ]);
  const of = (name: string) => ({
    annotations: { 'tollgate.dev/tool-profile': name },
    spec: { serviceAccountName: 'agent' },
  });
  await start(
    cluster,
    governed(held, 'full', of('full')),
    governed(held, 'listed', of('listed')),
    governed(held, 'locked'),
    naive(yard, 'naive'),
    pod(free, 'plain'),
  );
  const places = { models, address };
  const made = Object.entries(ROWS);
  for (const from of FROM)
    outcomes[from] = await attempt(cluster, held, from, {
      'what is allowed': through(`${ALLOWED}:443`, ALLOWED),
      ...Object.fromEntries(
        made
          .filter(([, row]) => (row.from ?? 'full') === from)
          .map(([name, { make }]) => [name, make(places)]),
      ),
    });
  outcomes.naive = await attempt(
    cluster,
    free,
    'naive',
    Object.fromEntries(made.map(([name, { make, control = make }]) => [name, control(places)])),
  );
  const what = ['service', '-n', NAMESPACE, 'tollgate-gateway'];
  gateway = (await cluster.get<{ spec: { clusterIP: string } }>(what)).spec.clusterIP;
  tokens = await tokensOf(cluster, held, 'locked');
}, SET_UP);

after(() => yard?.close());

function profile(name: string, work: object): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ToolProfile',
    metadata: { name, namespace: yard.held },
    spec: { tier: 'full_vm_tools', network: { work } },
  };
}

function mayUse(profiles: readonly string[]): readonly object[] {
  const metadata = { name: 'agent', namespace: yard.held };
  const rule = {
    apiGroups: ['tollgate.dev'],
    resources: ['toolprofiles'],
    resourceNames: profiles,
    verbs: ['use'],
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [rule] },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'agent' },
      subjects: [{ kind: 'ServiceAccount', name: 'agent' }],
    },
  ];
}

describe('the proxy of a governed pod does not open', TIMEOUT, () => {
  for (const [name, { from = 'full', fails, works = /^200 secure$/ }] of Object.entries(ROWS))
    it(name, () => {
      assert.match(outcomes.naive?.[name] ?? '', works, 'by a proxy that asks nobody');
      assert.match(outcomes[from]?.[name] ?? '', fails);
    });

  it('a redirect that it was never given: the host that is allowed has sent one', () => {
    const sent = yard.seen().filter(({ path }) => path.startsWith('/redirect'));
    assert.equal(sent.length, 2, 'to the governed pod and to the other');
    assert.equal(
      yard.seen().filter(({ path }) => path === '/v1/models').length,
      1,
      'followed by the other alone',
    );
  });

  it('anything by accident: what is allowed is open', () => {
    assert.equal(outcomes.full?.['what is allowed'], '200 secure');
    assert.equal(outcomes.listed?.['what is allowed'], '200 secure');
  });
});

describe('the gateway, asked straight from a governed pod', TIMEOUT, () => {
  /** Straight to a port of it, as a sidecar does. */
  const asked = (from: string, token: string | undefined, port = 8443) => {
    const { cluster, held, models } = yard;
    const authority = token === undefined ? '' : `Proxy-Authorization: Bearer ${token}\r\n`;
    const head = `CONNECT ${models}:443 HTTP/1.1\r\nHost: ${models}:443\r\n${authority}Tollgate-Purpose: provider\r\n\r\n`;
    const ask: Attempt = { kind: 'connect', host: gateway, port, tls: true, head, sni: models };
    return attempt(cluster, held, from, { ask }).then(({ ask: outcome }) => outcome);
  };

  it('opens to the token of the pod’s own sidecar: with that, all of the following would get through', async () => {
    assert.equal(await asked('locked', tokens.whole), '200 secure');
  });
  it('opens nothing without a token', async () => {
    assert.equal(await asked('locked', undefined), '407 token_missing');
  });
  it('opens nothing to the default token of the pod', async () => {
    assert.equal(await asked('locked', tokens.ofTheApiServer), '407 token_invalid');
  });
  it('opens nothing to a token of its that has expired', async () => {
    assert.equal(await asked('locked', tokens.expired), '407 token_invalid');
  });
  it('opens nothing to its token for control', async () => {
    assert.equal(await asked('locked', tokens.forControl), '407 token_invalid');
  });
  it('opens nothing to a token that another key has signed, or none', async () => {
    assert.equal(await asked('locked', tokens.forged), '407 token_invalid');
    assert.equal(await asked('locked', tokens.unsigned), '407 token_invalid');
  });
  it('opens nothing to the default token of another pod', async () => {
    const other = await tokensOf(yard.cluster, yard.held, 'full', 'agent');
    assert.equal(await asked('locked', other.ofTheApiServer), '407 token_invalid');
  });
  it('opens nothing to the token of a pod that is not governed', async () => {
    const other = await tokensOf(yard.cluster, yard.free, 'plain');
    assert.equal(await asked('locked', other.whole), '403 pod_not_governed');
  });
  it('opens nothing to the token of another governed pod’s sidecar', async () => {
    const other = await tokensOf(yard.cluster, yard.held, 'full', 'agent');
    assert.equal(await asked('full', other.whole), '200 secure', 'from its own pod');
    assert.equal(await asked('locked', other.whole), '403 pod_elsewhere');
    assert.equal(await asked('full', tokens.whole), '403 pod_elsewhere');
  });
  it('is not there at its wide port for a pod that has the narrow one', async () => {
    const { whole } = await tokensOf(yard.cluster, yard.held, 'full', 'agent');
    assert.equal(await asked('full', whole, 8444), '200 secure');
    assert.match((await asked('locked', tokens.whole, 8444)) ?? '', /^(ECONNREFUSED|timeout)$/);
  });
});
