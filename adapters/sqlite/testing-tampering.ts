/** For tests of verify: somebody who tampers with a state folder by SQL, at random. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from '../../core/testing-fast-check.ts';
import { statePaths } from './state.ts';
import { tamper, verifyFolder } from './testing-log.ts';

/** Whatever is done to the log in this folder, verify finds it. */
export function checkTampering(folder: string, numRuns: number): void {
  const pristine = readFileSync(statePaths(folder).database);
  const seq = fc.integer({ min: 1, max: 25 });
  const column = fc.constantFrom('text', 'hash', 'kind', 'exchange', 'at');
  const statement = fc.oneof(
    fc
      .tuple(seq, column)
      .map(([n, name]) => `UPDATE entries SET ${name} = 'tampered' WHERE chain = 'first' AND seq = ${n}`),
    seq.map((n) => `DELETE FROM entries WHERE chain = 'first' AND seq = ${n}`),
    seq.map((n) => `DELETE FROM entries WHERE chain = 'first' AND seq > ${n}`),
    seq.map((n) => `DELETE FROM entries WHERE chain = 'first' AND seq <= ${n}`),
    seq.map((n) => `UPDATE entries SET seq = seq + 100 WHERE chain = 'first' AND seq = ${n}`),
    fc
      .tuple(seq, fc.nat(200))
      .map(
        ([n, i]) =>
          `UPDATE entries SET text = substr(text, 1, ${i}) || '~' || substr(text, ${i + 2}) WHERE chain = 'first' AND seq = ${n}`,
      ),
    fc
      .tuple(fc.nat(15), fc.constantFrom('usd', 'tokens', 'charged_usd', 'cap'))
      .map(([n, name]) => `UPDATE leases SET ${name} = ${name} + 1 WHERE id = 'lease-${n}'`),
    fc.nat(15).map((n) => `DELETE FROM leases WHERE id = 'lease-${n}'`),
    fc.constantFrom('spent', 'reserved').map((name) => `UPDATE counters SET ${name} = ${name} + 1`),
  );
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), (statements) => {
      writeFileSync(statePaths(folder).database, pristine);
      tamper(folder, (db) => {
        for (const sql of statements) db.exec(sql);
      });
      assert.equal(verifyFolder(folder).clean, false, statements.join('; '));
    }),
    { numRuns },
  );
}
