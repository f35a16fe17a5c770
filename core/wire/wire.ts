/**
 * What a wire (a provider's API dialect) tells the judge, and what it lets it do.
 *
 *   request ── RequestView ──> stages          reply ── ToolJudge <── tool calls; ReplyFacts ──> what it cost
 *
 * A dialect never sees a policy, and stages see these types only. `wires.ts` has them all.
 */
import type { JsonDocument, JsonValue } from '../json/read.ts';
import type { Usage } from '../money/price.ts';
import type { WireId } from '../policy/provider.ts';
import type { ReplyNames } from './reply-names.ts';

/** One dialect: everything that the exchange asks of it. All of it is pure. */
export interface Wire {
  readonly id: WireId;
  /**
   * @param target path and query as they stand in the request line
   * @returns the endpoint; undefined when this wire has no such; or the name of a query parameter that it does not know
   */
  matchEndpoint(method: string, target: string, headers: AgentHeaders): EndpointMatch;
  /**
   * @param document the body; undefined for endpoints without one
   * @returns what the stages judge, or what is wrong with the request
   */
  readRequest(
    endpoint: Endpoint,
    document: JsonDocument | undefined,
    headers: AgentHeaders,
  ): RequestView | BadRequest;
  /**
   * @param model the one that is called, which need not be the one that was asked for: some count images as more
   * @param contextWindow its own, tokens, if the price list says
   * @returns the most tokens that the input can have; undefined when there is no bound: a document whose pages nobody
   *   counted, and no known window
   */
  inputBound(
    size: InputSize,
    model: string | undefined,
    contextWindow: number | undefined,
  ): number | undefined;
  /**
   * @returns the body as it is sent: the agent's very bytes, but for what the call changes; null for none
   * @throws Error when they can't be changed so
   */
  bodyFor(view: RequestView, made: MadeCall): Buffer | null;
  /** @returns name, value, name, value, … of the headers that the provider gets */
  upstreamHeaders(options: UpstreamHeaders): string[];
  /** Whether a header of the provider's reply goes to the agent; organisation and account stay here. */
  passesBack(name: string): boolean;
  /**
   * Judges the tool calls of a reply that is not streamed; a denied one is replaced by text.
   * @throws ReplyFault when it is not a reply of this wire
   */
  guardReply(bytes: Buffer, judge: ToolJudge, view: RequestView): GuardedReply;
  /**
   * A reply without a model's words: counted tokens, a list of models.
   * @throws ReplyFault when it is no JSON, or holds a call
   */
  guardOther(bytes: Buffer): JsonValue;
  /**
   * A reply with the status of an error: clients may read it by its body all the same.
   * @throws ReplyFault when it is not an error of this wire, or more than that
   */
  guardError(bytes: Buffer): JsonValue;
  guardStream(options: GuardOptions): StreamGuard;
  readonly words: Words;
}

/** The agent's headers, with names in lower case. */
export type AgentHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An endpoint; a parameter that its wire does not know; or nothing that any wire has. */
export type EndpointMatch = Endpoint | { readonly wire: WireId; readonly badQuery: string } | undefined;

/** What of a call is the policies' and not the agent's. */
export interface MadeCall {
  readonly model: string | undefined;
  /** The output cap that was paid for, tokens. */
  readonly cap: number;
  /** The field in which the provider takes that cap, on wires that have several. */
  readonly capField: 'max_completion_tokens' | 'max_tokens';
  /** Whether the provider is to be asked to keep nothing, where the agent does not say. */
  readonly keepNothing: boolean;
}

export interface UpstreamHeaders {
  readonly view: RequestView;
  readonly agent: AgentHeaders;
  /** Betas that may reach the provider. */
  readonly betas: readonly string[];
  /** undefined: the provider takes none. */
  readonly key: string | undefined;
}

/** Betas that reach the provider: those that the wire's tables know, and those that its Provider allows. */
export function passedBetas(
  betas: Betas,
  allowed: ReadonlySet<string>,
): { passed: string[]; removed: string[] } {
  const passed = [...betas.known, ...betas.unknown.filter((name) => allowed.has(name))];
  return { passed, removed: betas.unknown.filter((name) => !allowed.has(name)) };
}

export interface GuardOptions {
  readonly judge: ToolJudge;
  readonly view: RequestView;
  /** The output cap that was paid for, tokens. */
  readonly cap: number;
  /** @returns whether usage reported so far costs more than was reserved */
  outruns(soFar: Usage): boolean;
}

/** Guards one streamed reply. */
export interface StreamGuard {
  /**
   * @returns the bytes to deliver, in order
   * @throws ReplyFault; then nothing more may be delivered but finish() or fail()
   */
  push(chunk: Buffer): Buffer[];
  /** Whether the reply is complete: what still comes may say what it cost, and nothing else of it is delivered. */
  readonly ended: boolean;
  facts(): ReplyFacts;
  /** @returns how the reply calls itself, as far as it has come */
  named(): ReplyNames;
  /** @returns the events that end the reply as if the model had reached its cap, after a text for the reader */
  finish(text: string): Buffer;
  /** @returns the event that ends the reply with an error */
  fail(text: string, code: string): Buffer;
}

/** How Tollgate itself speaks on a wire. */
export interface Words {
  /** The status that this wire's clients understand as a refusal and do not retry; without it, that of the table. */
  refusalStatus?(status: number): number;
  /** @returns the body of an error reply */
  errorBody(status: number, message: string, requestId: string, code: string): Buffer;
  /** @returns the events that end a stream, of which no event has been sent yet, with an error */
  errorEvent(message: string, code: string): Buffer;
  /** @returns a reply in which the model seems to say `text` and to be done; nothing was used */
  messageBody(text: string, model: string, requestId: string): Buffer;
  /** @returns the same as a stream */
  messageStream(text: string, model: string, requestId: string): Buffer;
  /** A real event of this wire that means nothing: clients that count only events are kept waiting too. */
  readonly keepAlive: Buffer;
  /** @returns an error reply's body as the events that stand for it in a stream */
  asErrorEvent(body: Buffer): Buffer;
}

export interface Endpoint {
  readonly wire: WireId;
  /** Whoever speaks one of these has it: lists of models are the same on several. */
  readonly wires: readonly WireId[];
  /** Stable name for records: messages, count_tokens, models, model, chat_completions, responses, embeddings. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Path at the provider, behind the version. */
  readonly path: string;
  /** What stood before it in the agent's path, but for the version: may name a provider. */
  readonly prefix: readonly string[];
  /** Query at the provider, without '?'; rebuilt from what the table knows. */
  readonly query: string;
  /** Whether a call costs money. */
  readonly billed: boolean;
}

/** Something in a request that the wire's tables do not know, or know as a capability of the provider. */
export interface Finding {
  readonly kind: 'unknown_field' | 'unknown_part' | 'unknown_tool_type' | 'capability';
  /** As refusals name it, and allowedFields of a Provider what is unknown: `messages[].clear_at`, `shell_20270101`. */
  readonly name: string;
  /** Where it stands. */
  readonly path: string;
  /** The capability that has to be switched on for it: url_content, server_tools, mcp, files, stored_state, … */
  readonly capability?: string;
  /** Whether what it may cost cannot be told from the request. */
  readonly unbounded: boolean;
}

/** How large the input is, for the bound. */
export interface InputSize {
  /** Bytes of everything but media; of what the model reads twice, twice. */
  readonly textBytes: number;
  readonly messages: number;
  readonly tools: number;
  /** Tools whose definition the provider adds by itself. */
  readonly providerTools: number;
  readonly images: number;
  /** The most tokens that its audio can be. */
  readonly audioTokens: number;
  /** Documents whose pages can't be counted without reading them. */
  readonly documents: number;
  /** Whether it asks for a context window larger than the model's own. */
  readonly longContext: boolean;
}

export interface RequestView {
  readonly endpoint: Endpoint;
  /** Undefined for requests without a body. */
  readonly document: JsonDocument | undefined;
  /** Undefined where a request names no model (listing models). */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Whether the reply must have a form that a refusal in words would break. */
  readonly structured: boolean;
  readonly askedCap: number | undefined;
  /** Whether it has output that a cap bounds: embeddings have none. */
  readonly capped: boolean;
  /** How many replies are asked for; each may be as long as the cap. */
  readonly choices: number;
  /** The least cap with which the request is still valid, tokens. */
  readonly minCap: number;
  readonly size: InputSize;
  readonly cacheWrite: 'none' | '5m' | '1h';
  /** Thousandths: the dearest multiplier of all rates that the request can reach. */
  readonly multiplierPermille: number;
  readonly findings: readonly Finding[];
  readonly betas: Betas;
}

export interface Betas {
  readonly known: readonly string[];
  readonly unknown: readonly string[];
}

/** A request that can't be judged because it is not what the wire says; the sentence names the field. */
export interface BadRequest {
  readonly bad: string;
}

/** How a tool call of a model is judged; `undefined` from byName means that the arguments decide. */
export interface ToolJudge {
  byName(name: string): ToolVerdict | undefined;
  byArgs(name: string, args: JsonValue): ToolVerdict;
  /** For a call whose arguments can't be read as JSON. */
  unreadable(name: string): ToolVerdict;
}

/** `text` stands in the call's place. */
export type ToolVerdict = { readonly allow: true } | { readonly allow: false; readonly text: string };

export interface GuardedReply extends ReplyFacts {
  /** The very bytes that came, unless a call was denied. */
  readonly bytes: Buffer;
  readonly named: ReplyNames;
}

/** What is known of a reply when it has ended. */
export interface ReplyFacts {
  /** Undefined when the provider did not say, or said something impossible. */
  readonly usage: Usage | undefined;
  /** The least that was used: what was reported by then, and no less output than was seen. */
  readonly soFar: Usage;
  readonly faults: readonly string[];
}

/**
 * The provider's reply is not what the wire says. What was delivered stays delivered; nothing more is. The message says
 * what is wrong, in the middle of a sentence.
 */
export class ReplyFault extends Error {
  override readonly name = 'ReplyFault';
  readonly code: 'reply_garbage' | 'reply_over_cap';

  constructor(code: 'reply_garbage' | 'reply_over_cap', detail: string) {
    super(detail);
    this.code = code;
  }
}
