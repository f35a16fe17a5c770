/** The key of a Secret → the credential of HTTP Basic (RFC 7617): `token`, or `user:token`. */

/** GitHub's name for the user of a token; GitLab, Gitea and others take any. */
const USER = 'x-access-token';

/** @returns the value of the header Authorization; undefined when it is not one line of printable ASCII */
export function basicCredential(text: string): string | undefined {
  const said = text.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(said) || said.startsWith(':') || said.endsWith(':')) return undefined;
  const pair = said.includes(':') ? said : `${USER}:${said}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
