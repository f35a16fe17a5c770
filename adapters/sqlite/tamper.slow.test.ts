import test from 'node:test';
import { temporaryFolder } from './testing.ts';
import { writeLog } from './testing-log.ts';
import { checkTampering } from './testing-tampering.ts';

test('tampering by SQL is found in each of a thousand cases', async (t) => {
  const { folder } = await writeLog(temporaryFolder(t));
  checkTampering(folder, 1000);
});
