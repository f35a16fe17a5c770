/** The fast tests; only failures and a count are shown. */
import { runTests, testFiles } from './test-files.ts';

process.exitCode = runTests(testFiles('fast'), ['--test-reporter=dot']);
