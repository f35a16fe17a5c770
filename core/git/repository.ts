/**
 * Repositories that a pod reaches through its sidecar's git route. The operator writes them on the pods of setup and
 * teardown, admission hands them to the sidecar, and nobody changes them while the pod is there: a credential goes to the
 * very URL that it was mounted for.
 */

export interface GitRepository {
  /** The last part of its address at the sidecar. */
  readonly name: string;
  /** https, without user name and query. */
  readonly url: string;
  /** Where its credential is from; absent: it is asked without one. */
  readonly secret?: { readonly name: string; readonly key: string };
  /** Patterns of the branches that may be pushed; none: nothing is. */
  readonly branches: readonly string[];
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** As the CRD has it. */
const URL_FORM = /^https:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._~-]+)+\/?$/;

/**
 * @param text JSON
 * @throws Error with what is wrong
 */
export function readRepositories(text: string): GitRepository[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('repositories have to be a list');
  const read = value.map(readRepository);
  if (new Set(read.map(({ name }) => name)).size < read.length)
    throw new Error('two repositories have the same name');
  return read;
}

function readRepository(value: unknown): GitRepository {
  const { name, url, secret, branches } = fields(value);
  if (typeof name !== 'string' || !NAME.test(name)) throw new Error('a repository has no good name');
  if (typeof url !== 'string' || !URL_FORM.test(url) || !URL.canParse(url))
    throw new Error(`the URL of repository ${name} is not https://host/path`);
  if (!Array.isArray(branches) || branches.some((one) => typeof one !== 'string'))
    throw new Error(`the branches of repository ${name} are no list of patterns`);
  if (secret === undefined) return { name, url, branches };
  const { name: of, key } = fields(secret);
  if (typeof of !== 'string' || typeof key !== 'string')
    throw new Error(`the Secret of repository ${name} has no name and key`);
  return { name, url, branches, secret: { name: of, key } };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
