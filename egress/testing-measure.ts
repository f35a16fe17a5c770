/**
 * What a tunnel costs, beside a plain TCP forwarder in Node: `sudo node egress/testing-measure.ts`. CPU is that of the
 * process that is measured, from /proc; it decides, for on a small machine client and host share the cores with it.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { ISSUER, POD, TestCluster } from '../adapters/tokens/testing-tokens.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import { readAnswer } from './testing-gateway.ts';
import { firstLine, GATEWAY, World } from './testing-netns.ts';

const TUNNELS = 1_000;
const STREAMS = 4;
const BULK_BYTES = 1_500_000_000;
const HOST = '4-10-66-0-1.bulk.names.example';
const PORT = 7_000;

const undo: (() => unknown)[] = [];
const world = World.create({ after: (one) => undo.push(one) });
try {
  await measure();
} finally {
  for (const one of undo) await one();
}

async function measure(): Promise<void> {
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
    directory: {
      file: file(
        'directory.json',
        JSON.stringify({
          pods: [{ ...POD, phase: 'work', network: { access: 'local' } }],
          providers: [{ host: HOST, port: PORT, tls: false, privateAddresses: true }],
        }),
      ),
    },
    clusterRanges: ['10.244.0.0/16'],
    nameServers: ['52.10.0.1'],
    limits: {
      connectionsPerAddress: 4_000,
      newConnectionsPerSecond: 4_000,
      purposes: { provider: { tunnelsPerPod: 4_000 } },
    },
  };
  const gateway = world.start('gw', [
    'cli/tollgate.ts',
    'egress-gateway',
    '--config',
    file('config.json', JSON.stringify(config)),
    '--log-level',
    'warn',
  ]);
  await firstLine(gateway);
  await firstLine(world.start('net', ['egress/testing-internet.ts']));
  const host = `require('net').createServer(s=>{s.on('error',()=>0);s.on('data',d=>{if(d[0]===66){let left=${BULK_BYTES / STREAMS};const b=Buffer.alloc(65536);const f=()=>{while(left>0){left-=b.length;if(!s.write(b))return s.once('drain',f)}s.end()};f()}else s.write(d)})}).listen(${PORT},'::',()=>console.log('on'))`;
  await firstLine(world.start('net', ['-e', host]));
  const plain = world.start('gw', [
    '-e',
    `const n=require('net');n.createServer({noDelay:true},c=>{const u=n.connect({host:'10.66.0.1',port:${PORT},noDelay:true});c.pipe(u);u.pipe(c);c.on('error',()=>u.destroy());u.on('error',()=>c.destroy())}).listen(9000,()=>console.log('on'))`,
  ]);
  await firstLine(plain);
  const dial = await world.from('pod');
  const token = await cluster.token();
  const open = async () => {
    const socket = connect({ socket: dial(GATEWAY, 8443), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.write(
      `CONNECT ${HOST}:${PORT} HTTP/1.1\r\nHost: ${HOST}:${PORT}\r\nProxy-Authorization: Bearer ${token}\r\nTollgate-Purpose: provider\r\n\r\n`,
    );
    const { status, body } = await readAnswer(socket);
    if (status !== 200) throw new Error(body);
    return socket.resume();
  };
  const [pid, plainPid] = [gateway.pid ?? 0, plain.pid ?? 0];
  // V8 compiles and grows first.
  for (let n = 0; n < 50; n++) (await open()).destroy();
  await sleep(1_000);
  await figures('gateway', pid, open);
  await figures('plain forwarder', plainPid, async () => {
    const socket = dial(GATEWAY, 9_000);
    socket.write('x');
    await once(socket, 'data');
    return socket.resume();
  });
}

async function figures(name: string, pid: number, open: () => Promise<Socket>): Promise<void> {
  const [cpu, memory] = [cpuMs(pid), residentMb(pid)];
  const began = performance.now();
  const sockets: Socket[] = [];
  while (sockets.length < TUNNELS) sockets.push(...(await Promise.all(Array.from({ length: 10 }, open))));
  console.log(
    `${name}: ${TUNNELS} tunnels opened in ${Math.round(performance.now() - began)} ms, ${((cpuMs(pid) - cpu) / TUNNELS).toFixed(2)} ms CPU each; memory ${memory} → ${residentMb(pid)} MB`,
  );
  const idle = cpuMs(pid);
  await sleep(5_000);
  console.log(`${name}: holding them idle takes ${((cpuMs(pid) - idle) / 50).toFixed(1)} % of a core`);
  const echoed = cpuMs(pid);
  const rounds = 10;
  for (let n = 0; n < rounds; n++)
    await Promise.all(
      sockets.map((socket) => {
        socket.write('x'.repeat(1_000));
        return once(socket, 'data');
      }),
    );
  console.log(
    `${name}: a message of 1 KB there and back on each: ${(((cpuMs(pid) - echoed) * 1_000) / (rounds * TUNNELS)).toFixed(0)} µs CPU`,
  );
  for (const socket of sockets) socket.destroy();
  await sleep(1_500);
  const [before, start] = [cpuMs(pid), performance.now()];
  const streams = await Promise.all(Array.from({ length: STREAMS }, open));
  let bytes = 0;
  await Promise.all(
    streams.map((socket) => {
      socket.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      socket.write('B');
      return once(socket, 'end');
    }),
  );
  const used = cpuMs(pid) - before;
  console.log(
    `${name}: ${(bytes / 1e6).toFixed(0)} MB over ${STREAMS} tunnels: ${(bytes / 1e3 / (performance.now() - start)).toFixed(0)} MB/s, ${(bytes / 1e3 / used).toFixed(0)} MB per CPU-second; memory ${residentMb(pid)} MB`,
  );
}

/** User and system time of a process, ms; `ip netns exec` has become that process. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1_024);
}
