/**
 * One request for a repository and its answer, top to bottom:
 *
 *   may it ── what is pushed ── credential ── recorded as sent ── server ── is that git ── passed on ── recorded as ended
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { GitRequest } from '../../core/audit/entry.ts';
import { judgeAnswer } from '../../core/git/answer.ts';
import { answerType, type GitAsk, requestType } from '../../core/git/ask.ts';
import { basicCredential } from '../../core/git/credential.ts';
import { judgePush } from '../../core/git/judge.ts';
import { PROBE, type PushHead, PushReader, writeHead } from '../../core/git/push.ts';
import { type GitRefusal, gitRefusal, gitSentence } from '../../core/git/refusals.ts';
import { ReportReader, refusedFetch, refusedReport } from '../../core/git/report.ts';
import type { GitRepository } from '../../core/git/repository.ts';
import { newId } from '../id.ts';
import { GitFailure, type Pieces, piecesOf, wholeOrPieces, within } from './body.ts';
import type { GitLimits } from './limits.ts';
import type { GitRouteOptions } from './route.ts';
import { turnAway } from './turn-away.ts';
import { explain, sendGit } from './upstream.ts';

export interface GitExchangeOptions extends GitRouteOptions {
  readonly ask: GitAsk;
  readonly repository: GitRepository;
  readonly limits: GitLimits;
}

export class GitExchange {
  readonly #options: GitExchangeOptions;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #id: string;
  readonly #pieces: Pieces;
  readonly #bytes = { up: 0, down: 0 };
  readonly #ended = new AbortController();
  #push: PushHead | undefined;
  /** Why each ref is refused, where not all are for the same reason. */
  #refs: ReadonlyMap<string, GitRefusal> | undefined;
  #report: ReportReader | undefined;
  #status: number | null = null;
  #sent = false;

  constructor(options: GitExchangeOptions, request: IncomingMessage, response: ServerResponse) {
    const { ask, limits, clock } = options;
    this.#options = options;
    this.#request = request;
    this.#response = response;
    this.#id = newId(clock());
    const most = ask.service === 'git-receive-pack' ? limits.push : limits.wants;
    this.#pieces = piecesOf(request, most, limits.silence);
  }

  async run(): Promise<void> {
    const { limits, stopped } = this.#options;
    const end = (refusal: GitRefusal) => this.#ended.abort(new GitFailure(refusal));
    const gone = () => end(gitRefusal('gone'));
    const late = setTimeout(() => end(gitRefusal('time', { ms: String(limits.total) })), limits.total);
    const closing = () => end(gitRefusal('closing'));
    this.#response.once('close', gone);
    stopped.addEventListener('abort', closing);
    let refused: GitRefusal | typeof PROBE | undefined;
    try {
      refused = await this.#judgeAndSend();
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      const { signal } = this.#ended;
      refused = (signal.aborted ? (signal.reason as GitFailure) : error).refusal;
    } finally {
      clearTimeout(late);
      this.#response.off('close', gone);
      stopped.removeEventListener('abort', closing);
    }
    if (refused !== PROBE) await this.#end(refused);
  }

  /** @returns why it is refused; or that nothing was asked yet, which is not recorded */
  async #judgeAndSend(): Promise<GitRefusal | typeof PROBE | undefined> {
    const { ask, repository, phase } = this.#options;
    if (ask.service === 'git-receive-pack') {
      if (phase !== 'teardown') return gitRefusal('push_not_here', { phase });
      if (repository.branches.length === 0) return gitRefusal('push_not_allowed', { name: repository.name });
    }
    if (ask.step === 'refs') return this.#send(null);
    const wrong = this.#judgeHeaders();
    if (wrong !== undefined) return wrong;
    if (ask.service === 'git-upload-pack')
      return this.#send(await wholeOrPieces(this.#pieces, Buffer.alloc(0)));
    const read = await this.#readPush();
    if (read === PROBE) {
      this.#answerProbe();
      return PROBE;
    }
    if ('code' in read) return read;
    return this.#send(await wholeOrPieces(this.#pieces, read.begin));
  }

  #judgeHeaders(): GitRefusal | undefined {
    const { headers } = this.#request;
    const type = requestType(this.#options.ask.service);
    const encoding = headers['content-encoding'] ?? 'identity';
    const isGood = headers['content-type'] === type && /^(gzip|identity)$/.test(encoding);
    return isGood ? undefined : gitRefusal('encoding', { type });
  }

  /** @returns the beginning of what is to be sent */
  async #readPush(): Promise<{ begin: Buffer } | typeof PROBE | GitRefusal> {
    const reader = new PushReader();
    for (;;) {
      const piece = await this.#pieces.next();
      const read = piece.done === true ? reader.end() : reader.feed(piece.value);
      this.#push = reader.head;
      if (read === undefined) continue;
      if (read === PROBE || 'code' in read) return read;
      this.#refs = judgePush(read.commands, this.#options.repository.branches);
      const [first] = [...(this.#refs?.values() ?? [])].filter(({ code }) => code !== 'with_others');
      if (first !== undefined) return first;
      this.#report = new ReportReader(read.capabilities);
      return { begin: Buffer.concat([writeHead(read), reader.rest]) };
    }
  }

  async #send(body: Buffer | AsyncGenerator<Buffer> | null): Promise<GitRefusal | undefined> {
    const { ask, repository, gateway, limits } = this.#options;
    const credential = this.#credential();
    if (credential !== undefined && 'code' in credential) return credential;
    const unrecorded = await this.#record('sent', null);
    if (unrecorded !== undefined) return unrecorded;
    this.#sent = true;
    const { signal } = this.#ended;
    const version = /^version=([12])$/.exec(String(this.#request.headers['git-protocol']))?.[1];
    const answer = await sendGit(
      gateway,
      {
        ask,
        repository,
        credential: credential?.value,
        version: version as '1' | '2' | undefined,
        body: body === null || Buffer.isBuffer(body) ? this.#whole(body) : this.#counted(body),
      },
      limits.silence,
      signal,
    );
    try {
      this.#status = answer.status;
      const wrong = judgeAnswer(answer, ask, repository);
      if (wrong !== undefined) return wrong;
      await this.#pass(answer.body);
    } finally {
      answer.close();
    }
    return undefined;
  }

  #whole(body: Buffer | null): Buffer | null {
    this.#bytes.up = body?.length ?? 0;
    return body;
  }

  async *#counted(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      this.#bytes.up += piece.length;
      yield piece;
    }
  }

  #credential(): { value: string } | GitRefusal | undefined {
    const { repository, credentials } = this.#options;
    const { name, secret } = repository;
    if (secret === undefined) return undefined;
    const params = { name, secret: secret.name, key: secret.key };
    let text: string;
    try {
      text = readFileSync(join(credentials, name), 'utf8');
    } catch {
      return gitRefusal('credential_missing', params);
    }
    if (text.trim() === '') return gitRefusal('credential_missing', params);
    const value = basicCredential(text);
    return value === undefined ? gitRefusal('credential_form', params) : { value };
  }

  /** @throws GitFailure */
  async #pass(body: AsyncIterable<Buffer>): Promise<void> {
    const { ask, limits, repository } = this.#options;
    const response = this.#response;
    const head = { 'content-type': answerType(ask), 'cache-control': 'no-cache' };
    try {
      for await (const piece of body) {
        // Servers send the head before they have read a push; until they say more, why it failed can still be told.
        if (!response.headersSent) response.writeHead(200, head);
        this.#bytes.down += piece.length;
        if (this.#bytes.down > limits.answer)
          throw new GitFailure(gitRefusal('too_large', { bytes: String(limits.answer) }));
        this.#report?.feed(piece);
        if (!response.write(piece)) await within(limits.silence, this.#drained());
      }
    } catch (error) {
      if (error instanceof GitFailure) throw error;
      throw new GitFailure(explain(error, new URL(repository.url).host, limits.silence));
    }
    if (!response.headersSent) response.writeHead(200, head);
    response.end();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        this.#response.off('drain', over).off('close', over);
        resolve();
      };
      this.#response.on('drain', over).on('close', over);
    });
  }

  /** It only asks whether it may come in: the answer of the repository itself comes with what it sends then. */
  #answerProbe(): void {
    this.#response.writeHead(200, { 'content-type': answerType(this.#options.ask), 'content-length': 0 });
    this.#response.end();
  }

  async #end(refused: GitRefusal | undefined): Promise<void> {
    const { log, repository, ask, limits } = this.#options;
    const unrecorded = await this.#record('ended', refused ?? null);
    if (refused === undefined) return;
    const { service } = ask;
    log.warn(
      { request: this.#id, repository: repository.name, service, code: refused.code },
      gitSentence(refused),
    );
    if (unrecorded !== undefined) log.error(gitSentence(unrecorded));
    if (this.#response.headersSent || this.#response.destroyed) {
      this.#response.destroy();
      return;
    }
    await this.#pieces.skip(limits.skipped);
    this.#refuse(refused);
  }

  /** Where git shows it: only of the first request of an operation it shows the text of another status than 200. */
  #refuse(refused: GitRefusal): void {
    const { ask } = this.#options;
    const sentence = gitSentence(refused);
    const body = ask.step === 'refs' ? undefined : this.#refusalBody(refused, sentence);
    if (body === undefined) {
      turnAway(this.#response, refused);
      return;
    }
    this.#response.writeHead(200, {
      'content-type': answerType(ask),
      'content-length': body.length,
      'cache-control': 'no-cache',
    });
    this.#response.end(body);
  }

  #refusalBody(refused: GitRefusal, sentence: string): Buffer | undefined {
    if (this.#options.ask.service === 'git-upload-pack') return refusedFetch(sentence);
    const { commands = [], capabilities = [] } = this.#push ?? {};
    const why = (ref: string) => this.#refs?.get(ref) ?? refused;
    const told =
      this.#refs === undefined ? sentence : gitSentence(gitRefusal('push_refused', { why: sentence }));
    return refusedReport(commands, capabilities, why, told);
  }

  /** @returns why it could not be */
  async #record(step: GitRequest['step'], refused: GitRefusal | null): Promise<GitRefusal | undefined> {
    const { clock, workload, phase, repository, ask, ledger } = this.#options;
    const { commands = [] } = this.#push ?? {};
    try {
      await ledger.record({
        kind: 'git',
        at: clock(),
        exchange: this.#id,
        step,
        workload,
        phase,
        repository: repository.name,
        url: repository.url,
        service: ask.service,
        listing: ask.step === 'refs',
        commands: commands.map(({ ref, old, new: now }) => {
          const result = this.#report?.result(ref);
          return { ref, old, new: now, ...(result === undefined ? {} : { result }) };
        }),
        verdict: refused !== null && (!this.#sent || refused.code === 'gateway_refused') ? 'deny' : 'allow',
        code: refused?.code ?? null,
        status: this.#status,
        bytes: { ...this.#bytes },
      });
    } catch (error) {
      return gitRefusal('unrecorded', { why: (error as Error).message });
    }
    return undefined;
  }
}
