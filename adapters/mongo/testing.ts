/** A server that speaks MongoDB's protocol, for tests: FerretDB on SQLite, built from Go's module proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import { HANG_MS } from '../../test/support/hang.ts';

export interface TestMongo {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on what it had stored. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param program FerretDB, as test/cluster builds it */
export async function startTestMongo(program: string): Promise<TestMongo> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-mongo-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(program, ['-listen', `127.0.0.1:${port}`, '-data', folder], { stdio: 'ignore' });
    for (const deadline = Date.now() + HANG_MS; !(await answers(port)); ) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error('FerretDB does not start');
      await sleep(50);
    }
  };
  const kill = async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url: `mongodb://127.0.0.1:${port}/`,
    kill,
    start,
    async close() {
      if (child?.exitCode === null && child.signalCode === null) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
