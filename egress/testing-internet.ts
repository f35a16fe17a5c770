/**
 * Run in a network namespace: a name server, and hosts on all addresses that the namespace has. Each connection and each
 * question is a line on stdout.
 *
 * Names say what is answered. Labels before names.example: `4-10-66-0-1` an A record, `6-fd66--1` an AAAA record, several
 * of them several records; `flip` the first answer public and all later ones private; `slow`, `never`, `nx`, `servfail`,
 * `huge` (more than one message of UDP takes), `broken`.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { SELF_SIGNED } from '../test/support/tls.ts';

const say = (line: object) => console.log(JSON.stringify(line));
const asked = new Map<string, number>();

interface Answer {
  readonly code?: number;
  readonly records?: readonly Buffer[];
  readonly afterMs?: number;
  readonly silent?: boolean;
  readonly raw?: Buffer;
}

const A = 1;
const AAAA = 28;

function v4(label: string): Buffer {
  return Buffer.from(label.slice(2).split('-').map(Number));
}

/** Two dashes are `::`. */
function v6(label: string): Buffer {
  const [head = '', tail = ''] = label.slice(2).split('--');
  const groups = (text: string) => text.split('-').filter(Boolean);
  const zeros = Array(8 - groups(head).length - groups(tail).length).fill('0');
  return Buffer.from(
    [...groups(head), ...zeros, ...groups(tail)].map((group) => group.padStart(4, '0')).join(''),
    'hex',
  );
}

function answer(name: string, type: number): Answer {
  const labels = name.split('.').slice(0, -2);
  const key = `${name} ${type}`;
  const before = asked.get(key) ?? 0;
  asked.set(key, before + 1);
  const has = (label: string) => labels.includes(label);
  if (has('nx')) return { code: 3 };
  if (has('servfail')) return { code: 2 };
  if (has('never')) return { silent: true };
  if (has('broken')) return { raw: Buffer.from('this is no answer') };
  if (has('flip'))
    return { records: type === A ? [Buffer.from(before === 0 ? [52, 10, 0, 10] : [10, 66, 0, 1])] : [] };
  if (has('huge'))
    return {
      records:
        type === A ? Array.from({ length: 400 }, (_, n) => Buffer.from([52, 10, n >> 8, n & 255])) : [],
    };
  const records = labels.flatMap((label) => {
    if (type === A && label.startsWith('4-')) return [v4(label)];
    return type === AAAA && label.startsWith('6-') ? [v6(label)] : [];
  });
  return { records, afterMs: has('slow') ? 20_000 : 0 };
}

/** @param most bytes, or the answer is cut and says so */
function reply(query: Buffer, most: number, send: (message: Buffer) => void): void {
  let at = 12;
  const labels: string[] = [];
  while (query[at]) {
    const length = query[at] ?? 0;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const name = labels.join('.').toLowerCase();
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  say({ asked: name, type });
  const { code = 0, records = [], afterMs = 0, silent, raw } = answer(name, type);
  if (silent) return;
  const head = (count: number, cut: boolean) => {
    const bytes = Buffer.alloc(12);
    query.copy(bytes, 0, 0, 2);
    bytes.writeUInt16BE(0x8580 | (cut ? 0x200 : 0) | code, 2);
    bytes.writeUInt16BE(1, 4);
    bytes.writeUInt16BE(count, 6);
    return Buffer.concat([bytes, question]);
  };
  const bodies = records.map((data) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(0, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  const whole = raw ?? Buffer.concat([head(records.length, false), ...bodies]);
  setTimeout(() => send(whole.length > most ? head(0, true) : whole), afterMs);
}

const udp = createSocket('udp4');
udp.on('message', (query, { port, address }) =>
  reply(query, 512, (message) => udp.send(message, port, address)),
);
udp.bind(53, '0.0.0.0');
createServer((socket) => {
  socket.on('error', () => undefined);
  let got = Buffer.alloc(0);
  socket.on('data', (piece) => {
    got = Buffer.concat([got, piece]);
    while (got.length > 2 && got.length >= 2 + got.readUInt16BE(0)) {
      const length = got.readUInt16BE(0);
      reply(got.subarray(2, 2 + length), 65_535, (message) => {
        const size = Buffer.alloc(2);
        size.writeUInt16BE(message.length);
        socket.write(Buffer.concat([size, message]));
      });
      got = got.subarray(2 + length);
    }
  });
}).listen(53, '0.0.0.0');

/** A host tells its address to whoever speaks TLS to it, and gives back what it gets. */
const hosts = createTls({ ...SELF_SIGNED }, (socket) => {
  socket.on('error', () => undefined);
  socket.write(`${socket.localAddress}\n`);
  socket.pipe(socket);
});
hosts.on('connection', (socket) => say({ reached: socket.localAddress }));
hosts.on('tlsClientError', () => undefined);
hosts.listen({ port: 443, host: '::' }, () => say({ listening: true }));
