/**
 * Entry of the bundle. What V8 made of it the last time is kept in the user's cache folder, which halves the start. It
 * is asked for here and not by an environment variable, because the command that is run would inherit that.
 */
import { enableCompileCache } from 'node:module';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';

// Who reads our output may have enough of it (head): then we end as any program does that is told so by SIGPIPE.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
  throw error;
});
// Notes that nobody reads are no reason to stop governing a command.
process.stderr.on('error', () => undefined);

enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tollgate'));
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
