/** Whether a server's answer is one that git gets to see. */
import { answerType, type GitAsk } from './ask.ts';
import { type GitRefusal, gitRefusal } from './refusals.ts';
import type { GitRepository } from './repository.ts';

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** @returns undefined when its body passes as it is */
export function judgeAnswer(
  { status, headers }: AnswerHead,
  ask: Pick<GitAsk, 'service' | 'step'>,
  { name, url, secret }: GitRepository,
): GitRefusal | undefined {
  const { host } = new URL(url);
  const credential = secret === undefined ? 'a request without a credential' : `the Secret ${secret.name}`;
  if (status === 401 || status === 403)
    return gitRefusal('credential_refused', { host, name, credential, status: String(status) });
  if (status === 404 || status === 410) return gitRefusal('not_found', { host, name, credential });
  if (status >= 300 && status < 400)
    return gitRefusal('redirected', { host, location: placeOf(headers.location, url) });
  if (status !== 200) return gitRefusal('upstream_status', { host, status: String(status) });
  const type = String(headers['content-type'] ?? 'no type');
  const encoding = headers['content-encoding'];
  if (type.toLowerCase() !== answerType(ask) || (encoding !== undefined && encoding !== 'identity'))
    return gitRefusal('not_smart', { host, name, type: type.slice(0, 80) });
  return undefined;
}

/** Without the query, where a server may put a secret, and without what git added to the address. */
function placeOf(location: string | string[] | undefined, base: string): string {
  if (typeof location !== 'string' || !URL.canParse(location, base)) return 'another place';
  const { protocol, host, pathname } = new URL(location, base);
  return `${protocol}//${host}${pathname.replace(/\/(info\/refs|git-(upload|receive)-pack)$/, '')}`;
}
