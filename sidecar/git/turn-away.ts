/** A refusal by its status and as plain text, which git shows for the first request of each operation. */
import type { ServerResponse } from 'node:http';
import { GIT_REFUSALS, type GitRefusal, gitSentence } from '../../core/git/refusals.ts';

export function turnAway(response: ServerResponse, refused: GitRefusal): void {
  const body = `tollgate: ${gitSentence(refused)}\n`;
  response.writeHead(GIT_REFUSALS[refused.code].status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(body);
}
