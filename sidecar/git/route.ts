/**
 * The git route: repositories as plain HTTP remotes on the pod's loopback, for the programs of setup and teardown. Their
 * credentials stay here, what is pushed is judged before any of it goes out, and everything is recorded.
 *
 *   git ── http, loopback ──> route ── which request, which repository, may this phase ──> exchange
 *                                                                                            │ credential
 *                                        egress gateway <── CONNECT, purpose agent, TLS ─────┘
 *                                              └── is the host in the phase's network ──> repository
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayAddress } from '../../adapters/control-client/connection.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import type { WorkloadFacts } from '../../core/audit/entry.ts';
import { type GitAsk, ROUTE, readAsk } from '../../core/git/ask.ts';
import { type GitRefusal, gitRefusal } from '../../core/git/refusals.ts';
import type { GitRepository } from '../../core/git/repository.ts';
import type { Clock, Ledger } from '../../core/ports.ts';
import { isForThisMachine, isFromWebPage } from '../visitors.ts';
import { GitExchange } from './exchange.ts';
import { GIT_LIMITS, type GitLimits } from './limits.ts';
import { turnAway } from './turn-away.ts';

export interface GitRouteOptions {
  readonly phase: string;
  readonly repositories: readonly GitRepository[];
  /** Folder with a file for each repository that has a credential, by its name; read for each request. */
  readonly credentials: string;
  readonly gateway: GatewayAddress;
  readonly ledger: Pick<Ledger, 'record'>;
  readonly workload: WorkloadFacts;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when nothing is waited for any longer. */
  readonly stopped: AbortSignal;
  /** Whether new requests are turned away. */
  readonly closing: () => boolean;
  readonly limits?: GitLimits;
}

export class GitRoute {
  readonly #options: GitRouteOptions;
  readonly #limits: GitLimits;
  #running = 0;

  constructor(options: GitRouteOptions) {
    this.#options = options;
    this.#limits = options.limits ?? GIT_LIMITS;
  }

  /** How long a request may take to arrive, ms. */
  get requestMs(): number {
    return this.#limits.total;
  }

  takes({ url = '' }: IncomingMessage): boolean {
    return url.startsWith(ROUTE);
  }

  /** @returns when the request is over; never rejects */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#options;
    // One that hangs up while we write is no error of ours.
    response.on('error', () => undefined);
    const found = this.#admit(request);
    if ('code' in found) {
      log.warn(
        { code: found.code, path: String(request.url).slice(0, 200) },
        'a git request was turned away',
      );
      turnAway(response, found);
      return;
    }
    this.#running += 1;
    try {
      const exchange = new GitExchange(
        { ...this.#options, ...found, limits: this.#limits },
        request,
        response,
      );
      await exchange.run();
    } catch (error) {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a git request failed');
      response.destroy();
    } finally {
      this.#running -= 1;
    }
  }

  /** Those that name none of its repositories leave a line in the log alone. */
  #admit(request: IncomingMessage): { ask: GitAsk; repository: GitRepository } | GitRefusal {
    const { phase, repositories, closing } = this.#options;
    if (isFromWebPage(request) || !isForThisMachine(request)) return gitRefusal('foreign');
    if (closing()) return gitRefusal('closing');
    if (phase !== 'setup' && phase !== 'teardown') return gitRefusal('no_repository_in_work');
    const ask = readAsk(request.method ?? '', request.url ?? '');
    if ('code' in ask) return ask;
    const { requests } = this.#limits;
    if (this.#running >= requests) return gitRefusal('busy', { most: String(requests) });
    const repository = repositories.find(({ name }) => name === ask.repository);
    if (repository !== undefined) return { ask, repository };
    const names = repositories.map(({ name }) => name).join(', ');
    const known = names === '' ? 'It has none.' : `It has: ${names}.`;
    return gitRefusal('unknown_repository', { name: ask.repository, known });
  }
}
