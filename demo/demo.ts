/**
 * `make demo`: a real agent on an official SDK, governed by Tollgate, in a minute.
 *
 *   agent.mjs ── tollgate run ── rehearsal provider          (LIVE=1: the real provider, with your key)
 *
 * No key, no account, nothing but this repository and Node.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { tamper } from './tamper.ts';

const live = process.env.LIVE === '1';
const here = import.meta.dirname;
const command = join(here, '..', 'cli', 'tollgate.ts');
const state = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));

process.exitCode = await demo().finally(() => rmSync(state, { recursive: true, force: true }));

async function demo(): Promise<number> {
  const policies = join(here, 'policies');
  if (live && !process.env.ANTHROPIC_API_KEY) {
    say('LIVE=1 uses the real provider: set ANTHROPIC_API_KEY to an API key. It can cost $0.40 at most.');
    return 2;
  }
  say(
    live
      ? 'A small agent on the official SDK, against the real provider. The policy allows $0.40 a day: it can cost no more.'
      : 'A small agent on the official SDK, against the built-in rehearsal provider: no key, no cost.',
  );
  say(`$ tollgate run${live ? '' : ' --rehearsal'} --policies demo/policies -- node demo/agent.mjs`);
  const from = live ? [] : ['--rehearsal'];
  const agent = ['--', 'node', join(here, 'agent.mjs')];
  const ran = tollgate([
    'run',
    ...from,
    '--policies',
    policies,
    '--state',
    state,
    '--log-level',
    'error',
    ...agent,
  ]);
  if (ran !== 0) return fail(`the agent ended with ${ran}`);

  title('What the audit log has of it.');
  say('$ tollgate audit list');
  tollgate(['audit', 'list', '--state', state]);

  title(
    'Was it changed? Then in a copy by somebody who lowers a cost and makes all hashes, leases and counters fit again.',
  );
  say('$ tollgate audit verify');
  if (tollgate(['audit', 'verify', '--state', state]) !== 0) return fail('the log does not verify');
  const copy = join(state, 'copy.db');
  await copyDatabase(join(state, 'tollgate.db'), copy);
  say(`tampering with a copy: ${tamper(copy)}`);
  say('$ tollgate audit verify --db copy.db');
  if (tollgate(['audit', 'verify', '--db', copy, '--state', state]) === 0)
    return fail('the change was not found');

  title('What it cost.');
  say('$ tollgate spend');
  tollgate(['spend', '--state', state]);
  return live ? 0 : compareWithBill();
}

/** The provider keeps a bill of its own, with its own prices and code. They have to agree to the nano-dollar. */
function compareWithBill(): number {
  const bill = readFileSync(join(state, 'bill.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { nanoUsd: number; ended: string });
  const honest = bill.filter(({ ended }) => ended === 'complete');
  const cut = bill.filter(({ ended }) => ended !== 'complete');
  const db = new DatabaseSync(join(state, 'tollgate.db'), { readOnly: true });
  const sumOf = (where: string) =>
    (
      db.prepare(`SELECT coalesce(sum(charged_usd), 0) AS usd FROM leases WHERE ${where}`).get() as {
        usd: number;
      }
    ).usd;
  const settled = sumOf(`state = 'settled'`);
  const charged = sumOf(`state = 'charged'`);
  const spent = (
    db.prepare(`SELECT spent FROM counters WHERE key LIKE 'local/demo/per-day|%'`).get() as { spent: number }
  ).spent;
  db.close();
  const billed = sum(honest);
  say('');
  say(
    `${honest.length} calls that ended well   ledger ${usd(settled)}   the provider's own bill ${usd(billed)}`,
  );
  say(
    `${cut.length} call that was cut        ledger ${usd(charged)}   charged as reserved; the provider says ${usd(sum(cut))}`,
  );
  say(`counter of the day          ${usd(spent)}   of $0.400000000`);
  if (settled !== billed) return fail('ledger and bill differ');
  if (settled + charged !== spent) return fail('the counter does not add up');
  if (spent > 400_000_000) return fail('the budget was overspent');
  say('It adds up to the nano-dollar, and the budget was not overspent.');
  return 0;
}

function sum(lines: readonly { nanoUsd: number }[]): number {
  return lines.reduce((total, { nanoUsd }) => total + nanoUsd, 0);
}

function usd(nano: number): string {
  return `$${(nano / 1e9).toFixed(9)}`;
}

/** A running database has parts of it in its journal; SQLite's own backup takes them along. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const db = new DatabaseSync(from, { readOnly: true });
  await backup(db, to);
  db.close();
}

function tollgate(args: readonly string[]): number {
  const { status } = spawnSync(process.execPath, [command, ...args], { stdio: 'inherit', cwd: here });
  return status ?? 1;
}

function title(text: string): void {
  say('');
  say(text);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(why: string): number {
  say(`The demo failed: ${why}.`);
  return 1;
}
