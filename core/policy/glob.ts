/** Patterns in which `*` stands for any characters, none included; everything else stands for itself. */
export type Glob = (text: string) => boolean;

/** @returns a matcher that takes time linear in pattern × text, never more: it does not backtrack over earlier stars */
export function compileGlob(pattern: string): Glob {
  const parts = pattern.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (text.length < first.length + last.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const part of parts) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** @returns whether one of the patterns matches */
export function anyGlob(patterns: readonly string[]): Glob {
  const globs = patterns.map(compileGlob);
  return (text) => globs.some((glob) => glob(text));
}
