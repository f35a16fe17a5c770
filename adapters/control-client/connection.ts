/**
 * How a sidecar reaches control: HTTPS, through the egress gateway's tunnel where there is one, with a token that the
 * kubelet renews.
 */
import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { ErrorAnswer } from '../../control-api/messages.ts';
import { PURPOSE_HEADER, type Purpose } from '../../core/egress/names.ts';
import { LedgerUnavailable } from '../../core/ports.ts';

export interface ControlAddress {
  /** https://host:port */
  readonly url: string;
  /** File of the certificates that sign control's; read at each new connection. */
  readonly caFile: string;
  /** File with the token for control; read for each request. */
  readonly tokenFile: string;
  readonly gateway?: GatewayAddress;
}

/** The egress gateway: an address, as pods have no DNS, and the name that stands in its certificate. */
export interface GatewayAddress {
  /** https://address:port */
  readonly url: string;
  readonly name: string;
  readonly caFile: string;
  readonly tokenFile: string;
}

/** How long control may take to answer, ms. */
const ANSWER_MS = 10_000;
const CONNECT_MS = 5_000;

/** Control refused what was asked, for a reason that asking again does not change. */
export class ControlRefused extends Error {
  override readonly name = 'ControlRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class ControlConnection {
  readonly #address: ControlAddress;
  #dispatcher: Dispatcher;
  /** What the certificates were when the dispatcher was made. */
  #trust: string;

  /** @throws Error when a file can't be read */
  constructor(address: ControlAddress) {
    this.#address = address;
    this.#trust = trustOf(address);
    this.#dispatcher = dispatcherFor(address);
  }

  /**
   * @returns the answer's body, parsed
   * @throws LedgerUnavailable when there is no answer, or one that may be another later; ControlRefused
   */
  async post(path: string, message: unknown, signal?: AbortSignal): Promise<unknown> {
    const { statusCode, body } = await this.#ask({
      method: 'POST',
      path,
      body: JSON.stringify(message),
      headers: { 'content-type': 'application/json' },
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    const answer: unknown = await body.json().catch(unavailable);
    if (statusCode === 200) return answer;
    throw problemOf(statusCode, answer);
  }

  /**
   * @param silenceMs the stream is broken off when nothing comes for so long
   * @returns the stream's bytes; @throws as post()
   */
  async stream(path: string, silenceMs: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { statusCode, body } = await this.#ask({
      method: 'GET',
      path,
      headers: { accept: 'text/event-stream' },
      headersTimeout: ANSWER_MS,
      bodyTimeout: silenceMs,
      signal,
    });
    if (statusCode === 200) return body;
    throw problemOf(statusCode, await body.json().catch(unavailable));
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #ask(options: Omit<Dispatcher.RequestOptions, 'origin'> & { headers: Record<string, string> }) {
    try {
      const { url, tokenFile } = this.#address;
      this.#renewTrust();
      const headers = {
        ...options.headers,
        authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`,
      };
      return await this.#dispatcher.request({ ...options, headers, origin: url });
    } catch (error) {
      return unavailable(error);
    }
  }

  /** Certificates are renewed under running sidecars: old and new ones stand in the file together for a while. */
  #renewTrust(): void {
    const trust = trustOf(this.#address);
    if (trust === this.#trust) return;
    const old = this.#dispatcher;
    this.#dispatcher = dispatcherFor(this.#address);
    this.#trust = trust;
    // Its running requests end by themselves.
    old.close().catch(() => undefined);
  }
}

/** The gateway's token is part of it: it stands in a header of the tunnels that are opened from then on. */
function trustOf({ caFile, gateway }: ControlAddress): string {
  const files = gateway === undefined ? [caFile] : [caFile, gateway.caFile, gateway.tokenFile];
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}

function dispatcherFor({ caFile, gateway }: ControlAddress): Dispatcher {
  const tls = { ca: readFileSync(caFile), timeout: CONNECT_MS };
  if (gateway === undefined) return new Agent({ connect: tls });
  return new ProxyAgent({
    ...tunnelOptions(gateway, 'control'),
    requestTls: { ca: readFileSync(caFile), port: 0 },
    connectTimeout: CONNECT_MS,
  });
}

/** @returns how undici makes tunnels through the gateway, with the token as it is now; @throws Error when a file can't be read */
export function tunnelOptions({ url, name, caFile, tokenFile }: GatewayAddress, purpose: Purpose) {
  return {
    uri: url,
    proxyTunnel: true,
    token: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`,
    headers: { [PURPOSE_HEADER]: purpose },
    proxyTls: { ca: readFileSync(caFile), servername: name, port: 0 },
  };
}

/** Errors of sockets and files name addresses and paths, which are no secrets; tokens are never in them. */
function unavailable(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  throw new LedgerUnavailable(`control can't be reached (${code ?? message})`);
}

function problemOf(status: number, answer: unknown): Error {
  const { code, message } = (answer as Partial<ErrorAnswer>)?.error ?? {};
  const said = `control answered ${status}${message === undefined ? '' : `: ${message}`}`;
  if (status === 429 || status >= 500 || code === undefined) return new LedgerUnavailable(said);
  return new ControlRefused(code, said);
}
