/** An entry as `audit export` writes it. */

/**
 * @param stored as it is in the database, whatever has been done to it there
 * @returns `{"hash":…,"entry":…}` on one line; what is no JSON object any more goes out as what it is: a text
 */
export function exportLine({ text, hash }: { readonly text: string; readonly hash: string }): string {
  const isEntry = isObject(text) && !text.includes('\n');
  return `{"hash":${JSON.stringify(hash)},"entry":${isEntry ? text : JSON.stringify(text)}}`;
}

function isObject(text: string): boolean {
  try {
    const entry: unknown = JSON.parse(text);
    return typeof entry === 'object' && entry !== null;
  } catch {
    return false;
  }
}
