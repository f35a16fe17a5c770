/**
 * What every program in programs/ has to show, whatever its language: a session, a denied tool call, refusals, a stream
 * that it gives up, and a user who presses ^C. Starting one takes seconds, so one start goes through all of its modes.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { type ExchangeLine, Machine, sum } from './governed.ts';

export const policies = (name: string): string => join(import.meta.dirname, 'policies', `${name}.yaml`);
export const programFile = (name: string): string => join(import.meta.dirname, 'programs', name);

/** What is recorded of one request: `paid`, `free`, or the code of its refusal. */
export type Asked = string;

export interface Program {
  readonly name: string;
  /** Interpreter and file. */
  readonly start: readonly [string, string];
  /** Of `tollgate run`. */
  readonly flags?: readonly string[];
  /** Modes with a session of one call of a tool. */
  readonly sessions: readonly string[];
  /** Modes that give up a long answer and ask for another one. */
  readonly left: readonly string[];
  /** Modes without a tool, what they say, and what is asked for. */
  readonly others: Readonly<Record<string, readonly [said: string, asked: Asked]>>;
  /** Modes in which its user presses ^C. */
  readonly interrupted: readonly string[];
  /** Those of `left` and `interrupted` in which a thread of its own reads the answer to its end all the same. */
  readonly readsOn?: readonly string[];
  /** Modes that ask for more than one would think. */
  readonly more?: Readonly<Record<string, Partial<Requests>>>;
  /** Refusals reach it as ordinary answers. */
  readonly reads?: 'answers';
}

/** What one mode asks for, in order. */
interface Requests {
  readonly session: readonly Asked[];
  readonly denied: readonly Asked[];
  /** How often a refused request is asked for, by the code of its refusal. */
  refused(code: string): number;
  readonly left: readonly Asked[];
}

const USUAL: Requests = {
  session: ['paid', 'paid'],
  denied: ['paid'],
  refused: () => 1,
  left: ['paid', 'paid'],
};

/** One line of a program's output. */
interface Report {
  readonly mode: string;
  readonly said?: string;
  readonly error?: { readonly name: string; readonly status: number | null; readonly message: string };
  readonly ran: readonly string[];
}

const DENIAL =
  /^(\[rehearsal\] I call weather\.\s*)?\[tollgate\] The tool call weather was not allowed: nobody asks here\. Go on without it, or change spec\.tools of the ToolProfile denied\. \(tool_not_allowed, [0-9a-f]{32}\)$/;

/** A text that a refusal of this code has; a policy, or a model, that makes it happen. */
const REFUSALS = [
  [
    'model_not_allowed',
    'small',
    undefined,
    /The model \S+ is not allowed by the ToolProfile small\. Use one of /,
  ],
  ['budget_spent', 'spent-budget', undefined, /The budget local\/spent\/per-day is used up: .* Wait until /],
  [
    'bad_request',
    'small',
    'no such model',
    /The request cannot be judged: model must be the name of a model\. /,
  ],
] as const;

/** A few seconds, so that its user can be seen to leave in the middle. */
const LONG = '/pace 20\n/tokens 1000';

export function testProgram(program: Program): void {
  const { name, sessions, left, others, interrupted } = program;
  const of = (mode: string): Requests => ({ ...USUAL, ...program.more?.[mode] });
  const faults = (mode: string) => (program.readsOn?.includes(mode) ? [] : ['client_gone']);
  const slug = basename(program.start[1]);

  describe(name, { timeout: 4_500_000 }, () => {
    it('is installed', () => {
      const [interpreter] = program.start;
      assert.ok(
        !interpreter.includes('/') || existsSync(interpreter),
        `${interpreter} is missing: node scripts/install-clients.ts`,
      );
    });

    it(`has a session with a tool call: ${sessions.join(', ')}; spend and audit agree with the provider`, async () => {
      const machine = new Machine(`${slug}-sessions`);
      const { reports, stderr } = await run(machine, program, [...sessions, ...Object.keys(others)]);
      assert.deepEqual(
        reports.map(({ mode, said, error, ran }) => [mode, error ?? lastSaid(said), ran]),
        [
          ...sessions.map((mode) => [mode, '[rehearsal] it rains', ['Bonn']]),
          ...Object.entries(others).map(([mode, [said]]) => [mode, said, []]),
        ],
        stderr,
      );
      const asked = [
        ...sessions.flatMap((mode) => of(mode).session),
        ...Object.values(others).map(([, one]) => one),
      ];
      assert.deepEqual((await closedExchanges(machine)).map(askedFor), asked);
      await agrees(machine, asked);
    });

    it('shows a denied tool call to its user, verbatim and once, after one request; the tool does not run', async () => {
      const machine = new Machine(`${slug}-denied`, policies('denied-tool'));
      const { reports, stderr } = await run(machine, program, sessions);
      assert.deepEqual(
        reports.map(({ mode, ran }) => [mode, ran]),
        sessions.map((mode) => [mode, []]),
      );
      for (const { mode, said } of reports) assert.match(said ?? stderr, DENIAL, mode);
      const asked = sessions.flatMap((mode) => of(mode).denied);
      assert.deepEqual((await closedExchanges(machine)).map(askedFor), asked);
      await agrees(machine, asked);
    });

    for (const [code, policy, model, text] of REFUSALS) {
      // As an answer it could not be shown: nobody knows what kind of answer is expected.
      if (code === 'bad_request' && program.reads === 'answers') continue;
      it(`shows its user why a request was refused (${code}), and does not ask again`, async () => {
        const machine = new Machine(`${slug}-${code}`, policies(policy));
        const { reports, stderr } = await run(machine, program, sessions, model);
        assert.deepEqual(
          reports.map(({ mode, ran }) => [mode, ran]),
          sessions.map((mode) => [mode, []]),
        );
        for (const { mode, said, error } of reports) {
          assert.equal(error === undefined, program.reads === 'answers', stderr);
          const read = said ?? error?.message ?? '';
          assert.match(read, text, mode);
          assert.equal(read.split('[tollgate] ').length, 2, `${mode}: ${read}`);
          assert.match(read, new RegExp(`\\(${code}, [0-9a-f]{32}\\)`), mode);
        }
        const refused = (await closedExchanges(machine)).filter((line) => line.code !== 'threads_off');
        assert.deepEqual(
          refused.map(askedFor).filter((one) => one !== 'free'),
          sessions.flatMap((mode) => Array.from({ length: of(mode).refused(code) }, () => code)),
        );
        await agrees(machine, []);
      });
    }

    if (left.length > 0) {
      it(`gives up an answer in the middle and asks for another: ${left.join(', ')}; both are paid right`, async () => {
        const machine = new Machine(`${slug}-left`);
        const { reports, stderr } = await run(machine, program, left);
        assert.deepEqual(
          reports.map(({ mode, said, error }) => [mode, error ?? said]),
          left.map((mode) => [mode, '[rehearsal] it rains']),
          stderr,
        );
        const exchanges = await closedExchanges(machine);
        const asked = left.flatMap((mode) => of(mode).left);
        assert.deepEqual(exchanges.map(askedFor), asked);
        const paid = exchanges.filter((line) => askedFor(line) === 'paid');
        assert.deepEqual(
          paid.map((line) => line.faults),
          left.flatMap((mode) => [faults(mode), []]),
        );
        await agrees(machine, asked);
      });
    }

    for (const mode of interrupted) {
      it(`leaves its exchange closed and paid for when its user presses ^C: ${mode}`, async () => {
        const machine = new Machine(`${slug}-interrupted`);
        const client = [...program.start, mode, '', LONG];
        const { stdout, stderr } = await machine.leave(client, program.flags);
        // On a slow machine it comes while a library is still being made ready, which some report as a fault of theirs.
        if (!stdout.includes('KeyboardInterrupt')) assert.equal(stdout, '', stderr);
        const exchanges = await closedExchanges(machine);
        assert.deepEqual(exchanges.at(-1)?.faults, faults(mode), stderr);
        const asked = of(mode).denied;
        assert.deepEqual(exchanges.map(askedFor), asked);
        await agrees(machine, asked);
      });
    }
  });
}

/** @returns one report for each mode */
export async function run(
  machine: Machine,
  { start, flags }: Pick<Program, 'start' | 'flags'>,
  modes: readonly string[],
  model = '',
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await machine.run([...start, modes.join(','), model], flags, env);
  assert.equal(code, 0, stderr);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { reports: lines.map((line) => JSON.parse(line) as Report), stderr };
}

/** Pages that show words as they come also show those around a tool call. */
const lastSaid = (said = ''): string => said.replace(/^\[rehearsal\] I call weather\./, '');

export const askedFor = ({ code, charged }: ExchangeLine): Asked =>
  code ?? (charged.nanoUsd > 0 ? 'paid' : 'free');

async function closedExchanges(machine: Machine): Promise<ExchangeLine[]> {
  const exchanges = await machine.exchanges();
  assert.deepEqual(
    exchanges.filter(({ status }) => status !== 'closed'),
    [],
  );
  return exchanges;
}

/** The provider's bill has what was paid for, each to its end, and the ledger and the audit log say the same. */
export async function agrees(machine: Machine, asked: readonly Asked[]): Promise<void> {
  const bill = existsSync(machine.billFile) ? machine.bill() : [];
  assert.deepEqual(
    bill.map(({ ended }) => ended),
    asked.filter((one) => one === 'paid').map(() => 'complete'),
  );
  assert.equal(await machine.spent(), sum(bill));
  assert.ok(await machine.verifies());
}
