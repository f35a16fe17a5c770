/** YAML text → documents that know on which line each of their fields stands. */
import { isMap, isNode, isScalar, LineCounter, type Pair, parseAllDocuments } from 'yaml';
import { formatPath, type PolicyProblem } from './problem.ts';

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

export interface ManifestDocument {
  readonly file: string;
  readonly value: unknown;
  /** @returns the line of the field at this path, or of the nearest thing above it */
  lineOf(path: readonly (string | number)[]): number;
  problem(path: readonly (string | number)[], message: string, fix?: string): PolicyProblem;
}

/** Policies are small; a larger file is a mistake, and reading it would hold up every reload. */
const MOST_CHARACTERS = 1_000_000;

/** @returns the documents of a file, without empty ones, and what is wrong with its YAML */
export function readDocuments(file: PolicyFile): {
  documents: ManifestDocument[];
  problems: PolicyProblem[];
} {
  if (file.text.length > MOST_CHARACTERS) {
    const message = `the file is larger than ${MOST_CHARACTERS} characters`;
    return { documents: [], problems: [{ file: file.path, line: 1, field: '', message }] };
  }
  const lines = new LineCounter();
  const documents: ManifestDocument[] = [];
  const problems: PolicyProblem[] = [];
  const parsed = parseAllDocuments(file.text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const faults = [...document.errors, ...document.warnings];
    for (const fault of faults) {
      const line = lines.linePos(fault.pos[0]).line;
      problems.push({ file: file.path, line, field: '', message: `not valid YAML: ${fault.message}` });
    }
    if (faults.length > 0) continue;
    const lineOf = (path: readonly (string | number)[]): number =>
      lines.linePos(offsetOf(document.contents, path)).line;
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 20 });
      // An anchor may stand inside what it names: that has no end, and no API server takes it.
      JSON.stringify(value);
    } catch (error) {
      const why = error instanceof ReferenceError ? error.message : 'an alias names what it stands in';
      const message = `not valid YAML: ${why}`;
      problems.push({ file: file.path, line: lineOf([]), field: '', message });
      continue;
    }
    if (value === null || value === undefined) continue;
    documents.push({
      file: file.path,
      value,
      lineOf,
      problem: (path, message, fix) => ({
        file: file.path,
        line: lineOf(path),
        field: formatPath(path),
        message,
        ...(fix === undefined ? {} : { fix }),
      }),
    });
  }
  return { documents, problems };
}

/** Walks down as far as the path leads; a key's own place is better than its value's, which may be a line below. */
function offsetOf(root: unknown, path: readonly (string | number)[]): number {
  let node: unknown = root;
  let offset = isNode(root) && root.range ? root.range[0] : 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item: Pair) => isScalar(item.key) && item.key.value === step);
      if (!pair) break;
      if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
      continue;
    }
    const items: unknown = isNode(node) && 'items' in node ? node.items : undefined;
    const item: unknown = Array.isArray(items) && typeof step === 'number' ? items[step] : undefined;
    if (!isNode(item)) break;
    if (item.range) offset = item.range[0];
    node = item;
  }
  return offset;
}
