/**
 * What a git client asks for (gitprotocol-http): three requests, and nothing else is known here.
 *
 *   GET  /git/NAME/info/refs?service=S    what S has
 *   POST /git/NAME/S                      S is git-upload-pack (fetch) or git-receive-pack (push)
 */
import { type GitRefusal, gitRefusal } from './refusals.ts';

export const ROUTE = '/git/';

export const SERVICES = ['git-upload-pack', 'git-receive-pack'] as const;
export type Service = (typeof SERVICES)[number];

export interface GitAsk {
  readonly repository: string;
  readonly service: Service;
  readonly step: 'refs' | 'exchange';
}

const FORM =
  /^\/git\/([a-z0-9-]{1,63})\/(?:info\/refs\?service=(git-upload-pack|git-receive-pack)|(git-upload-pack|git-receive-pack))$/;

/** @param url as it stands in the request line: nothing in it is decoded */
export function readAsk(method: string, url: string): GitAsk | GitRefusal {
  const [, repository, listed, posted] = FORM.exec(url) ?? [];
  if (repository === undefined) return unknown(url);
  const step = listed === undefined ? 'exchange' : 'refs';
  const wanted = step === 'refs' ? 'GET' : 'POST';
  if (method !== wanted) return gitRefusal('method', { method: method.slice(0, 20), wanted });
  return { repository, service: (listed ?? posted) as Service, step };
}

function unknown(url: string): GitRefusal {
  if (/\/info\/lfs(\/|$|\?)/.test(url)) return gitRefusal('lfs');
  if (/^\/git\/[a-z0-9-]{1,63}\/(info\/refs$|HEAD|objects\/)/.test(url)) return gitRefusal('dumb');
  return gitRefusal('unknown_path');
}

/** @returns the media type of a request's body */
export function requestType(service: Service): string {
  return `application/x-${service}-request`;
}

/** @returns the media type that the answer has to have */
export function answerType({ service, step }: Pick<GitAsk, 'service' | 'step'>): string {
  return `application/x-${service}-${step === 'refs' ? 'advertisement' : 'result'}`;
}
