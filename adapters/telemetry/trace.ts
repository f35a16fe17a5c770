/**
 * Traces: one OpenTelemetry span for each exchange, sent by OTLP over HTTP.
 *
 *   exchange ended ── TracedExchange ──> SDK ── batches ──> OTLP/HTTP, JSON ──> collector
 *
 * The SDK (trace-otlp.ts) is loaded only where an endpoint is named, with the variables that all of OpenTelemetry reads
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
 */
import type { Log } from './log.ts';

export type AttributeValue = string | number | boolean | readonly string[];

/** What a span says of an exchange. Never anything of what was said in it. */
export interface TracedExchange {
  readonly name: string;
  /** Epoch ms, as the next one. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The agent's headers, of which `traceparent` and `tracestate` say what the span belongs to. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Why it failed, as a stable code; undefined when it did not. */
  readonly error: string | undefined;
  /** Those without a value are left out. */
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
}

export interface Traces {
  /** Hands a span over to be sent some time. Never throws, never waits. */
  record(exchange: TracedExchange): void;
  /** Sends what is left, for a few seconds at most; never rejects. */
  stop(): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns undefined where no endpoint is named, or tracing is switched off; then nothing is loaded */
export async function startTraces(env: Environment, log: Log): Promise<Traces | undefined> {
  const url = endpointOf(env);
  if (url === undefined) return undefined;
  if (!URL.canParse(url)) {
    // Not shown: there are tokens in URLs.
    log.error(
      'OTEL_EXPORTER_OTLP_ENDPOINT is no URL, so no traces are sent; it takes one such as http://localhost:4318',
    );
    return undefined;
  }
  try {
    const { OtlpTraces } = await import('./trace-otlp.ts');
    return new OtlpTraces(url, env, log);
  } catch (error) {
    log.error({ error: String(error) }, 'no traces are sent: OpenTelemetry does not take its settings');
    return undefined;
  }
}

/** @returns where spans are sent: the endpoint for traces as it is, or the one for everything with its path for traces */
export function endpointOf(env: Environment): string | undefined {
  const off = env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
  if (off || env.OTEL_TRACES_EXPORTER?.trim() === 'none') return undefined;
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?.trim();
  if (own) return own;
  const all = env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim();
  return all ? `${all.replace(/\/+$/, '')}/v1/traces` : undefined;
}
