import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostRule, readRule } from '../egress/host.ts';
import { ACCESS, type Opened, PHASES } from '../egress/judge.ts';
import fc from '../testing-fast-check.ts';
import { doorOf, type Networks, strictest } from './network.ts';
import { crdSchemas } from './schema.generated.ts';
import type { SchemaNode } from './schema.ts';
import { SYSTEM_NAMESPACE } from './snapshot.ts';
import { problemsOf, profile, snapshotOf } from './testing.ts';
import { TIERS } from './tiers.ts';

const rule = (text: string): HostRule => {
  const read = readRule(text);
  assert.ok(read, text);
  return read;
};
const list = (...hosts: string[]): Opened => ({ access: 'allowlist', hosts: hosts.map(rule) });
const full = (...hosts: string[]): Opened => ({ access: 'full', hosts: hosts.map(rule) });
const LOCAL: Opened = { access: 'local', hosts: [] };
const everyPhase = (network: Opened): Networks<Opened> => ({
  setup: network,
  work: network,
  teardown: network,
});
const merged = (...networks: Opened[]) =>
  strictest(networks.map((network) => ({ enforce: true, network: everyPhase(network) }))).work;

describe('the network of a phase', () => {
  it('is its tier’s where the profile is silent, and each phase’s own', () => {
    for (const tier of Object.keys(TIERS) as (keyof typeof TIERS)[]) {
      const { network } = snapshotOf([profile({ tier })]);
      assert.deepEqual(network, {
        setup: list(),
        work: tier === 'locked' ? LOCAL : list(),
        teardown: list(),
      });
    }
    const { network } = snapshotOf([
      profile({
        network: {
          setup: { access: 'full', hosts: ['Git.Example.com:8443'] },
          work: { access: 'allowlist', hosts: ['*.example.com'] },
          teardown: { access: 'local', hosts: ['a.example'] },
        },
      }),
    ]);
    assert.deepEqual(network, {
      setup: full('git.example.com:8443'),
      work: list('*.example.com'),
      teardown: LOCAL,
    });
  });

  it('keeps the access of a tier where a profile names hosts alone', () => {
    const work = { hosts: ['a.example'] };
    assert.deepEqual(snapshotOf([profile({ network: { work } })]).network.work, LOCAL);
    assert.deepEqual(
      snapshotOf([profile({ tier: 'web_automation', network: { work } })]).network.work,
      list('a.example'),
    );
  });

  it('decides the door that a pod is born with', () => {
    assert.deepEqual([LOCAL, list(), full()].map(doorOf), ['narrow', 'wide', 'wide']);
  });

  it('is what all profiles open that apply', () => {
    for (const [networks, work] of [
      [[full(), LOCAL], LOCAL],
      [[list('a.example'), LOCAL], LOCAL],
      [[full(), list('a.example')], list('a.example')],
      [[full(), list('a.example:8443')], list()],
      [[full('a.example:8443'), list('a.example:8443')], list('a.example:8443')],
      [[full('a.example:1'), full('a.example:1', 'b.example:1')], full('a.example:1')],
      [[list('a.example', 'b.example'), list('b.example', 'c.example')], list('b.example')],
      [[list('*.b.example'), list('a.b.example', 'b.example')], list('a.b.example')],
      [[list('*.b.example'), list('*.a.b.example')], list('*.a.b.example')],
      [[list('*.b.example'), list('*.b.example')], list('*.b.example')],
      [[list('*.b.example'), list('*.xb.example')], list()],
      [[list('a.example:1'), list('a.example:2')], list()],
      [[list('a.example'), list('a.example'), list('b.example')], list()],
    ] as const) {
      assert.deepEqual(merged(...networks), work, JSON.stringify(networks));
      const turned = merged(...networks.toReversed());
      assert.deepEqual([turned.access, new Set(turned.hosts)], [work.access, new Set(work.hosts)]);
    }
  });

  it('of the whole cluster’s profiles narrows a workload’s own', () => {
    const own = profile({ network: { work: { access: 'full' } } }, { name: 'own' });
    const house = profile(
      { network: { work: { access: 'allowlist', hosts: ['a.example'] } } },
      { name: 'house', namespace: SYSTEM_NAMESPACE },
    );
    assert.deepEqual(snapshotOf([own, house]).network.work, list('a.example'));
  });

  it('is not narrowed by what only records, which is said beside it', () => {
    const of = (...given: [enforce: boolean, network: Opened][]) =>
      strictest(given.map(([enforce, network]) => ({ enforce, network: everyPhase(network) }))).work;
    assert.deepEqual(of([false, LOCAL]), { ...full(), ifEnforced: LOCAL });
    assert.deepEqual(of([false, list('a.example:8443')]), {
      ...full('a.example:8443'),
      ifEnforced: list('a.example:8443'),
    });
    assert.deepEqual(of([true, list('a.example', 'b.example')], [false, list('b.example')]), {
      ...list('a.example', 'b.example'),
      ifEnforced: list('b.example'),
    });
    assert.deepEqual(of([true, LOCAL], [false, full()]), { ...LOCAL, ifEnforced: LOCAL });
    assert.deepEqual(of(), LOCAL);
  });

  it('opens a host at a port exactly when every profile does', () => {
    const names = ['b.example', 'a.b.example', 'x.a.b.example', 'xb.example', 'c.example'];
    const ports = [443, 1];
    const entry = fc.record({
      host: fc.constantFrom(...names),
      below: fc.boolean(),
      port: fc.constantFrom(...ports),
    });
    const network = fc.record({
      access: fc.constantFrom(...ACCESS),
      hosts: fc.array(entry, { maxLength: 4 }),
    });
    const hosts = [...names, 'y.b.example', 'z.y.a.b.example', 'example'];
    /** As docs/egress.md says it, and not as the code does it. */
    const opens = ({ access, hosts: rules }: Opened, host: string, port: number): boolean => {
      if (access === 'local') return false;
      if (access === 'full' && port === 443) return true;
      const labels = host.split('.');
      const above = labels.map((_, n) => labels.slice(n + 1).join('.'));
      return rules.some(
        (one) => one.port === port && (one.below ? above.includes(one.host) : one.host === host),
      );
    };
    fc.assert(
      fc.property(fc.array(network, { minLength: 1, maxLength: 4 }), (networks) => {
        const together = merged(...networks);
        for (const host of hosts)
          for (const port of ports)
            assert.equal(
              opens(together, host, port),
              networks.every((one) => opens(one, host, port)),
              `${host}:${port}`,
            );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a host of a list', () => {
  const at = (phase: string, host: string) =>
    profile({ network: { [phase]: { access: 'allowlist', hosts: [host] } } });

  it('is refused with a sentence where it is none, in every phase', () => {
    for (const phase of PHASES)
      assert.deepEqual(problemsOf(at(phase, '10.0.0.1')), [
        `f0:1: spec.network.${phase}.hosts[0]: "10.0.0.1" is not the full name of a host. Write example.com, *.example.com for all below it, or either with a port (example.com:8443).`,
      ]);
  });

  it('is one to the API server exactly when it is one to the gateway', () => {
    const node = ['spec', 'network', 'work', 'hosts'].reduce<SchemaNode | undefined>(
      (schema, name) => schema?.properties?.[name],
      crdSchemas().ToolProfile?.schema,
    );
    const { pattern } = (node?.items ?? {}) as SchemaNode & { pattern?: string };
    assert.ok(pattern);
    const takes = new RegExp(pattern);
    const piece = fc.constantFrom(
      ...['a', 'B', '-', '_', '.', '*', '*.', ':', '0', '0x', '1', '443', '65535', '65536', 'example', 'com'],
      ...[' ', 'ü', '[', ']', '/', '%', 'x'.repeat(63), 'x'.repeat(64)],
    );
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    const likely = fc
      .tuple(
        fc.constantFrom('', '*.'),
        fc.domain(),
        fc.constantFrom('', '.', ':1', ':65535', ':65536', ':0', ':01'),
      )
      .map((parts) => parts.join(''));
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(text, likely), (host) => {
        if (host.length === 0 || host.length > 253) return;
        if (takes.test(host)) taken++;
        assert.equal(takes.test(host), readRule(host) !== undefined, host);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(taken > 1_000, String(taken));
  });
});
