/**
 * The fast tests; only failures and dots are shown.
 *
 * Those that start nothing share one process: a process of its own would take most of them longer than they run.
 */
import { runTests, testFiles } from './test-files.ts';

const REPORT = '--test-reporter=dot';
const starts = (file: string) => /^(?:adapters|cli|rehearsal|sidecar)\//.test(file);

const files = testFiles('fast');
const codes = [
  runTests(
    files.filter((file) => !starts(file)),
    [REPORT, '--test-isolation=none'],
  ),
  runTests(files.filter(starts), [REPORT]),
];
process.exitCode = Math.max(...codes);
