/** Spans by OpenTelemetry's own SDK. Loaded by trace.ts, and only there. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type TextMapGetter, type Tracer } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { VERSION } from '../../core/version.ts';
import type { Log } from './log.ts';
import type { Environment, TracedExchange, Traces } from './trace.ts';

/** One export with its retries, unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise: the end of the process waits for it. */
const EXPORT_MS = 3_000;
/** How much longer than an export the end may take. */
const GRACE_MS = 500;
/** Names from outside may be of any length. */
const MOST_CHARACTERS = 512;
const MOST_SHOWN = 200;

const HEADERS: TextMapGetter<TracedExchange['headers']> = {
  get: (headers, name) => headers[name] as string | string[] | undefined,
  keys: (headers) => Object.keys(headers),
};

export class OtlpTraces implements Traces {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #exportMs: number;

  /** @param env all but the endpoint is read by the SDK itself, from the process' environment */
  constructor(url: string, env: Environment, log: Log) {
    const timeout = Number(env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? env.OTEL_EXPORTER_OTLP_TIMEOUT);
    this.#exportMs = timeout > 0 ? timeout : EXPORT_MS;
    const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL;
    if (protocol !== undefined && protocol !== 'http/json')
      log.warn({ protocol }, 'traces are sent as http/json: Tollgate has no other protocol');
    const exporter = new SayingExporter(
      new OTLPTraceExporter({ url, timeoutMillis: this.#exportMs }),
      log,
      new URL(url).host,
    );
    const own = resourceFromAttributes({ 'service.name': 'tollgate', 'service.version': VERSION });
    this.#provider = new TracerProvider({
      resource: own.merge(detectResources({ detectors: [envDetector] })),
      sampler: samplerOf(env),
      spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS },
      spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: this.#exportMs + GRACE_MS })],
    });
    this.#tracer = this.#provider.getTracer('tollgate', VERSION);
  }

  record({ name, startedAt, endedAt, headers, error, attributes }: TracedExchange): void {
    const parent = this.#propagator.extract(ROOT_CONTEXT, headers, HEADERS);
    // The span stands for the call of a model, whoever asked for it: that is a client's, says the convention for GenAI,
    // and backends look for model calls there. server.address is the provider's.
    const options = {
      kind: SpanKind.CLIENT,
      startTime: new Date(startedAt),
      attributes: defined(attributes),
    };
    const span = this.#tracer.startSpan(name.slice(0, MOST_CHARACTERS), options, parent);
    if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    span.end(new Date(Math.max(startedAt, endedAt)));
  }

  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#exportMs + GRACE_MS);
    });
    // What fails is said by the exporter.
    await Promise.race([this.#provider.shutdown().catch(() => undefined), enough]);
    clearTimeout(timer);
  }
}

/** Says when spans can't be sent any more, and when they can again: once each. */
class SayingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: Log;
  readonly #host: string;
  #failing = false;

  constructor(exporter: SpanExporter, log: Log, host: string) {
    this.#exporter = exporter;
    this.#log = log;
    this.#host = host;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#say(result);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve();
  }

  #say({ code, error }: ExportResult): void {
    const failed = code !== ExportResultCode.SUCCESS;
    if (failed === this.#failing) return;
    this.#failing = failed;
    const host = this.#host;
    const why = (error?.message ?? '').replace(/[^\x20-\x7e]+/g, ' ').slice(0, MOST_SHOWN);
    if (failed) this.#log.warn({ host, why }, 'traces cannot be sent; they are lost until they can');
    else this.#log.info({ host }, 'traces are sent again');
  }
}

function defined(
  attributes: TracedExchange['attributes'],
): Record<string, string | number | boolean | string[]> {
  const there = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'object' ? [...value] : value] as const],
  );
  return Object.fromEntries(there);
}

/** OTEL_TRACES_SAMPLER, as OpenTelemetry's SDKs have it; the agent's own decision counts unless it says otherwise. */
function samplerOf(env: Environment): Sampler {
  const name = env.OTEL_TRACES_SAMPLER?.trim() || 'parentbased_always_on';
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  const root = {
    always_on: new AlwaysOnSampler(),
    always_off: new AlwaysOffSampler(),
    traceidratio: new TraceIdRatioBasedSampler(ratio),
  }[name.replace(/^parentbased_/, '')];
  if (root === undefined) return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}
