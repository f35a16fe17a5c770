/** np-gate as a program in a pod's network, beside the real gateway, while an engine closes it late. Takes root. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { ISSUER, TestCluster } from '../../adapters/tokens/testing-tokens.ts';
import { fileScope } from '../../test/support/output.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { firstLine, GATEWAY, NAME_SERVER, World } from '../testing-netns.ts';

const scope = fileScope();
let world: World;

before(async () => {
  world = World.create(scope);
  const cluster = await TestCluster.create();
  const file = (name: string, text: string) => {
    const path = join(world.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const config = {
    listen: { address: '0.0.0.0', narrow: 8443, wide: 8444, canary: 8445, telemetry: 9090 },
    tls: { cert: file('tls.crt', SELF_SIGNED.cert), key: file('tls.key', SELF_SIGNED.key) },
    tokens: { issuer: ISSUER, jwks: { file: file('jwks.json', cluster.jwks()) } },
    control: { host: 'control.tollgate.svc', port: 8443 },
    directory: { file: file('directory.json', '{"pods":[],"providers":[]}') },
    clusterRanges: ['10.244.0.0/16'],
  };
  await firstLine(
    world.start('gw', [
      'cli/tollgate.ts',
      'egress-gateway',
      '--config',
      file('config.json', JSON.stringify(config)),
    ]),
  );
  await firstLine(world.start('net', ['egress/testing-internet.ts']));
});

async function result(child: ChildProcess): Promise<{ code: number; text: string }> {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece) => {
      text += piece;
    });
  const [code] = await once(child, 'close');
  return { code, text };
}

const gate = (...args: string[]) =>
  world.start('pod', [
    'cli/tollgate.ts',
    'np-gate',
    '--gateway',
    `${GATEWAY}:8443`,
    '--canary',
    `${GATEWAY}:8445`,
    ...args,
  ]);

describe('np-gate in a pod', { timeout: 450_000 }, () => {
  it('finds out an engine that enforces nothing', async () => {
    const { code, text } = await result(
      gate('--deadline', '10s', '--closed', '10.66.0.1:443', '--dns', `${NAME_SERVER}:53`),
    );
    assert.equal(code, 1);
    assert.match(
      text,
      /np-gate: round 1: the canary 10\.244\.8\.2:8445 can be reached: no NetworkPolicy holds for this pod; 10\.66\.0\.1:443 can be reached; the name server 52\.10\.0\.1:53 can be reached by UDP and TCP\n/,
    );
    assert.match(
      text,
      /np-gate: the network is NOT proved to be closed after \d+ rounds and \d+ ms, so this pod does not start: the canary/,
    );
  });

  it('waits for an engine that closes late, and then lets the pod start', async () => {
    const child = gate('--deadline', '90s');
    const ended = result(child);
    // It has tried once, and says so.
    await new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (piece) => /round 1/.test(String(piece)) && resolve());
    });
    world.close(8445);
    const { code, text } = await ended;
    assert.equal(code, 0, text);
    assert.match(text, /np-gate: round 1: the canary/);
    assert.match(text, /np-gate: the network is closed: 3 rounds in a row, after \d+ ms\n$/);
    world.open(8445);
  });

  it('finds a policy that opens DNS by UDP alone', async () => {
    world.close(8445);
    world.close(53);
    const { code, text } = await result(gate('--deadline', '8s', '--dns', `${NAME_SERVER}:53`));
    world.open(53);
    assert.equal(code, 1);
    assert.match(text, /the name server 52\.10\.0\.1:53 can be reached by UDP\n/);
    world.close(53);
    world.close(53, 'udp');
    assert.equal((await result(gate('--dns', `${NAME_SERVER}:53`))).code, 0);
    world.open(53, 'udp');
    world.open(53);
    world.open(8445);
  });

  it('is not content with a gateway that is out of reach too', async () => {
    world.close(8445);
    world.close(8443);
    const { code, text } = await result(gate('--deadline', '8s'));
    world.open(8443);
    assert.equal(code, 1);
    assert.match(text, /the egress gateway 10\.244\.8\.2:8443 does not answer/);
    world.open(8445);
  });

  it('warns of a node that can not be closed, and tells machines the same', async () => {
    world.close(8445);
    const child = world.start('pod', ['cli/tollgate.ts', 'np-gate', '--json'], {
      TOLLGATE_GATE_GATEWAY: `${GATEWAY}:8443, ${GATEWAY}:8444`,
      TOLLGATE_GATE_CANARY: `${GATEWAY}:8445`,
      TOLLGATE_GATE_WARN: '10.66.0.1:443',
    });
    const { code, text } = await result(child);
    assert.equal(code, 0, text);
    const { ms, ...rest } = JSON.parse(text);
    assert.ok(ms >= 400);
    assert.deepEqual(rest, {
      closed: true,
      rounds: 3,
      problems: [],
      warnings: ['10.66.0.1:443 can be reached, and this network engine does not close it'],
    });
    const plain = await result(gate('--warn', '10.66.0.1:443', '--rounds', '1'));
    assert.match(plain.text, /^np-gate: warning: 10\.66\.0\.1:443 can be reached/);
    world.open(8445);
  });

  it('finds its node over IPv6 on the link, where an engine closes IPv4 alone', async () => {
    world.close(8445);
    const listener = world.start('node', [
      '-e',
      "require('net').createServer().listen(10256, '::', () => console.log('listens'))",
    ]);
    await firstLine(listener);
    const { code, text } = await result(gate('--deadline', '8s', '--link'));
    assert.equal(code, 1, text);
    assert.match(
      text,
      /kube-proxy at \[fe80::[0-9a-f:]+%\w+\]:10256[^;]* can be reached over IPv6 on the pod's own link/,
    );
    assert.match(text, /switch IPv6 off in pods/);
    listener.kill('SIGKILL');
    await once(listener, 'close');
    const closed = await result(gate('--link'));
    assert.equal(closed.code, 0, closed.text);
    assert.doesNotMatch(closed.text, /warning/);
    world.open(8445);
  });

  it('does not begin with a plan that could prove nothing', async () => {
    for (const [args, says] of [
      [[], /give --gateway and --canary/],
      [['--gateway', `${GATEWAY}:8443`], /give --gateway and --canary/],
      [
        ['--gateway', `${GATEWAY}:8443`, '--canary', '10.66.0.1:8445'],
        /has to be a port of the address of a --gateway/,
      ],
      [
        ['--gateway', 'gateway:8443', '--canary', `${GATEWAY}:8445`],
        /--gateway takes an address with its port/,
      ],
      [['--gateway', `${GATEWAY}:8443`, '--canary', `${GATEWAY}:8443`], /has to be another port/],
    ] as [string[], RegExp][]) {
      const { code, text } = await result(world.start('pod', ['cli/tollgate.ts', 'np-gate', ...args]));
      assert.equal(code, 2);
      assert.match(text, says);
    }
  });
});
