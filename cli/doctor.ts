/** `tollgate doctor`: is everything here that a run needs. */
import { lookup } from 'node:dns/promises';
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { openState, statePaths } from '../adapters/sqlite/state.ts';
import { AGENTS } from '../core/agents/agents.ts';
import { PRICES_AS_OF } from '../core/money/prices.generated.ts';
import { isTimeZone } from '../core/money/window.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import { plural } from '../core/wording.ts';
import { loadSnapshot, PolicyError } from '../sidecar/policies.ts';
import { bypasses, credentialProblem, hostProblem } from './credentials.ts';
import { print, printJson } from './output.ts';
import { proxyProblem } from './proxies.ts';
import { type StateOptions, stateFolder } from './state-folder.ts';

type Level = 'ok' | 'warn' | 'fail';

interface Finding {
  readonly level: Level;
  readonly what: string;
  readonly detail: string;
}

export interface DoctorOptions extends StateOptions {
  readonly policies?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

/** @returns 0 when a run would work, 1 when not */
export async function doctor({ policies, profile, ...options }: DoctorOptions): Promise<number> {
  const looked = checkPolicies(policies, profile);
  const providers = 'level' in looked ? [] : looked;
  const findings: Finding[] = [
    { level: 'ok', what: 'Node', detail: `${process.version} at ${process.execPath}` } as const,
    checkState(stateFolder(options)),
    checkTimeZones(),
    checkPrices(),
    'level' in looked ? looked : checkCredential(looked),
    ...(await Promise.all(providers.map(checkName))),
    ...checkProxy(providers),
    ...AGENTS.flatMap(({ commands }) => checkCommand(commands[0] ?? '')),
    ...AGENTS.flatMap((agent) => bypasses(agent, process.env)).map(
      (detail) => ({ level: 'fail', what: 'bypass', detail }) as const,
    ),
    ...checkClaudeSettings(),
  ];
  const failed = findings.some(({ level }) => level === 'fail');
  if (options.json) printJson({ ok: !failed, findings });
  else for (const { level, what, detail } of findings) print(`${MARKS[level]} ${what}: ${detail}`);
  return failed ? 1 : 0;
}

const MARKS: Readonly<Record<Level, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

/** @returns the providers that a run would use, or what is wrong with the policies */
function checkPolicies(
  path: string | undefined,
  profile: string | undefined,
): readonly ProviderSpec[] | Finding {
  const workload = { namespace: 'local', name: 'doctor', labels: {} };
  try {
    return loadSnapshot({ path, profile, workload }).providers;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const [first = '', ...more] = error.problems;
    const others = more.length === 0 ? '' : ` (and ${plural(more.length, 'more problem')}: tollgate check)`;
    return { level: 'fail', what: 'policies', detail: `${first}${others}` };
  }
}

function checkState(folder: string): Finding {
  if (!existsSync(statePaths(folder).database)) return checkFutureState(folder);
  try {
    const { db, paths } = openState(folder);
    const [{ quick_check: result }] = db.prepare('PRAGMA quick_check(1)').all() as unknown as [
      { quick_check: string },
    ];
    db.close();
    if (result === 'ok') return { level: 'ok', what: 'state folder', detail: paths.folder };
    return { level: 'fail', what: 'state folder', detail: `${paths.database} is damaged: ${result}` };
  } catch (error) {
    return { level: 'fail', what: 'state folder', detail: (error as Error).message };
  }
}

/** Looking must not make a folder, least of all where its name is a typing mistake: makes another beside it, for a moment. */
function checkFutureState(folder: string): Finding {
  let parent = resolve(folder);
  while (!existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
  try {
    rmdirSync(mkdtempSync(join(parent, '.tollgate-doctor-')));
    return { level: 'ok', what: 'state folder', detail: `${folder} would be created by the first run` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return {
      level: 'fail',
      what: 'state folder',
      detail: `${folder} can't be written (${code} in ${parent})`,
    };
  }
}

function checkTimeZones(): Finding {
  if (isTimeZone('Europe/Berlin'))
    return { level: 'ok', what: 'time zones', detail: process.versions.tz ?? 'known' };
  return {
    level: 'fail',
    what: 'time zones',
    detail: 'this Node has no time zone data: budgets can only use UTC',
  };
}

const OLD_PRICES_MS = 120 * 24 * 3_600_000;

function checkPrices(): Finding {
  const old = Date.now() - Date.parse(PRICES_AS_OF) > OLD_PRICES_MS;
  const detail = `as of ${PRICES_AS_OF}${old ? '; new models have none: update Tollgate, or give prices in a Provider' : ''}`;
  return { level: old ? 'warn' : 'ok', what: 'price table', detail };
}

function checkCredential(providers: readonly ProviderSpec[]): Finding {
  const wrong = hostProblem(providers, process.env);
  if (wrong !== undefined) return { level: 'fail', what: 'API key', detail: wrong };
  const problem = credentialProblem(providers, process.env);
  return problem === undefined
    ? { level: 'ok', what: 'API key', detail: 'there is one' }
    : { level: 'warn', what: 'API key', detail: problem };
}

async function checkName({ name, origin }: ProviderSpec): Promise<Finding> {
  const { hostname } = new URL(origin);
  try {
    const { address } = await lookup(hostname);
    return { level: 'ok', what: `provider ${name}`, detail: `${hostname} is ${address}` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return { level: 'warn', what: `provider ${name}`, detail: `${hostname} can't be resolved (${code})` };
  }
}

function checkProxy(providers: readonly ProviderSpec[]): Finding[] {
  const problem = proxyProblem(providers, process.env);
  return problem === undefined ? [] : [{ level: 'warn', what: 'proxy', detail: problem }];
}

function checkCommand(command: string): Finding {
  const folder = (process.env.PATH ?? '').split(delimiter).find((path) => existsSync(join(path, command)));
  if (folder) return { level: 'ok', what: command, detail: join(folder, command) };
  return { level: 'warn', what: command, detail: 'not on PATH; other programs can be run all the same' };
}

/** Claude Code's settings files may set variables that go before those it is started with. */
function checkClaudeSettings(): Finding[] {
  const files = [
    join(homedir(), '.claude', 'settings.json'),
    join('.claude', 'settings.json'),
    join('.claude', 'settings.local.json'),
  ];
  return files.flatMap((file) => {
    const variables = claudeVariables(file).filter((name) => /^(ANTHROPIC_|CLAUDE_CODE_USE_)/.test(name));
    if (variables.length === 0) return [];
    const detail = `${file} sets ${variables.join(', ')} for Claude Code, which may send its calls around Tollgate`;
    return [{ level: 'fail', what: 'claude settings', detail } as const];
  });
}

function claudeVariables(file: string): string[] {
  try {
    const settings = JSON.parse(readFileSync(file, 'utf8')) as { env?: Record<string, unknown> };
    return Object.keys(settings.env ?? {});
  } catch {
    // Not there, or not readable: Claude Code does not read it either.
    return [];
  }
}
