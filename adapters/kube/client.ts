/**
 * A thin client of the API server. Each method is one request, errors are values, and nothing is tried again: that is
 * the work queue's and the reflector's. Only names that can't be are exceptions (RangeError).
 *
 *   reconcilers ──> apply, applyStatus, delete        reflector ──> list, watch        lease ──> get, create, replace
 */
import type { Access } from './access.ts';
import { type Answer, failed, localError } from './answer.ts';
import { appliedObject, appliedStatus } from './apply.ts';
import { type ApiRequest, Http } from './http.ts';
import { type Page, readPage, type Selection } from './list.ts';
import { apiVersionOf, type Intent, isObject, type KubeObject, type Resource } from './object.ts';
import { describeCall, type Place, pathOf } from './paths.ts';
import { readWatch, type WatchEvent } from './watch.ts';

export interface Options {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApplyOptions extends Options {
  /** Who owns the fields; stable over releases. */
  readonly manager: string;
  /** Takes fields that others own: right for a controller, since it sends only fields that are its own. */
  readonly force?: boolean;
  /** Only the object that has this UID; a conflict (409) if there is another, or none. */
  readonly uid?: string;
  /** Only the object as it was then; a conflict (409) if anybody has written to it since. */
  readonly resourceVersion?: string;
}

const TIMEOUT_MS = 30_000;
const APPLY = 'application/apply-patch+yaml';

export class KubeClient {
  readonly #http: Http;
  readonly #mayWrite: (() => boolean) | undefined;
  readonly namespace: string | undefined;

  /**
   * @param agent the program, for the API server's log: "tollgate-operator/0.1.0"
   * @param mayWrite asked at the moment of each write; undefined: always. What it does not allow is an error of the kind
   *   `stopped`: a leader's writes, however long ago they were decided, must not be sent once another may lead
   */
  constructor(access: Access, agent: string, mayWrite?: () => boolean) {
    this.#http = new Http(access, agent);
    this.#mayWrite = mayWrite;
    this.namespace = access.namespace;
  }

  get<T extends KubeObject>(of: Resource<T>, place: Place, options: Options = {}): Promise<Answer<T>> {
    return this.#object(of, 'get', 'GET', place, options);
  }

  /** One page; `limit` is objects. A resourceVersion is not asked for, so that what comes is the newest state. */
  async list<T extends KubeObject>(
    of: Resource<T>,
    selection: Selection & { readonly limit?: number | undefined; readonly continue?: string | undefined },
    options: Options = {},
  ): Promise<Answer<Page<T>>> {
    const { namespace, ...query } = selection;
    const what = describeCall('list', of, { namespace });
    const answer = await this.#send(of, what, 'GET', { namespace }, options, { query });
    if (!answer.ok) return answer;
    const page = readPage<T>(of, answer.value);
    return page === undefined
      ? failed(localError('unreadable', 'Unreadable', what, 'the answer is no list of stored objects'))
      : { ok: true, value: page };
  }

  /** Changes since a resourceVersion. What goes wrong comes as its last event. @param opened the server has taken it */
  async *watch<T extends KubeObject>(
    of: Resource<T>,
    selection: Selection & { readonly resourceVersion: string; readonly timeoutSeconds: number },
    idleMs: number,
    { timeoutMs = TIMEOUT_MS, signal, opened }: Options & { readonly opened?: () => void } = {},
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { namespace, ...rest } = selection;
    const what = describeCall('watch', of, { namespace });
    const query = { ...rest, watch: true, allowWatchBookmarks: true };
    const path = pathOf(of, { namespace });
    const answer = await this.#http.open({ method: 'GET', path, query, what, timeoutMs, signal });
    if (answer.ok) {
      opened?.();
      yield* readWatch<T>(answer.value, what, idleMs, signal);
    } else if (answer.error.kind !== 'stopped') yield { type: 'ERROR', error: answer.error };
  }

  /** Also for reviews (TokenReview, SubjectAccessReview), whose answer stands in its status and has no name. */
  create<T extends KubeObject, R = T>(
    of: Resource<T>,
    body: object,
    options: Options & { readonly place?: Place } = {},
  ): Promise<Answer<R>> {
    const { place = {}, ...rest } = options;
    const whole = { apiVersion: apiVersionOf(of), kind: of.kind, ...body };
    return this.#send(of, describeCall('create', of, place), 'POST', place, rest, { body: whole }) as Promise<
      Answer<R>
    >;
  }

  /** Puts a whole object in place of the one with its resourceVersion, or fails with a conflict: for locks alone. */
  replace<T extends KubeObject>(of: Resource<T>, object: T, options: Options = {}): Promise<Answer<T>> {
    return this.#object(of, 'replace', 'PUT', placeOf(object), options, { body: object });
  }

  /** Server-side apply of the fields that are ours; creates the object if there is none. */
  apply<T extends KubeObject>(of: Resource<T>, intent: Intent, options: ApplyOptions): Promise<Answer<T>> {
    const body = appliedObject(of, intent, options);
    return this.#apply(of, placeOf(intent), body, options);
  }

  applyStatus<T extends KubeObject>(
    of: Resource<T>,
    object: Intent,
    status: unknown,
    options: ApplyOptions,
  ): Promise<Answer<T>> {
    const body = appliedStatus(of, object, status, options);
    return this.#apply(of, { ...placeOf(object), subresource: 'status' }, body, options);
  }

  /** JSON merge patch (RFC 7386), for what has one writer: a finalizer, the series of an event. */
  merge<T extends KubeObject>(
    of: Resource<T>,
    place: Place,
    patch: object,
    options: Options = {},
  ): Promise<Answer<T>> {
    const contentType = 'application/merge-patch+json';
    return this.#object(of, 'patch', 'PATCH', place, options, { body: patch, contentType });
  }

  /** @returns the object as it was, or a Status; with preconditions, a conflict if it is not that object any more */
  delete(
    of: Resource,
    place: Place & { readonly name: string },
    options: Options & {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
      readonly graceSeconds?: number;
    } = {},
  ): Promise<Answer<unknown>> {
    const { uid, resourceVersion, propagation = 'Background', graceSeconds, ...rest } = options;
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    };
    return this.#send(of, describeCall('delete', of, place), 'DELETE', place, rest, { body });
  }

  async #apply<T extends KubeObject>(
    of: Resource<T>,
    place: Place,
    body: object,
    options: ApplyOptions,
  ): Promise<Answer<T>> {
    const { manager, force, uid, resourceVersion: _, ...rest } = options;
    const query = { fieldManager: manager, force, fieldValidation: 'Strict' };
    const answer = await this.#object(of, 'apply', 'PATCH', place, rest, { body, query, contentType: APPLY });
    if (answer.ok || uid === undefined || !answer.error.causes.some(({ field }) => field === 'metadata.uid'))
      return answer;
    // The API server says 409 of an object that is gone, and of another one that its UID can't be changed (422, 1.35).
    return failed({ ...answer.error, code: 409, reason: 'Conflict' });
  }

  async #object<T extends KubeObject>(
    of: Resource<T>,
    verb: string,
    method: ApiRequest['method'],
    place: Place,
    options: Options,
    more: Pick<ApiRequest, 'body' | 'query' | 'contentType'> = {},
  ): Promise<Answer<T>> {
    const what = describeCall(verb, of, place);
    const answer = await this.#send(of, what, method, place, options, more);
    if (!answer.ok) return answer;
    return isObject<T>(answer.value)
      ? { ok: true, value: answer.value }
      : failed(localError('unreadable', 'Unreadable', what, 'the answer is no stored object'));
  }

  async #send(
    of: Resource,
    what: string,
    method: ApiRequest['method'],
    place: Place,
    { timeoutMs = TIMEOUT_MS, signal }: Options,
    more: Pick<ApiRequest, 'body' | 'query' | 'contentType'>,
  ): Promise<Answer<unknown>> {
    const may = method === 'GET' ? undefined : this.#mayWrite;
    return this.#http.send({ method, path: pathOf(of, place), what, timeoutMs, signal, may, ...more });
  }
}

function placeOf({ metadata: { name, namespace } }: Intent): Place & { readonly name: string } {
  return namespace === undefined ? { name } : { name, namespace };
}
