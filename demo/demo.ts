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
import { formatUsd } from '../core/money/amount.ts';
import { tamper } from './tamper.ts';

const live = process.env.LIVE === '1';
const root = join(import.meta.dirname, '..');
const command = join(root, 'cli', 'tollgate.ts');
/** What demo/policies allow a day, nano-USD. */
const A_DAY = 400_000_000;
/** As `run` and all others are told it; a rehearsal keeps its records in a folder of its own in there. */
const state = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));
const kept = live ? state : join(state, 'rehearsal');
const where = [...(live ? [] : ['--rehearsal']), '--state', state];

process.exitCode = await demo().finally(() => rmSync(state, { recursive: true, force: true }));

async function demo(): Promise<number> {
  if (live && !process.env.ANTHROPIC_API_KEY) {
    say(
      `LIVE=1 uses the real provider: set ANTHROPIC_API_KEY to an API key. It can cost ${formatUsd(A_DAY)} at most.`,
    );
    return 2;
  }
  say(
    live
      ? `A small agent on the official SDK, against the real provider. The policy allows ${formatUsd(A_DAY)} a day: it can cost no more.`
      : 'A small agent on the official SDK, against the built-in rehearsal provider: no key, no cost.',
  );
  const agent = ['--log-level', 'error', '--', 'node', 'demo/agent.mjs'];
  const ran = tollgate(['run', ...where, '--policies', 'demo/policies', ...agent]);
  if (ran !== 0) return fail(`the agent ended with ${ran}`);

  title('What the audit log has of it.');
  tollgate(['audit', 'list', ...where]);

  title(
    'Was it changed? Then in a copy by somebody who lowers a cost and makes all hashes, leases and counters fit again.',
  );
  if (tollgate(['audit', 'verify', ...where]) !== 0) return fail('the log does not verify');
  const copy = join(state, 'copy.db');
  await copyDatabase(join(kept, 'tollgate.db'), copy);
  say(`tampering with a copy: ${tamper(copy)}`);
  if (tollgate(['audit', 'verify', '--db', copy, ...where]) === 0) return fail('the change was not found');

  title('What it cost.');
  tollgate(['spend', ...where]);
  const code = live ? 0 : compareWithBill();
  say(`These records were the demo's own: ${state} is removed now.`);
  return code;
}

/** The provider keeps a bill of its own, with its own prices and code. They have to agree to the nano-dollar. */
function compareWithBill(): number {
  const bill = readFileSync(join(kept, 'bill.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { nanoUsd: number; ended: string });
  const honest = bill.filter(({ ended }) => ended === 'complete');
  const cut = bill.filter(({ ended }) => ended !== 'complete');
  const db = new DatabaseSync(join(kept, 'tollgate.db'), { readOnly: true });
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
  const lines = [
    [calls(honest.length, 'that ended well'), usd(settled), `the provider's own bill: ${usd(billed)}`],
    [
      calls(cut.length, 'cut off'),
      usd(charged),
      `charged as reserved; the provider's own bill: ${usd(sum(cut))}`,
    ],
    ['counter of the day', usd(spent), `of ${usd(A_DAY)}`],
  ];
  for (const [what = '', amount = '', beside = ''] of lines)
    say(`${what.padEnd(24)}${amount.padStart(14)}   ${beside}`);
  if (settled !== billed) return fail('ledger and bill differ');
  if (settled + charged !== spent) return fail('the counter does not add up');
  if (spent > A_DAY) return fail('the budget was overspent');
  say('It adds up to the nano-dollar, and the budget was not overspent.');
  return 0;
}

function sum(lines: readonly { nanoUsd: number }[]): number {
  return lines.reduce((total, { nanoUsd }) => total + nanoUsd, 0);
}

function calls(count: number, what: string): string {
  return `${count} call${count === 1 ? '' : 's'} ${what}`;
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

/** What is shown is what is run, from the folder of this repository. */
function tollgate(args: readonly string[]): number {
  say(`$ tollgate ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [command, ...args], { stdio: 'inherit', cwd: root });
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
