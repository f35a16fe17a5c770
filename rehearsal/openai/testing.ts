/** For tests: asks a rehearsal over HTTP, and takes apart what it says. */
import { isObject, type JsonObject } from '../json.ts';
import type { Rehearsal } from '../server.ts';

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** False if the connection broke before its end. */
  readonly whole: boolean;
};

/** Sends a body, an object or raw text, to a path behind /v1; nothing is thrown, whatever comes. */
export async function ask(
  { url }: Pick<Rehearsal, 'url'>,
  path: string,
  body?: object | string,
  options: RequestInit = {},
): Promise<Answered> {
  const reply = await fetch(`${url}/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...options,
  });
  const { status, headers } = reply;
  let text = '';
  try {
    for await (const chunk of reply.body ?? []) text += Buffer.from(chunk).toString('latin1');
    return { status, headers, text: Buffer.from(text, 'latin1').toString(), whole: true };
  } catch {
    return { status, headers, text: Buffer.from(text, 'latin1').toString(), whole: false };
  }
}

/** Anything in JSON, by its path: `at(body, 'choices', 0, 'delta')`; undefined where nothing is. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner.at(Number(step));
    return isObject(inner) ? inner[String(step)] : undefined;
  }, value);
}

/** The data of each event of a stream that is JSON. */
export function dataOf(sse: string): JsonObject[] {
  return [...sse.matchAll(/^data: (\{.*\})$/gm)].map(([, data = '']) => JSON.parse(data));
}

/** The message of an error, and what else it says. */
export function errorOf({ status, text }: Answered): unknown[] {
  const { message, type, param, code } = at(JSON.parse(text), 'error') as JsonObject;
  return [status, message, type, param, code];
}
