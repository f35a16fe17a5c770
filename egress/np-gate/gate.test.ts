import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { freePort } from '../../test/support/free-port.ts';
import { createCanary } from '../canary.ts';
import type { Link } from './link.ts';
import { runGate } from './main.ts';
import { probeDns, probeTcp } from './probe.ts';
import { judgeRound, type LinkRound, type Round } from './rounds.ts';
import { LINK_PORTS, type Place, type Plan, placeText, readPlace } from './targets.ts';

const place = (port: number): Place => ({ address: '127.0.0.1', port });
const PLAN: Plan = {
  gateway: [place(8443), place(8444)],
  canary: place(8445),
  closed: [{ address: '169.254.169.254', port: 80 }],
  dns: [{ address: '10.96.0.10', port: 53 }],
  warn: [{ address: 'fd00::1', port: 10250 }],
  link: false,
  rounds: 3,
  everyMs: 100,
  tryMs: 2_000,
  deadlineMs: 20_000,
};
const GOOD: Round = {
  gateway: ['reached', 'reached'],
  canary: 'silent',
  closed: ['refused'],
  dns: [['silent', 'refused']],
  warn: ['silent'],
};

async function listening(
  t: TestContext,
  server = createServer((socket) => socket.destroy()),
): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a round', () => {
  it('is good when the gateway answers and nothing else does', () => {
    assert.deepEqual(judgeRound(PLAN, GOOD), { good: true, problems: [], warnings: [] });
    assert.ok(judgeRound(PLAN, { ...GOOD, canary: 'refused' }).good);
  });

  it('is not good when any of it is otherwise, and says what', () => {
    for (const [change, says] of [
      [{ gateway: ['reached', 'refused'] }, 'the egress gateway 127.0.0.1:8444 does not answer'],
      [{ gateway: ['silent', 'reached'] }, 'the egress gateway 127.0.0.1:8443 does not answer'],
      [
        { canary: 'reached' },
        'the canary 127.0.0.1:8445 can be reached: no NetworkPolicy holds for this pod',
      ],
      [{ closed: ['reached'] }, '169.254.169.254:80 can be reached'],
      [{ dns: [['reached', 'silent']] }, 'the name server 10.96.0.10:53 can be reached by UDP'],
      [{ dns: [['reached', 'reached']] }, 'the name server 10.96.0.10:53 can be reached by UDP and TCP'],
    ] as [Partial<Round>, string][])
      assert.deepEqual(judgeRound(PLAN, { ...GOOD, ...change }), {
        good: false,
        problems: [says],
        warnings: [],
      });
  });

  it('warns of what the engine can not close', () => {
    assert.deepEqual(judgeRound(PLAN, { ...GOOD, warn: ['reached'] }), {
      good: true,
      problems: [],
      warnings: ['[fd00::1]:10250 can be reached, and this network engine does not close it'],
    });
  });
});

describe('a round with the link', () => {
  const NODE = 'fe80::1%eth0';
  const on = (names: readonly string[], more: Partial<LinkRound> = {}): LinkRound => ({
    on: true,
    unsettled: false,
    neighbours: [NODE],
    reached: LINK_PORTS.filter(({ name }) => names.includes(name)).map((port) => ({ neighbour: NODE, port })),
    ...more,
  });
  const judged = (link: LinkRound, change: Partial<Round> = {}) =>
    judgeRound(PLAN, { ...GOOD, ...change, link });

  it('is good when nobody answers there', () => {
    assert.deepEqual(judged(on([])), { good: true, problems: [], warnings: [] });
    assert.deepEqual(judged(on([], { on: false, neighbours: [] })), {
      good: true,
      problems: [],
      warnings: [],
    });
  });

  it('is not good when the node answers there alone, and says where and what to do', () => {
    const { good, problems } = judged(on(['kube-proxy', 'SSH']));
    assert.equal(good, false);
    assert.deepEqual(problems, [
      "kube-proxy at [fe80::1%eth0]:10256, SSH at [fe80::1%eth0]:22 can be reached over IPv6 on the pod's own link: the network engine filters IPv4 alone. Have it filter IPv6 too, or switch IPv6 off in pods (CNI plugin tuning, net.ipv6.conf.eth0.disable_ipv6)",
    ]);
  });

  it('warns of the node where that is open over IPv4 as well, and of nothing else', () => {
    const warn: Round['warn'] = ['reached'];
    const node = judged(on(['the kubelet']), { warn });
    assert.ok(node.good);
    assert.match(node.warnings.join(), /the kubelet at \[fe80::1%eth0\]:10250 can be reached over IPv6/);
    for (const name of ['the API server', 'a name server']) {
      const { good, problems } = judged(on([name, 'the kubelet']), { warn });
      assert.equal(good, false);
      assert.match(problems.join(), new RegExp(`^${name} at [^,]* can be reached over IPv6`));
    }
  });

  it('is not good before addresses are settled', () => {
    const { good, problems } = judged(on([], { unsettled: true }));
    assert.deepEqual([good, problems], [false, ["the pod's addresses of IPv6 are not settled yet"]]);
  });

  it('warns when it was not known whom to try', () => {
    const unknown = on([], { neighbours: [] });
    assert.match(judged(unknown).warnings.join(), /node's address there can't be found out/);
    assert.deepEqual(judged(unknown, { gateway: ['refused', 'silent'] }).warnings, []);
  });
});

describe('a place', () => {
  it('is an address with its port, and no name', () => {
    for (const text of ['10.96.0.20:8443', '[fd00::1]:443', '[::ffff:10.0.0.1]:1'])
      assert.equal(placeText(readPlace(text) as Place), text);
    for (const text of [
      '',
      '10.96.0.20',
      'gateway:8443',
      '10.96.0.20:0',
      '10.96.0.20:65536',
      'fd00::1:443',
      '[10.0.0.1]:443',
      '10.1:443',
      '[fe80::1%eth0]:443',
    ])
      assert.equal(readPlace(text), undefined, text);
  });
});

describe('a try', () => {
  it('tells who takes a connection, also one that is broken off at once', async (t) => {
    assert.equal(await probeTcp(place(await listening(t)), 1_000), 'reached');
    assert.equal(
      await probeTcp(
        place(
          await listening(
            t,
            createServer((socket) => socket.resetAndDestroy()),
          ),
        ),
        1_000,
      ),
      'reached',
    );
    const canary = place(await listening(t, createCanary()));
    for (let n = 0; n < 50; n++) assert.equal(await probeTcp(canary, 1_000), 'reached');
  });

  it('tells who refuses it', async () => {
    assert.equal(await probeTcp(place(await freePort()), 1_000), 'refused');
    assert.equal(await probeTcp({ address: '255.255.255.255', port: 80 }, 1_000), 'refused');
  });

  it('tells a name server that answers by UDP from one that is not there', async (t) => {
    const server = createSocket('udp4');
    const asked: Buffer[] = [];
    server.on('message', (query, { port, address }) => {
      asked.push(query);
      server.send('x', port, address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    assert.equal(await probeDns(place(server.address().port), 1_000), 'reached');
    // RFC 1035: one question, for the root's name servers.
    assert.equal(asked[0]?.subarray(2).toString('hex'), '010000010000000000000000020001');
    assert.equal(await probeDns(place(await freePort()), 300), 'refused');
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    assert.equal(await probeDns(place(silent.address().port), 100), 'silent');
  });
});

describe('np-gate', () => {
  async function plan(t: TestContext, change: Partial<Plan> = {}): Promise<Plan> {
    return {
      ...PLAN,
      gateway: [place(await listening(t))],
      canary: place(await freePort()),
      closed: [],
      dns: [],
      warn: [],
      ...change,
    };
  }

  it('lets the pod start after so many good rounds in a row', async (t) => {
    const result = await runGate(await plan(t, { warn: [place(await listening(t))] }), () =>
      assert.fail('no round was bad'),
    );
    assert.deepEqual(
      [result.closed, result.rounds, result.problems, result.warnings.length],
      [true, 3, [], 1],
    );
    assert.ok(result.ms >= 190, 'the rounds came too fast');
  });

  it('does not, when the deadline is over before, and says what was wrong', async (t) => {
    const open = await plan(t, { canary: place(await listening(t)), deadlineMs: 1_500 });
    let told = 0;
    const result = await runGate(open, () => told++);
    assert.equal(result.closed, false);
    // How many fit is the machine's affair.
    assert.ok(told >= 1);
    assert.equal(result.rounds, told);
    assert.match(result.problems.join(), /^the canary .* no NetworkPolicy holds/);
  });

  it('counts anew after a bad round', async (t) => {
    const [canary, late] = [await freePort(), createCanary()];
    let tries = 0;
    const gateway = createServer((socket) => {
      socket.destroy();
      if (++tries === 3) late.listen(canary, '127.0.0.1');
    });
    const bad: number[] = [];
    const places = { gateway: [place(await listening(t, gateway))], canary: place(canary), rounds: 4 };
    const result = await runGate(await plan(t, places), (_, n) => {
      bad.push(n);
      late.close();
    });
    assert.ok(result.closed);
    assert.deepEqual([bad.length, result.rounds], [1, (bad[0] ?? 0) + 4]);
    assert.ok((bad[0] ?? 0) >= 3);
  });

  const LINK: Link = { on: true, tentative: false, coming: false, neighbours: [] };

  it('waits until addresses of IPv6 can be tried, and for one that never comes not for long', async (t) => {
    let asked = 0;
    const told: string[] = [];
    const result = await runGate(
      await plan(t, { link: true, rounds: 1 }),
      ({ problems }) => told.push(...problems),
      () => ({ ...LINK, tentative: ++asked < 3, neighbours: [] }),
    );
    assert.ok(result.closed);
    assert.deepEqual([asked, told.length], [3, 2]);
    const late = await runGate(
      await plan(t, { link: true, rounds: 1 }),
      () => undefined,
      () => ({ ...LINK, on: false, coming: true }),
    );
    assert.ok(late.closed);
    assert.ok(late.ms >= 3_000 && late.ms < 15_000, String(late.ms));
  });

  it('does not ask for the link where it is not told to', async (t) => {
    const result = await runGate(
      await plan(t, { rounds: 1 }),
      () => undefined,
      () => assert.fail('asked'),
    );
    assert.ok(result.closed);
  });

  it('takes a network in which nothing answers for no proof', async () => {
    const empty = {
      ...PLAN,
      gateway: [place(await freePort())],
      canary: place(await freePort()),
      closed: [],
      dns: [],
      warn: [],
      deadlineMs: 400,
    };
    const result = await runGate(empty, () => undefined);
    assert.equal(result.closed, false);
    assert.match(result.problems.join(), /does not answer/);
  });
});
