/** Why a request at the git route goes nowhere, or came to nothing. Codes are stable: the audit log has them. */

interface Entry {
  readonly status: number;
  /** {names} are filled in. */
  readonly sentence: string;
}

export const GIT_REFUSALS = {
  unknown_path: {
    status: 404,
    sentence:
      "The git route knows git's smart protocol and nothing else: http://127.0.0.1:4141/git/NAME is a remote for clone, fetch and push.",
  },
  dumb: {
    status: 404,
    sentence:
      "The git route knows git's smart protocol alone; a client that asks for files one by one is not served.",
  },
  lfs: {
    status: 404,
    sentence: 'The git route carries no Git LFS. Set GIT_LFS_SKIP_SMUDGE=1 to fetch without large files.',
  },
  method: { status: 405, sentence: 'The git route takes {wanted} here, not {method}.' },
  foreign: { status: 403, sentence: 'The git route is for programs of this pod, and for no web page.' },
  no_repository_in_work: {
    status: 404,
    sentence:
      "The agent's phase has no repository: setup fetches what work needs, and teardown pushes what it leaves.",
  },
  unknown_repository: {
    status: 404,
    sentence: 'There is no repository {name} in spec.git of the AgentRunner. {known}',
  },
  busy: { status: 429, sentence: '{most} git requests are running, which is all that may. Try again.' },
  closing: { status: 503, sentence: 'The sidecar is being stopped.' },
  encoding: { status: 415, sentence: 'The body has to be {type}, plain or gzip.' },
  malformed: { status: 400, sentence: 'The request is not as git makes it: {why}.' },
  too_large: { status: 413, sentence: 'It is larger than {bytes} bytes.' },
  slow: { status: 408, sentence: 'Nothing came for {ms} ms.' },
  gone: { status: 499, sentence: 'The client broke it off.' },
  time: { status: 504, sentence: 'It took longer than {ms} ms.' },
  push_not_here: {
    status: 403,
    sentence: 'Nothing is pushed in the phase {phase}: teardown pushes what work leaves.',
  },
  push_not_allowed: {
    status: 403,
    sentence: 'Repository {name} is only read. spec.git[].push.branches of the AgentRunner opens branches.',
  },
  branch: { status: 403, sentence: '{ref} is not among the branches that may be pushed: {branches}' },
  not_a_branch: { status: 403, sentence: '{ref} is no branch. Only refs/heads/… is pushed, and no tags' },
  delete: { status: 403, sentence: '{ref} would be deleted. Branches are only written' },
  twice: { status: 403, sentence: '{ref} is named twice' },
  with_others: { status: 403, sentence: 'nothing was pushed, since another ref of the same push is refused' },
  push_refused: { status: 403, sentence: 'Nothing was pushed: {why}.' },
  signed_push: { status: 403, sentence: 'Pushes with a certificate (--signed) are not carried.' },
  push_options: { status: 403, sentence: 'Push options (-o) are not carried: servers act on them.' },
  credential_missing: {
    status: 403,
    sentence:
      'The credential of repository {name} is not there: the Secret {secret} of this namespace has no key {key}, or nothing in it.',
  },
  credential_form: {
    status: 403,
    sentence:
      'The credential of repository {name} is not one line of printable text: token, or user:token, in key {key} of the Secret {secret}.',
  },
  unrecorded: { status: 503, sentence: 'It could not be recorded, so it was not done: {why}.' },
  gateway_refused: { status: 403, sentence: 'The egress gateway does not open {host}: {why}' },
  unreachable: { status: 502, sentence: '{host} can not be reached through the egress gateway ({why}).' },
  certificate: {
    status: 502,
    sentence:
      'The certificate of {host} is not to be believed ({why}). Hosts of your own are believed with trust.extraCertificates of the chart.',
  },
  credential_refused: {
    status: 403,
    sentence:
      '{host} answers {status}: it does not take {credential} for repository {name}, or not for this.',
  },
  not_found: {
    status: 404,
    sentence: '{host} has no repository at the URL of {name}, or does not show it to {credential}.',
  },
  redirected: {
    status: 502,
    sentence:
      '{host} answers that the repository is at {location}. Write that into spec.git[].url if it is right.',
  },
  upstream_status: { status: 502, sentence: '{host} answers {status}.' },
  not_smart: {
    status: 502,
    sentence: '{host} answers with {type}, not as a git server: look at the URL of repository {name}.',
  },
  broken: {
    status: 502,
    sentence:
      'The connection to {host} broke ({why}). Of a push it is not known then whether it was taken: look at the branch.',
  },
} as const satisfies Record<string, Entry>;

export type GitCode = keyof typeof GIT_REFUSALS;

export interface GitRefusal {
  readonly code: GitCode;
  /** Never of a credential. */
  readonly params: Readonly<Record<string, string>>;
}

export function gitRefusal(code: GitCode, params: Record<string, string> = {}): GitRefusal {
  return { code, params };
}

/** @returns what happened and what to do, in one line */
export function gitSentence({ code, params }: GitRefusal): string {
  const text = GIT_REFUSALS[code].sentence.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '?');
  return printable(text);
}

/** What others wrote must not end a line of the protocol, nor steer a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u{a0}-\u{10ffff}]+/gu, ' ').slice(0, 1_000);
}
