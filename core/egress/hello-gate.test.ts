import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { HelloGate, type HelloRules, MOST_HELLO_BYTES, type Passed } from './hello-gate.ts';
import {
  type HelloOptions,
  handshake,
  hello,
  nameBody,
  record,
  serverHello,
  sized,
} from './testing-hello.ts';

const HOST = 'api.example.com';
const GOOD = handshake(hello({ name: HOST }));
const ECH = 0xfe0d;

function gate(rules: Partial<HelloRules> = {}): HelloGate {
  return new HelloGate({ host: HOST, encryptedHello: 'refuse', ...rules });
}

/** @returns what passed in all, or why it ended */
function send(to: HelloGate, ...chunks: Buffer[]): string {
  const passed: Buffer[] = [];
  for (const chunk of chunks) {
    const result: Passed = to.fromClient(chunk);
    if ('end' in result) return result.end;
    passed.push(...result.pass);
  }
  return Buffer.concat(passed).toString('hex');
}

const after = (options: HelloOptions, rules: Partial<HelloRules> = {}) =>
  send(gate(rules), handshake(hello(options)));

describe('a ClientHello', () => {
  it('passes byte for byte when it names the host of the CONNECT, in any case', () => {
    assert.equal(send(gate(), GOOD), GOOD.toString('hex'));
    const upper = handshake(hello({ name: 'API.Example.com' }));
    assert.equal(send(gate(), upper), upper.toString('hex'));
    const early = Buffer.concat([GOOD, record(20, Buffer.from([1])), record(23, Buffer.alloc(100))]);
    assert.equal(send(gate(), early), early.toString('hex'));
  });

  it('may have extensions and values that nobody knows (GREASE)', () => {
    const extensions = [0x0a0a, 0x1a1a, 0xfafa, 43].map((type) => [type, Buffer.from([0])] as const);
    assert.ok(after({ name: HOST, extensions }).startsWith('16'));
    assert.ok(after({ name: HOST, extensions: [[0x2a2a, Buffer.alloc(0)]] }).startsWith('16'));
  });

  it('has to name a server, and the same', () => {
    assert.equal(after({}), 'no_server_name');
    for (const name of [
      'evil.example',
      'example.com',
      `x.${HOST}`,
      `${HOST}.`,
      `${HOST}\0`,
      `${HOST} `,
      '',
      '10.0.0.1',
    ])
      assert.equal(after({ name }), 'server_name_differs', JSON.stringify(name));
  });

  it('has one name only: another reader might take the other', () => {
    const two = sized(
      2,
      Buffer.concat([nameBody(HOST), nameBody('evil.example')].map((one) => one.subarray(2))),
    );
    assert.equal(after({ nameBody: two }), 'hello_malformed');
    assert.equal(after({ name: HOST, extensions: [[0, nameBody('evil.example')]] }), 'hello_malformed');
    assert.equal(after({ name: 'evil.example', extensions: [[0, nameBody(HOST)]] }), 'hello_malformed');
    assert.equal(after({ nameBody: nameBody(HOST, 1) }), 'hello_malformed');
    assert.equal(after({ nameBody: Buffer.alloc(0) }), 'hello_malformed');
    assert.equal(after({ nameBody: Buffer.concat([nameBody(HOST), Buffer.from([0])]) }), 'hello_malformed');
  });

  it('must not hide another name, unless that is configured, and then the one outside still counts', () => {
    const extensions = [[ECH, Buffer.from([0, 0, 1, 0, 1, 7])]] as const;
    assert.equal(after({ name: HOST, extensions }), 'encrypted_hello');
    assert.equal(after({ name: HOST, extensions: [[0xffce, Buffer.alloc(9)]] }), 'encrypted_hello');
    assert.ok(after({ name: HOST, extensions }, { encryptedHello: 'pass' }).startsWith('16'));
    assert.equal(
      after({ name: 'public.example', extensions }, { encryptedHello: 'pass' }),
      'server_name_differs',
    );
  });

  it('is malformed with lengths that do not fit, or with bytes behind its parts', () => {
    assert.equal(after({ name: HOST, after: Buffer.from([0]) }), 'hello_malformed');
    const good = hello({ name: HOST });
    for (const at of [38, 71, 77, 79, 83, 85, 88]) {
      const bad = Buffer.from(good);
      bad[at] = 0xff;
      assert.equal(send(gate(), handshake(bad)), 'hello_malformed', String(at));
    }
    assert.equal(
      send(gate(), handshake(Buffer.concat([good, Buffer.from([11, 0, 0, 0])]))),
      'hello_malformed',
    );
  });

  it('is the first thing that comes; what is no TLS is found out at its first bytes', () => {
    for (const bytes of [
      'GET / HTTP/1.1\r\n',
      'SSH-2.0-x',
      '\x80\x2e\x01\x03\x01',
      '\x16\x02\x01',
      '\x16\x03\x01\x00\x00',
      '\x16\x03\x01\xff\xff',
      '\x17\x03\x03\x00\x01x',
      '\x14\x03\x03\x00\x01\x01',
      '\x15\x03\x03\x00\x02\x01\x00',
      '\x16\x03\x01\x00\x04\x02\x00\x00\x00',
      '\0',
    ])
      assert.equal(send(gate(), Buffer.from(bytes, 'latin1')), 'not_tls', JSON.stringify(bytes));
  });

  it('is not broken into by another record', () => {
    const message = hello({ name: HOST });
    const parts = [
      handshake(message.subarray(0, 50)),
      record(23, Buffer.alloc(4)),
      handshake(message.subarray(50)),
    ];
    assert.equal(send(gate(), ...parts), 'hello_malformed');
  });

  it('is held until it is whole, however it is cut into records and segments', () => {
    const message = hello({ name: HOST, extensions: [[21, Buffer.alloc(300)]] });
    const cuts = fc.array(fc.integer({ min: 1, max: message.length - 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        cuts,
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 12 }),
        (records, segments) => {
          const bytes = Buffer.concat(pieces(message, records).map(handshake));
          const to = gate();
          const chunks = pieces(bytes, segments);
          for (const chunk of chunks.slice(0, -1)) assert.deepEqual(to.fromClient(chunk), { pass: [] });
          assert.ok(to.holding);
          const last = to.fromClient(chunks.at(-1) ?? Buffer.alloc(0));
          assert.ok('pass' in last);
          assert.deepEqual(Buffer.concat(last.pass), bytes);
          assert.ok(!to.holding);
        },
      ),
    );
  });

  it('may have 16 KB and not more, also when it says so at its beginning only', () => {
    const of = (bytes: number) => {
      const bare = hello({ name: HOST, extensions: [[21, Buffer.alloc(0)]] }).length;
      return hello({ name: HOST, extensions: [[21, Buffer.alloc(bytes - bare)]] });
    };
    const records = (message: Buffer) => pieces(message, [10_000]).map(handshake);
    assert.ok(send(gate(), ...records(of(MOST_HELLO_BYTES))).startsWith('16'));
    assert.ok(send(gate(), ...records(of(MOST_HELLO_BYTES + 1))) === 'hello_too_large');
    const tiny = [...hello({ name: HOST, extensions: [[21, Buffer.alloc(8_000)]] })].map((byte) =>
      handshake(Buffer.from([byte])),
    );
    assert.ok(send(gate(), ...tiny) === 'hello_too_large');
    assert.equal(send(gate(), handshake(Buffer.from([1, 1, 0, 0]))), 'hello_too_large');
  });

  it('lets nothing pass, whatever is wrong with its bytes, but what still names the host', () => {
    const good = GOOD;
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bad = Buffer.from(good);
        for (const [at, byte] of changes) bad[at] = byte;
        const result = gate().fromClient(bad);
        // An oracle that knows no structure: the name has to stand there as it was.
        if ('pass' in result && result.pass.length > 0)
          assert.ok(bad.toString('latin1').toLowerCase().includes(HOST));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('a second ClientHello', () => {
  const second = handshake(hello({ name: HOST, extensions: [[51, Buffer.alloc(8)]] }));
  const evil = handshake(hello({ name: 'evil.example' }));

  it('ends the tunnel when the server did not ask for it', () => {
    assert.equal(send(gate(), GOOD, evil), 'second_hello');
    assert.equal(send(gate(), Buffer.concat([GOOD, second])), 'second_hello');
    assert.equal(send(gate(), GOOD, record(20, Buffer.from([1])), second), 'second_hello');
  });

  it('is judged like the first when the server asked for it', () => {
    const asked = () => {
      const to = gate();
      send(to, GOOD);
      to.fromServer(serverHello(true));
      return to;
    };
    assert.equal(send(asked(), second), second.toString('hex'));
    assert.equal(send(asked(), evil), 'server_name_differs');
    assert.equal(send(asked(), handshake(hello({}))), 'no_server_name');
    assert.equal(send(asked(), handshake(Buffer.from([11, 0, 0, 0]))), 'second_hello');
    assert.equal(
      send(asked(), handshake(hello({ name: HOST, extensions: [[ECH, Buffer.alloc(1)]] }))),
      'encrypted_hello',
    );
    const early = [record(23, Buffer.alloc(50)), record(20, Buffer.from([1]))];
    assert.equal(send(asked(), ...early, evil), 'server_name_differs');
    assert.equal(send(asked(), ...early, second), Buffer.concat([...early, second]).toString('hex'));
    for (const [from] of evil.entries()) {
      const to = asked();
      assert.equal(send(to, evil.subarray(0, from), evil.subarray(from)), 'server_name_differs');
    }
  });

  it('is held until it is whole', () => {
    const to = gate();
    send(to, GOOD);
    to.fromServer(serverHello(true));
    assert.deepEqual(to.fromClient(second.subarray(0, 20)), { pass: [] });
    assert.ok(to.holding);
    assert.equal(send(to, second.subarray(20)), second.toString('hex'));
    assert.ok(to.open);
  });

  it('is found however the request for it is cut, and behind a warning', () => {
    const warning = record(21, Buffer.from([1, 112]));
    for (const start of [serverHello(true), Buffer.concat([warning, serverHello(true)])])
      for (const [at] of start.entries()) {
        const to = gate();
        send(to, GOOD);
        to.fromServer(start.subarray(0, at));
        to.fromServer(start.subarray(at));
        assert.equal(send(to, evil), 'server_name_differs');
      }
  });
});

describe('after the server has answered', () => {
  it('everything passes unread, also what looks like another hello (it is encrypted by then)', () => {
    for (const first of [
      serverHello(false),
      record(22, Buffer.from([11, 0, 0, 1, 0])),
      Buffer.from('HTTP/1.1 400'),
    ]) {
      const to = gate();
      send(to, GOOD);
      to.fromServer(first);
      assert.ok(to.open, first.toString('hex'));
      const encrypted = handshake(Buffer.from([1, 2, 3]));
      assert.equal(send(to, encrypted), encrypted.toString('hex'));
    }
  });
});

/** @param cuts lengths of the pieces, as far as they go */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const all: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    if (at + cut >= bytes.length) break;
    all.push(bytes.subarray(at, at + cut));
    at += cut;
  }
  return [...all, bytes.subarray(at)];
}
