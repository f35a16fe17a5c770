/** What the stand-in providers say on each wire: a text and a tool call, whole or in the pieces of a stream. */

export const TEXT =
  'The failing test compares the whole object, and the new field `resetsAt` is not in its expectation. ' +
  'Two callers build that object: the ledger, which always sets it, and the preview, which leaves it out for ' +
  'a limit per request. I will first look at how both are covered, then change the test and nothing else. In order:\n\n' +
  '1. run only the tests of this folder,\n2. read the expectation,\n3. add the field where it is "missing",\n4. run all tests of core/.\n\nNothing outside of `core/ledger` changes.';

/** The tool call that ends each reply; policies have a condition on its command. */
export const CALL = {
  name: 'Bash',
  arguments: {
    command: 'node --test core/ledger/*.test.ts 2>&1 | tail -40',
    description: 'Run the tests of the ledger',
  },
};

/** Where an event has this, the time of its sending stands: microseconds of the monotonic clock, in as many digits. */
export const TIME_MARK = '@000000000000000';

/** A piece of streamed text. */
export const TEXT_PIECE = `${TIME_MARK} so the limit holds for calls that run at the sa`;

export const ARGUMENT_PIECES = 5;

/** @returns the tool call's arguments as JSON, in pieces that together are all of it */
export function argumentPieces(): string[] {
  const text = JSON.stringify(CALL.arguments);
  const size = Math.ceil(text.length / ARGUMENT_PIECES);
  return Array.from({ length: ARGUMENT_PIECES }, (_, i) => text.slice(i * size, (i + 1) * size));
}

/** @returns an event with its name in a line of its own, as Anthropic and the Responses API send them */
export function namedEvent(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
