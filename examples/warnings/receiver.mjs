/**
 * Takes warnings of budgets, and says them. What a receiver has to do: look whether they are signed with the shared
 * secret, and just now; and drop what it has had, by its id.
 *
 *   TOLLGATE_WEBHOOK_SECRET=whsec_… node receiver.mjs [PORT]
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const FIVE_MINUTES = 300;
const port = Number(process.argv[2] ?? 8787);
const secret = Buffer.from((process.env.TOLLGATE_WEBHOOK_SECRET ?? '').replace(/^whsec_/, ''), 'base64');
if (secret.length < 24) throw new Error('set TOLLGATE_WEBHOOK_SECRET, to the same as for Tollgate');
const had = new Set();

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  const { id, data } = JSON.parse(body.toString());
  // It is told at least once: again where its sender could not know that we have it.
  if (!had.has(id)) {
    had.add(id);
    const unit = data.unit === 'usd' ? 'US dollars' : data.unit;
    console.log(
      `${data.percent} % of ${data.limit} is spent: ${data.spent} of ${data.amount} ${unit} (${data.scope})`,
    );
  }
  response.writeHead(204).end();
});
server.listen(port, '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}/budget`),
);

/** https://www.standardwebhooks.com/, "Verifying webhook authenticity" */
function isGenuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < FIVE_MINUTES)) return false;
  const mine = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((signature) => {
    const [version, base64 = ''] = signature.split(',');
    const theirs = Buffer.from(base64, 'base64');
    return version === 'v1' && theirs.length === mine.length && timingSafeEqual(theirs, mine);
  });
}
