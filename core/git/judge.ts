/**
 * Which branches a push may write. All of it or nothing: one command that may not be refuses the rest.
 *
 * A forced update is not told from another here: that takes the repository's history. The patterns name branches that are
 * the runner's to write, and the server's branch protection says what of them must not be rewritten.
 */
import { type Command, isDelete } from './push.ts';
import { type GitRefusal, gitRefusal } from './refusals.ts';

const HEADS = 'refs/heads/';
const MOST_BYTES = 255;
const FORBIDDEN = /[^\x21-\x7e\u{a0}-\u{10ffff}]|[~^:?*[\\]|\.\.|@\{/u;

/**
 * @param branches patterns of names below refs/heads/; `*` stands for any characters
 * @returns why it is refused, by ref, for each of its refs; undefined: it is not
 */
export function judgePush(
  commands: readonly Command[],
  branches: readonly string[],
): ReadonlyMap<string, GitRefusal> | undefined {
  const refused = new Map<string, GitRefusal>();
  const seen = new Set<string>();
  for (const command of commands) {
    const refusal = seen.has(command.ref)
      ? gitRefusal('twice', { ref: command.ref })
      : judgeCommand(command, branches);
    seen.add(command.ref);
    if (refusal !== undefined) refused.set(command.ref, refusal);
  }
  if (refused.size === 0) return undefined;
  return new Map([...seen].map((ref) => [ref, refused.get(ref) ?? gitRefusal('with_others')]));
}

function judgeCommand(command: Command, branches: readonly string[]): GitRefusal | undefined {
  const { ref } = command;
  if (!isBranch(ref)) return gitRefusal('not_a_branch', { ref });
  if (isDelete(command)) return gitRefusal('delete', { ref });
  const name = ref.slice(HEADS.length);
  if (branches.some((pattern) => matches(pattern, name))) return undefined;
  return gitRefusal('branch', { ref, branches: branches.join(', ') });
}

/** A well-formed name below refs/heads/ (git-check-ref-format). */
function isBranch(ref: string): boolean {
  if (!ref.startsWith(HEADS) || Buffer.byteLength(ref) > MOST_BYTES) return false;
  if (FORBIDDEN.test(ref) || ref.endsWith('.')) return false;
  return ref.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** In time linear in the name for each part between stars. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!name.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return name === first;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
