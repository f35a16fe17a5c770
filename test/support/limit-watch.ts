/**
 * Watches counters from inside the database: whatever process writes, at any moment, a counter beyond its limit is seen,
 * if only for the length of one statement.
 */
import type { DatabaseSync } from 'node:sqlite';
import { openState } from '../../adapters/sqlite/state.ts';
import { atEnd, type Scope } from './output.ts';

const WATCH = `
  WHEN NEW.spent < 0 OR NEW.reserved < 0
    OR NEW.spent + NEW.reserved > (SELECT amount FROM test_limits WHERE instr(NEW.key, name) > 0)
  BEGIN INSERT INTO test_over VALUES (NEW.key, NEW.spent, NEW.reserved); END`;

export class LimitWatch {
  readonly #db: DatabaseSync;

  /** @param state a state folder, made when it is not there */
  constructor(t: Scope, state: string) {
    const { db } = openState(state);
    this.#db = db;
    atEnd(t, () => db.close());
    db.exec(`
      CREATE TABLE test_limits (name TEXT PRIMARY KEY, amount INTEGER);
      CREATE TABLE test_over (key TEXT, spent INTEGER, reserved INTEGER);
      CREATE TRIGGER test_insert AFTER INSERT ON counters ${WATCH};
      CREATE TRIGGER test_update AFTER UPDATE ON counters ${WATCH};`);
  }

  /** @param name the budget's; no part of any other's */
  add(name: string, amount: number): void {
    this.#db.prepare('INSERT INTO test_limits VALUES (?, ?)').run(name, amount);
  }

  /** Takes it out of the database: verify finds it there. */
  stop(): void {
    this.#db.exec('DROP TRIGGER test_insert; DROP TRIGGER test_update');
  }

  /** What was ever beyond its limit. */
  get over(): object[] {
    return this.#db.prepare('SELECT * FROM test_over').all();
  }
}
