/** For tests of all wires: a judge that remembers. */
import type { JsonValue } from '../json/read.ts';
import type { ToolJudge, ToolVerdict } from './wire.ts';

/**
 * Read… is allowed and Deny… denied by name. For every other name the arguments decide: those with a key "bad" are
 * denied, and those that cannot be read.
 */
export class TestJudge implements ToolJudge {
  /** What was allowed: a name alone, or a name with arguments. */
  readonly allowed: string[] = [];
  readonly denied: string[] = [];

  byName(name: string): ToolVerdict | undefined {
    if (name.startsWith('Read')) return this.#say(true, name, name);
    if (name.startsWith('Deny')) return this.#say(false, name, name);
    return undefined;
  }

  byArgs(name: string, args: JsonValue): ToolVerdict {
    return this.#say(!JSON.stringify(args).includes('"bad"'), name, callOf(name, args));
  }

  unreadable(name: string): ToolVerdict {
    return this.#say(false, name, name);
  }

  #say(allow: boolean, name: string, call: string): ToolVerdict {
    (allow ? this.allowed : this.denied).push(call);
    return allow ? { allow } : { allow, text: refusalOf(name) };
  }
}

export const refusalOf = (name: string): string => `[tollgate] ${name} was "not allowed"\n`;

export const callOf = (name: string, args: unknown): string => `${name} ${JSON.stringify(args)}`;
