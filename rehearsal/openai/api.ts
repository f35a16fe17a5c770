/**
 * The OpenAI API: chat completions, responses, embeddings, models; at any prefix, with and without /v1.
 *
 *   body ─> validate.ts ─> call.ts ─> ../script.ts ─> reply.ts <─ cache.ts, prompt.ts
 *           400s, 404s     the call   what to say     written down, counted
 *                                                        │
 *   client <──────────────── ../serve.ts <─────────── events.ts (chat, responses)
 */
import type { ApiError } from '../api-error.ts';
import { bearerOf, type Incoming, retryHeaders, sendJson } from '../http.ts';
import { type JsonObject, parseJson } from '../json.ts';
import { readCall as readChat } from '../openai-chat/call.ts';
import { serveChat } from '../openai-chat/serve.ts';
import { modelAsked as chatModel } from '../openai-chat/validate.ts';
import { serveEmbeddings } from '../openai-embeddings/api.ts';
import { readCall as readEmbeddings } from '../openai-embeddings/call.ts';
import { type ResponsesCall, readCall as readResponses } from '../openai-responses/call.ts';
import { serveResponse } from '../openai-responses/serve.ts';
import { ResponseStore } from '../openai-responses/store.ts';
import { modelAsked as responsesModel } from '../openai-responses/validate.ts';
import { allItems } from '../openai-responses/validate-items.ts';
import type { Asked, ServerState } from '../serve.ts';
import { tokensOf } from '../tokens.ts';
import { type InputTokens, PromptCache } from './cache.ts';
import { errorJson, invalid } from './errors.ts';
import { newId } from './ids.ts';
import { findModel, modelInfo, modelList } from './models.ts';
import type { Call } from './reply.ts';

const ownPaths = /^(?:\/.*)?\/(chat\/completions|embeddings|responses)(?:\/([\w-]+))?$/;
const modelPaths = /^(?:\/.*?)?\/models(?:\/(.+))?$/;

const limits = { requests: 10_000, tokens: 2_000_000 };

/** One server's OpenAI API. */
export class OpenAi {
  readonly #state: ServerState;
  readonly #apiKey: string | undefined;
  readonly #cache = new PromptCache();
  readonly #store = new ResponseStore();

  constructor(state: ServerState, apiKey: string | undefined) {
    this.#state = state;
    this.#apiKey = apiKey;
  }

  /** Whether no other API has this path. */
  owns(path: string): boolean {
    return ownPaths.test(path);
  }

  async answer(incoming: Incoming): Promise<void> {
    const { req, res, method, path, body } = incoming;
    const requestId = newId('req');
    setCommonHeaders(incoming, requestId);
    const [, endpoint, id] = ownPaths.exec(path) ?? [];
    if (endpoint === 'responses' && req.headers.upgrade !== undefined) {
      // Clients that would rather have a WebSocket then send POST.
      res.writeHead(426, { 'content-type': 'text/plain' });
      res.end('[rehearsal] Upgrade Required: there are no WebSockets here\n');
      return;
    }
    const refuse = (error: ApiError): void => {
      sendJson(res, errorJson(error), error.status, retryHeaders(error.status));
    };
    const refused = keyProblem(bearerOf(req), this.#apiKey) ?? (typeof body === 'string' ? undefined : body);
    if (refused !== undefined) return refuse(refused);

    const name = modelPaths.exec(path);
    if (endpoint !== undefined && id === undefined) {
      if (method !== 'POST') return refuse(methodNotSupported(method, path));
      return this.#answerCall(endpoint, parseJson(String(body)), { requestId, res }, refuse);
    }
    const counts = endpoint === 'responses' && id === 'input_tokens' && method === 'POST';
    const found = counts
      ? this.#counted(parseJson(String(body)))
      : endpoint === 'responses' && id !== undefined
        ? this.#stored(method, path, id)
        : name !== null
          ? modelsJson(method, path, name[1])
          : { ...invalid(`Invalid URL (${method} ${path})`), status: 404 };
    return typeof found === 'string' ? sendJson(res, found) : refuse(found);
  }

  async #answerCall(
    endpoint: string,
    body: unknown,
    head: Omit<Asked, 'stream'>,
    refuse: (error: ApiError) => void,
  ): Promise<void> {
    if (endpoint === 'embeddings') {
      const call = readEmbeddings(body);
      if ('status' in call) return refuse(call);
      return serveEmbeddings(this.#state, call, { ...head, stream: false });
    }
    if (endpoint === 'responses') {
      const call = this.#readResponses(body);
      if ('status' in call) return refuse(call);
      const asked = { ...head, stream: call.stream };
      return serveResponse(this.#state, call, asked, this.#store, () => this.#count(call));
    }
    const model = chatModel(body);
    if ('status' in model) return refuse(model);
    const call = readChat(body as JsonObject, model);
    return serveChat(this.#state, call, { ...head, stream: call.stream }, () => this.#count(call));
  }

  #readResponses(body: unknown): ResponsesCall | ApiError {
    const model = responsesModel(body);
    if ('status' in model) return model;
    const request = body as JsonObject;
    const items = allItems(request, this.#store);
    return 'status' in items ? items : readResponses(request, model, items);
  }

  /** The answer to `POST /v1/responses/input_tokens`: it costs nothing, and caches nothing. */
  #counted(body: unknown): string | ApiError {
    const call = this.#readResponses(body);
    if ('status' in call) return call;
    const tokens = Math.max(1, tokensOf(call.prompt.length));
    return JSON.stringify({ object: 'response.input_tokens', input_tokens: tokens });
  }

  #count({ model, prompt, cache }: Call): InputTokens {
    return this.#cache.use(model, prompt, cache, Date.now());
  }

  /** The answer to `GET` and `DELETE /v1/responses/{id}`. */
  #stored(method: string, path: string, id: string): string | ApiError {
    if (method !== 'GET' && method !== 'DELETE') return methodNotSupported(method, path);
    const stored = this.#store.find(id);
    if (stored === undefined) return { ...invalid(`Response with id '${id}' not found.`), status: 404 };
    if (method === 'GET') return stored.json;
    this.#store.delete(id);
    return JSON.stringify({ id, object: 'response', deleted: true });
  }
}

/** The answer to `GET /v1/models`, or for one of them. */
function modelsJson(method: string, path: string, name: string | undefined): string | ApiError {
  if (method !== 'GET') return methodNotSupported(method, path);
  if (name === undefined) return JSON.stringify(modelList());
  const model = findModel(name);
  if (model !== undefined) return JSON.stringify(modelInfo(model, name));
  const message = `The model '${name}' does not exist`;
  return { status: 404, type: 'invalid_request_error', message, param: 'model', code: 'model_not_found' };
}

const methodNotSupported = (method: string, path: string): ApiError => ({
  status: 405,
  type: 'invalid_request_error',
  message: `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
  code: 'method_not_supported',
});

function keyProblem(given: string | undefined, apiKey: string | undefined): ApiError | undefined {
  if (apiKey === undefined || given === apiKey) return undefined;
  const error = { status: 401, type: 'invalid_request_error' };
  if (given !== undefined) {
    return { ...error, message: 'Incorrect API key provided. [rehearsal]', code: 'invalid_api_key' };
  }
  const message =
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
  return { ...error, message };
}

/** Headers that every reply of the API carries. Nothing is limited here, so the limits always look unused. */
function setCommonHeaders({ res }: Incoming, requestId: string): void {
  res.setHeader('x-request-id', requestId);
  res.setHeader('openai-organization', 'rehearsal');
  res.setHeader('openai-version', '2020-10-01');
  res.setHeader('openai-processing-ms', '1');
  for (const [name, limit] of Object.entries(limits)) {
    res.setHeader(`x-ratelimit-limit-${name}`, limit);
    res.setHeader(`x-ratelimit-remaining-${name}`, limit);
    res.setHeader(`x-ratelimit-reset-${name}`, '0s');
  }
}
