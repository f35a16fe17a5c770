/** For tests: pushes as git writes them, and as it never would. */
import { FLUSH_LINE, pktLine } from './pkt-line.ts';

export const ZERO = '0'.repeat(40);
export const OLD = 'a'.repeat(40);
export const NEW = 'b'.repeat(40);
/** What git 2.39 sends. */
export const CAPABILITIES = 'report-status-v2 side-band-64k quiet object-format=sha1';
export const PACK = Buffer.from('PACK\0\0\0\x02\0\0\0\0');

/** @param rest further commands, each with its old and new id */
export function push(ref: string, ...rest: readonly string[]): Buffer {
  return body([`${OLD} ${NEW} ${ref}\0 ${CAPABILITIES} agent=git/2.39.5`, ...rest]);
}

export function body(lines: readonly (string | Buffer)[], after: Buffer = PACK): Buffer {
  return Buffer.concat([...lines.map((line) => pktLine(line)), FLUSH_LINE, after]);
}
