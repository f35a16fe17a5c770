/** The `tollgate` command. Each subcommand loads its own part only: `tollgate --version` must not open a database. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../core/version.ts';
import { addInCluster } from './in-cluster.ts';
import { note, UsageError } from './output.ts';

/** node:sqlite, zstd and type stripping are what we rely on. */
const LEAST_NODE = 24;

const CONTROL = [
  '--control <file>',
  "of a cluster, in control's container: its configuration (/etc/tollgate/config.yaml)",
] as const;
const STATE = [
  '--state <folder>',
  'state folder (default: TOLLGATE_STATE, else ~/.local/state/tollgate)',
] as const;
const KEEP = [
  '--keep <age>',
  'remove records older than this, such as 90d or 12h, spend included (default: keep all)',
] as const;
const REHEARSED = ['--rehearsal', 'look at rehearsals instead of real runs'] as const;
const REHEARSING = ['--rehearsal', 'a built-in provider answers: no key, no cost'] as const;
const REHEARSED_KEY = ['--rehearsal', 'a key of `serve --rehearsal`'] as const;
const JSON_FLAG = ['--json', 'for machines'] as const;
const AMOUNTS_JSON = ['--json', 'for machines; nanoUsd is a billionth of a US dollar'] as const;
const ENTRIES_JSON = [
  '--json',
  'for machines; nanoUsd, and usd in entries, is a billionth of a US dollar',
] as const;

/** @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < LEAST_NODE) {
    note(
      `needs Node ${LEAST_NODE} or newer; this is ${process.version}. \`make install\` makes a launcher with its own Node.`,
    );
    return 1;
  }
  let exitCode = 0;
  const done = (code: number) => {
    exitCode = code;
  };
  try {
    await program(done).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

function program(done: (code: number) => void): Command {
  const tollgate = new Command('tollgate')
    .description(
      'The control room for AI agents: budgets, policy and a verifiable audit log in front of every model call.',
    )
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'tollgate: ')),
    })
    .showHelpAfterError('(add --help for what there is)');
  addRun(tollgate, done);
  addServe(tollgate, done);
  addKeys(tollgate, done);
  addChecks(tollgate, done);
  addRecords(tollgate, done);
  addInCluster(tollgate, done);
  return tollgate;
}

function addRun(tollgate: Command, done: (code: number) => void): void {
  tollgate
    .command('run')
    .description('govern one command: its model calls go through a sidecar of its own')
    .usage('[options] -- <command> [arguments...]')
    .option('--policies <path>', 'folder or file of policies (default: built in: $10 a day, no tool refused)')
    .option('--profile <name>', 'which ToolProfile, when there are several')
    .option('--name <workload>', 'who pays, in budgets and records (default: the name of the command)')
    .option('--label <name=value>', 'a label of the workload, for selectors; may be given again', collect, [])
    .option('--agent <kind>', 'which agent it is, such as crewai (default: the name of the command tells)')
    .option(...REHEARSING)
    .option(
      '--fail-on-refusal',
      'exit with 77 when something was refused and the command itself did not fail',
    )
    .option('--metrics-port <port>', 'serve /metrics and /healthz on this port (0: any free one)')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'warn')
    .option(...KEEP)
    .option(...STATE)
    .argument('[command...]')
    .passThroughOptions()
    .action(async (command: string[], options) => {
      const { run } = await import('./run.ts');
      done(await run(command, options));
    });
  tollgate
    .command('sidecar', { hidden: true })
    .description('the sidecar alone, for measuring and developing it; the key is taken from TOLLGATE_KEY')
    .option('--policies <path>')
    .option('--profile <name>')
    .option('--name <workload>', '', 'sidecar')
    .option('--port <port>', '', '0')
    .option('--metrics-port <port>')
    .option('--log-level <level>', '', 'info')
    .option('--pod', 'beside an agent in its pod: all else is in the environment')
    .option('--is-ready', 'ends with 0 when the sidecar of this pod is ready')
    .option(...KEEP)
    .option(...STATE)
    .action(async (options) => {
      if (options.isReady) {
        const { isPodSidecarReady } = await import('./pod-ready.ts');
        done(await isPodSidecarReady());
        return;
      }
      if (options.pod) {
        const { podSidecar } = await import('./pod-sidecar.ts');
        done(await podSidecar(options.logLevel));
        return;
      }
      const { sidecar } = await import('./sidecar.ts');
      done(await sidecar(options));
    });
}

function addServe(tollgate: Command, done: (code: number) => void): void {
  tollgate
    .command('serve')
    .description('a gateway for everybody who has a key: tollgate keys create')
    .option('--policies <path>', 'folder or file of policies (default: built in: $10 a day, no tool refused)')
    .option('--profile <name>', 'which ToolProfile, when there are several and a key names none')
    .option(...REHEARSING)
    .option('--port <port>', 'where to listen (0: any free port)', '4141')
    .option('--host <address>', 'other than loopback it wants TLS, or --insecure-http', '127.0.0.1')
    .option('--tls-cert <file>', 'certificate, PEM; read again when it changes')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--insecure-http', 'listen without TLS: only where something else encrypts')
    .option('--allowed-host <name>', 'a name by which it is called; may be given again', collect, [])
    .option('--metrics-port <port>', 'serve /metrics and /healthz on this port of loopback (0: any free one)')
    .option('--grace <time>', 'how long running replies may go on when it is stopped', '25s')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .option(...KEEP)
    .option(...STATE)
    .action(async (options) => {
      const { serve } = await import('./serve.ts');
      done(await serve(options));
    });
}

function addKeys(tollgate: Command, done: (code: number) => void): void {
  const keys = tollgate.command('keys').description('who may call `tollgate serve`').exitOverride();
  keys
    .command('create')
    .description('make a key; it is shown this once')
    .requiredOption('--name <workload>', 'who pays, in budgets and records')
    .option('--namespace <name>', 'whose policies apply', 'local')
    .option('--label <name=value>', 'a label of the workload, for selectors; may be given again', collect, [])
    .option('--agent <kind>', 'which agent uses it, such as claude-code (default: its user agent tells)')
    .option('--profile <name>', 'which ToolProfile, when there are several')
    .option('--expires <time>', 'how long it is good, such as 90d (default: until it is revoked)')
    .option('--max-concurrent <n>', 'how many calls it may make at the same time')
    .option('--max-request-bytes <n>', 'how large a request may be')
    .option(...REHEARSED_KEY)
    .option(...STATE)
    .option(...JSON_FLAG)
    .action(async (options) => done(await (await import('./keys.ts')).create(options)));
  keys
    .command('list')
    .description('all keys there ever were, without their secrets')
    .option(...REHEARSED_KEY)
    .option(...STATE)
    .option(...JSON_FLAG)
    .action(async (options) => done((await import('./keys.ts')).list(options)));
  keys
    .command('rotate')
    .description('give a key a new secret; the one before stays good for a while')
    .argument('<key>', 'its name or id')
    .option('--grace <time>', 'for how long', '24h')
    .option('--expires <time>', 'how long the new one is good (default: as long as the one before was)')
    .option(...REHEARSED_KEY)
    .option(...STATE)
    .option(...JSON_FLAG)
    .action(async (key: string, options) => done(await (await import('./keys.ts')).rotate(key, options)));
  keys
    .command('revoke')
    .description('end a key; running processes refuse its next call')
    .argument('<key>', 'its name or id')
    .option(...REHEARSED_KEY)
    .option(...STATE)
    .option(...JSON_FLAG)
    .action(async (key: string, options) => done(await (await import('./keys.ts')).revoke(key, options)));
}

function addChecks(tollgate: Command, done: (code: number) => void): void {
  tollgate
    .command('check')
    .description('are these policies right, what do they mean here, and what of them is not in force here')
    .argument('[path]', 'folder or file of policies (default: the built-in ones)')
    .option('--profile <name>', 'which ToolProfile, when there are several')
    .option('--name <workload>', 'for which workload', 'claude')
    .option('--namespace <name>', 'in which namespace', 'local')
    .option('--label <name=value>', 'a label of the workload; may be given again', collect, [])
    .option(...JSON_FLAG)
    .action(async (path: string | undefined, options) => {
      const { check } = await import('./check.ts');
      done(check(path, options));
    });
  tollgate
    .command('doctor')
    .description('is everything here that a run needs')
    .option('--policies <path>', 'folder or file of policies (default: the built-in ones)')
    .option('--profile <name>', 'which ToolProfile, when there are several')
    .option(...STATE)
    .option(...JSON_FLAG)
    .action(async (options) => {
      const { doctor } = await import('./doctor.ts');
      done(await doctor(options));
    });
}

function addRecords(tollgate: Command, done: (code: number) => void): void {
  tollgate
    .command('spend')
    .description('what was spent, from the ledger')
    .option('--by <what>', 'day, model, workload, session or provider', 'model')
    .option('--since <time>', 'from when: 24h, 7d, or a date')
    .option(...STATE)
    .option(...REHEARSED)
    .option(...AMOUNTS_JSON)
    .action(async (options) => {
      const { spend } = await import('./spend.ts');
      done(spend(options));
    });
  const audit = tollgate.command('audit').description('the audit log').exitOverride();
  audit
    .command('list')
    .description('exchanges, newest first')
    .option('--limit <n>', 'how many', '20')
    .option('--session <id>', 'only this session')
    .option('--refused', 'only what was refused')
    .option('--since <time>', 'from when: 24h, 7d, or a date')
    .option(...STATE)
    .option(...REHEARSED)
    .option(...AMOUNTS_JSON)
    .action(async (options) => done((await import('./audit-list.ts')).list(options)));
  audit
    .command('show')
    .description('everything recorded of one exchange')
    .argument('<exchange>', 'its id, or the beginning of it')
    .option('--content', 'also the messages and the reply, if they were kept; this is itself recorded')
    .option(...CONTROL)
    .option(...STATE)
    .option(...REHEARSED)
    .option(...ENTRIES_JSON)
    .action(async (exchange: string, options) =>
      done(
        options.control === undefined
          ? await (await import('./audit.ts')).show(exchange, options)
          : await (await import('./audit-cluster.ts')).showInCluster(exchange, options),
      ),
    );
  audit
    .command('verify')
    .description('was anything changed, removed, inserted, reordered or cut off')
    .option('--db <file>', 'another copy of the database')
    .option('--ends <folder>', 'the hashes kept apart (default: those of the state folder)')
    .option(...STATE)
    .option(...REHEARSED)
    .option(...JSON_FLAG)
    .action(async (options) => done(await (await import('./audit.ts')).verify(options)));
  audit
    .command('export')
    .description('all entries, one JSON text a line, with their hashes; usd is in billionths of a US dollar')
    .option('--since <time>', 'from when: 24h, 7d, or a date')
    .option(...CONTROL)
    .option(...STATE)
    .option(...REHEARSED)
    .action(async (options) =>
      done(
        options.control === undefined
          ? await (await import('./audit.ts')).exportAll(options)
          : await (await import('./audit-cluster.ts')).exportInCluster(options),
      ),
    );
  audit
    .command('erase')
    .description('destroy what was kept of the contents of a session; its entries stay and still verify')
    .argument('<session>')
    .option(...CONTROL)
    .option(...STATE)
    .option(...REHEARSED)
    .action(async (session: string, options) =>
      done(
        options.control === undefined
          ? await (await import('./audit.ts')).erase(session, options)
          : await (await import('./audit-cluster.ts')).eraseInCluster(session, options),
      ),
    );
  audit
    .command('prune')
    .description(
      'remove entries, contents and settled leases older than this; what `spend` has of that time goes with them',
    )
    .requiredOption('--older-than <age>', 'such as 90d, 12h or 30m')
    .option(...STATE)
    .option(...REHEARSED)
    .action(async (options) => done(await (await import('./audit.ts')).prune(options)));
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** Errors meant for the user are said in a line; others keep their stack, because they are ours. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    note(error.message);
    return error.exitCode;
  }
  const sentence = sentenceOf(error as NodeJS.ErrnoException);
  if (sentence !== undefined) {
    note(sentence);
    return 2;
  }
  note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

/** @returns what to say of an error that is the user's to mend; undefined for others */
function sentenceOf({ name, code, syscall, message }: NodeJS.ErrnoException): string | undefined {
  if (name === 'StateError' || name === 'PolicyError') return message;
  if (name === 'LedgerUnavailable') {
    return /locked|busy/.test(message)
      ? `another process holds the state database (${message}): end it, or name another folder with --state or TOLLGATE_STATE`
      : `${message}; look at the state folder with tollgate doctor`;
  }
  if (syscall === 'listen')
    return `the port can't be used (${message}); choose another, or 0 for any free one`;
  return code === 'EACCES' ? message : undefined;
}
