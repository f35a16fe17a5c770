/**
 * Entry of the bundle. What V8 made of it the last time is kept in the user's cache folder, which halves the start. It
 * is asked for here and not by an environment variable, because the command that is run would inherit that.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tollgate'));
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
