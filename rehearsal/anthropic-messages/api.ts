/**
 * The Messages API.
 *
 *   body ─> validate.ts ─> call.ts ─> ../script.ts ─> reply.ts <─ cache.ts, usage.ts
 *           400s, 404s     the call   what to say     written down, counted
 *                                                        │
 *   client <──────────────── ../serve.ts <─────────── events.ts
 */
import type { ApiError } from '../api-error.ts';
import { type Incoming, retryHeaders, sendJson } from '../http.ts';
import { isObject, parseJson } from '../json.ts';
import { nextTurn } from '../script.ts';
import { type Answer, type Asked, type ServerState, serveTurn } from '../serve.ts';
import { PromptCache } from './cache.ts';
import { type Call, readCall } from './call.ts';
import { errorJson, form, methodNotAllowed, newId, notFound } from './errors.ts';
import { eventsOf, messageJson } from './events.ts';
import { keyProblem, setCommonHeaders } from './http.ts';
import { findModel, modelInfo, modelList } from './models.ts';
import { writeReply } from './reply.ts';
import { countInput } from './usage.ts';
import { problemWith } from './validate.ts';

/** One server's Messages API. */
export class AnthropicMessages {
  readonly #state: ServerState;
  readonly #apiKey: string | undefined;
  readonly #cache = new PromptCache();

  constructor(state: ServerState, apiKey: string | undefined) {
    this.#state = state;
    this.#apiKey = apiKey;
  }

  /** Whether a request is meant for this API; paths of several APIs are told apart by the headers of its clients. */
  owns({ path, req }: Incoming): boolean {
    if (/^\/v1\/messages(\/|$)/.test(path)) return true;
    return req.headers['anthropic-version'] !== undefined || req.headers['x-api-key'] !== undefined;
  }

  async answer(incoming: Incoming): Promise<void> {
    const { req, res, path, method, body } = incoming;
    const requestId = newId('req_01');
    setCommonHeaders(res, requestId);
    const refuse = (error: ApiError): void =>
      sendJson(res, errorJson(error, requestId), error.status, retryHeaders(error.status));
    const refused = keyProblem(req, this.#apiKey) ?? (typeof body === 'string' ? undefined : body);
    if (refused !== undefined) return refuse(refused);

    const [, endpoint, name] =
      /^\/v1\/(messages\/count_tokens|messages|models)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (endpoint === undefined || (name !== undefined && endpoint !== 'models')) {
      return refuse(notFound('Not found'));
    }
    if (method !== (endpoint === 'models' ? 'GET' : 'POST')) return refuse(methodNotAllowed);
    if (endpoint === 'models') {
      if (name === undefined) return sendJson(res, JSON.stringify(modelList()));
      const model = findModel(name);
      if (model === undefined) return refuse(notFound(`model: ${name}`));
      return sendJson(res, JSON.stringify(modelInfo(model, name)));
    }
    const call = readChecked(String(body), String(req.headers['anthropic-version'] ?? ''), endpoint);
    if ('status' in call) return refuse(call);
    if (endpoint !== 'messages') return sendJson(res, JSON.stringify({ input_tokens: countInput(call) }));
    return this.#serve(call, { stream: call.stream, requestId, res });
  }

  async #serve(call: Call, asked: Asked): Promise<void> {
    const said = nextTurn(call);
    const write = (): Answer => {
      const reply = writeReply(call, said.turn, said.modifiers, this.#cache.use(call, Date.now()));
      const { id, modelName: model, input, geo: place, outputTokens } = reply;
      return {
        json: messageJson(reply, 'whole'),
        events: (textBytes, argsBytes) => eventsOf(reply, textBytes, argsBytes),
        outputTokens,
        ...(reply.given === undefined ? {} : { given: reply.given }),
        charge: (tokens, ended) => {
          const counts = { ...input, outputTokens: tokens };
          const { stream } = call;
          this.#state.bill.charge({ id, model, ...counts, stream, ended, priceList: call.model.id, place });
        },
      };
    };
    await serveTurn(this.#state, form, asked, said, write);
  }
}

function readChecked(text: string, version: string, endpoint: string): Call | ApiError {
  const body = parseJson(text);
  const problem = problemWith(
    body,
    version || undefined,
    endpoint === 'messages' ? 'messages' : 'count_tokens',
  );
  if (problem !== undefined) return problem;
  const call = isObject(body) ? readCall(body) : undefined;
  if (call === undefined) throw new Error('a request without a model passed the checks');
  return call;
}
