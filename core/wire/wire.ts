/**
 * What a wire (a provider's API dialect) tells the judge, and what it lets it do.
 *
 *   request ── RequestView ──> stages          reply ── ToolJudge <── tool calls; ReplyFacts ──> what it cost
 *
 * A dialect never sees a policy, and stages see these types only. There is one dialect so far, and the exchange calls it
 * by name; with the second one it will be looked up by `endpoint.wire`.
 */
import type { JsonDocument, JsonValue } from '../json/read.ts';
import type { Usage } from '../money/price.ts';
import type { WireId } from '../policy/provider.ts';

export interface Endpoint {
  readonly wire: WireId;
  /** Stable name for records: messages, count_tokens, models, model. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Path at the provider, with the wire's version. */
  readonly path: string;
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
