/**
 * The fast tests; only failures and dots are shown.
 *
 * Those that start nothing share one process: a process of its own would take most of them longer than they run.
 */
import { availableParallelism } from 'node:os';
import { runTests, testFiles } from './test-files.ts';

const REPORT = '--test-reporter=dot';
/** Most of what they do is wait for processes and sockets, so that one more than there are cores keeps all of them busy. */
const AT_ONCE = `--test-concurrency=${availableParallelism() + 1}`;
const starts = (file: string) => /^(?:adapters|cli|egress|rehearsal|sidecar)\//.test(file);

const files = testFiles('fast');
const codes = [
  runTests(
    files.filter((file) => !starts(file)),
    [REPORT, '--test-isolation=none'],
  ),
  runTests(files.filter(starts), [REPORT, AT_ONCE]),
];
process.exitCode = Math.max(...codes);
