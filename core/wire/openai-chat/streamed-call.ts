/** One call of a streamed reply, from its first piece on. */
import type { ToolJudge, ToolVerdict } from '../wire.ts';
import { argsNameOf, type CallKind, type CallPart, garbage, judgeCall } from './calls.ts';

export class StreamedCall {
  readonly #judge: ToolJudge;
  readonly #id: string | undefined;
  readonly #kind: CallKind;
  readonly #name: string;
  readonly #pieces: string[] = [];
  /** Undefined until its arguments decide, where its name does not. */
  verdict: ToolVerdict | undefined;
  /** Whether it began as the first entry of its chunk: some clients look at no other. */
  readonly leads: boolean;
  /** Whether it is held from its beginning on, so that it can be written otherwise; not known in its first chunk. */
  held = true;
  /** Whether all of it is written where it begins: its pieces came so that clients put them together differently. */
  atOnce = false;
  /** Its number among the calls that the agent sees; undefined until it is delivered. */
  out: number | undefined;
  /** Whether its beginning, or the text that stands for it, has been delivered. */
  told = false;

  /** @throws ReplyFault when the first piece has no name: clients would give it to the call before */
  constructor(judge: ToolJudge, { id, kind, name, args }: CallPart, leads: boolean) {
    if (kind === undefined || name === undefined) throw garbage('a tool call has no name');
    this.#judge = judge;
    this.#id = id;
    this.#kind = kind;
    this.#name = name;
    this.leads = leads;
    this.verdict = judge.byName(name);
    this.#add(args);
  }

  get denied(): boolean {
    return this.verdict?.allow === false;
  }

  /** @throws ReplyFault when clients put such pieces together differently */
  goOn({ id, kind, name, args }: CallPart): void {
    // Some clients go by the id.
    if (id !== undefined && id !== this.#id) throw garbage('a tool call changes its id');
    if (kind !== undefined && kind !== this.#kind) throw garbage('a tool call is of two kinds');
    // Some clients take the last name, and some join all of them.
    if (name !== undefined) throw garbage('a tool call says its name twice');
    this.#add(args);
  }

  /** Nothing more of it can come. */
  end(): void {
    this.verdict ??= judgeCall(this.#judge, this.#kind, this.#name, this.#pieces);
  }

  /** @returns the call as an entry has it, with all of its arguments */
  whole(): { readonly [kind: string]: { readonly [field: string]: string } } {
    return { [this.#kind]: { name: this.#name, [argsNameOf(this.#kind)]: this.#pieces.join('') } };
  }

  #add(args: CallPart['args']): void {
    if (args === undefined) return;
    if (typeof args !== 'string') throw garbage('a tool call has something else than text for arguments');
    if (this.verdict === undefined || this.held) this.#pieces.push(args);
  }
}
