/** What a path of the API names. */

export interface Target {
  /** "group/plural". */
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

export function targetOf(path: string): Target | undefined {
  const match =
    /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[^/]+))?)?$/.exec(
      path,
    );
  if (match?.groups === undefined) return undefined;
  const { group = '', namespace, plural = '', name, sub } = match.groups;
  return { collection: `${group}/${plural}`, namespace, name, subresource: sub };
}
