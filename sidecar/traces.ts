/**
 * An exchange as a span: which attributes it has, by the names of OpenTelemetry's conventions for GenAI
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/) and Tollgate's own. Never anything of what was said.
 *
 *   attempt ended, and another one after a fallback ──> what the last one was, what all cost ──> exchange over: one span
 */
import type { TracedExchange, Traces } from '../adapters/telemetry/trace.ts';
import type { Closed } from '../core/audit/entry.ts';
import type { Call } from '../core/govern/call.ts';
import type { Usage } from '../core/money/price.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { ReplyNames } from '../core/wire/reply-names.ts';
import type { Attempt, Progress } from './progress.ts';

/** One attempt that has ended. */
interface Ended {
  readonly closed: Closed;
  readonly call: Call | undefined;
  readonly attempt: Attempt | undefined;
  readonly named: ReplyNames | undefined;
}

/** Names that the convention has for providers whose price lists have others. */
const PROVIDERS: Readonly<Record<string, string>> = {
  aws: 'aws.bedrock',
  azure: 'azure.ai.openai',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshotai: 'moonshot_ai',
  'x-ai': 'x_ai',
};

/** Names that the convention has for what endpoints do; others have their own. */
const OPERATIONS: Readonly<Record<string, string>> = {
  messages: 'chat',
  chat_completions: 'chat',
  responses: 'chat',
  embeddings: 'embeddings',
};

/** Faults without a code after which the agent did not get what it asked for. */
const FATAL = /^(?:upstream_\d{3}|internal_error|client_gone)$/;

export class ExchangeTraces {
  readonly #traces: Traces;
  readonly #ended = new WeakMap<Progress, Ended[]>();

  constructor(traces: Traces) {
    this.#traces = traces;
  }

  /** An attempt has ended, or the exchange was refused before there was one. */
  ended(x: Progress, closed: Closed, call: Call | undefined): void {
    const before = this.#ended.get(x);
    const ended = { closed, call, attempt: x.paid, named: x.named };
    if (before) before.push(ended);
    else this.#ended.set(x, [ended]);
  }

  /** The exchange is over, and recorded. */
  over(x: Progress): void {
    try {
      this.#traces.record(spanOf(x, this.#ended.get(x) ?? []));
    } catch (error) {
      x.sidecar.log.warn({ exchange: x.id, error: String(error) }, 'an exchange was not traced');
    }
  }

  stop(): Promise<void> {
    return this.#traces.stop();
  }
}

function spanOf(x: Progress, ended: readonly Ended[]): TracedExchange {
  const { closed, call, attempt, named } = ended.at(-1) ?? {};
  const { payer } = x.caller;
  const { workload } = payer;
  const operation = operationOf(x.endpoint?.name);
  const model = call?.model ?? x.view?.model;
  const cap = attempt?.grant.cap;
  const usd = ended.reduce((sum, { closed: { amounts } }) => sum + amounts.usd, 0);
  return {
    name: model === undefined ? operation : `${operation} ${model}`,
    startedAt: x.at,
    endedAt: x.sidecar.clock(),
    headers: x.request.headers,
    error: errorOf(closed),
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': call && providerName(call.provider),
      'gen_ai.request.model': model,
      'gen_ai.request.max_tokens': cap || undefined,
      ...usageAttributes(closed?.usage),
      'gen_ai.response.id': named?.id,
      'gen_ai.response.model': named?.model,
      'gen_ai.response.finish_reasons': named?.finishReasons.length ? named.finishReasons : undefined,
      ...(call && addressOf(call.provider)),
      'http.response.status_code': closed?.status ?? undefined,
      'tollgate.exchange': x.id,
      'tollgate.verdict': closed?.verdict,
      'tollgate.code': closed?.code ?? undefined,
      'tollgate.faults': closed && closed.faults.length > 0 ? closed.faults : undefined,
      'tollgate.cost_usd': usd / 1e9,
      'tollgate.reserved_usd': attempt && attempt.grant.amounts.usd / 1e9,
      'tollgate.attempts': Math.max(1, ended.length),
      'tollgate.workload': `${workload.namespace}/${workload.name}`,
      'tollgate.session': payer.session,
      'tollgate.agent': x.agent.id,
      'tollgate.provider': call?.provider.name,
    },
  };
}

function operationOf(endpoint: string | undefined): string {
  return endpoint === undefined ? 'unknown' : (OPERATIONS[endpoint] ?? endpoint);
}

function providerName({ priceList }: ProviderSpec): string {
  return PROVIDERS[priceList] ?? priceList;
}

function addressOf({ origin }: ProviderSpec): TracedExchange['attributes'] {
  const { hostname, port, protocol } = new URL(origin);
  return {
    'server.address': hostname,
    'server.port': port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(port),
  };
}

/** Input tokens are all of them, cached ones too, says the convention. */
function usageAttributes(usage: Usage | null | undefined): TracedExchange['attributes'] {
  if (!usage) return {};
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const written = cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    'gen_ai.usage.input_tokens': inputTokens + cacheReadTokens + written,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.cache_read.input_tokens': cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': written,
  };
}

/** The code of a refusal or fault, or the provider's status; not what went wrong beside a reply that came. */
function errorOf(closed: Closed | undefined): string | undefined {
  // Its sender went before it had come whole, so there is nothing to record.
  if (closed === undefined) return 'client_gone';
  if (closed.code !== null) return closed.code;
  const fault = closed.faults.find((name) => FATAL.test(name));
  return fault?.replace('upstream_', '');
}
