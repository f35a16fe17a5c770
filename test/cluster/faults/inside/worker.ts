/**
 * An agent that works on while everything around it breaks. Its calls are numbered: number FIRST + n is what it asks for at
 * most and what the provider bills as output, so that the bill, the audit log and this log can be laid side by side. All
 * the while it tries to open connections to TARGETS itself, which nobody may let it.
 *
 * CALLS: how many, then it ends; 0: without end. EVERY: ms between them.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { CALLS = '0', EVERY = '1000', FIRST = '100', TARGETS = '[]' } = process.env;
const { ANTHROPIC_BASE_URL: url = 'http://127.0.0.1:9', ANTHROPIC_API_KEY: key = '' } = process.env;
const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };
const say = (line: object) => console.log(JSON.stringify({ at: Date.now(), ...line }));

async function call(number: number): Promise<boolean> {
  const began = Date.now();
  const stream = number % 2 === 0;
  const messages = [
    { role: 'user', content: `/bill output=${number}\n/pace 40\n/tokens 40\ncall ${number}` },
  ];
  const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: number, stream, messages });
  try {
    const answer = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body });
    const text = await answer.text();
    const exchange = answer.headers.get('x-tollgate-request-id');
    const whole =
      answer.status === 200 && (stream ? text.includes('message_stop') : text.includes('"end_turn"'));
    const error = whole ? undefined : text.slice(0, 400);
    say({ number, status: answer.status, exchange, whole, ms: Date.now() - began, error });
    return whole;
  } catch (error) {
    const { message, cause } = error as Error;
    say({ number, status: 0, whole: false, ms: Date.now() - began, error: `${message} ${cause ?? ''}` });
    return false;
  }
}

/** @returns whether a connection came about */
function opens(target: string): Promise<boolean> {
  const [host = '', port = ''] = target.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) }, () => end(true));
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
  });
}

let ended = false;
let tried = 0;
async function tryOut(): Promise<void> {
  while (!ended) {
    for (const target of JSON.parse(TARGETS) as string[]) {
      if (await opens(target)) say({ open: target });
      tried++;
    }
    await sleep(250);
  }
}

const trying = tryOut();
say({ state: 'begun' });
for (let n = 0; CALLS === '0' || n < Number(CALLS); n++) {
  const number = Number(FIRST) + n;
  // As clients do it: what failed is asked for again.
  for (let again = 0; !(await call(number)) && again < 30; again++) await sleep(1_000);
  await sleep(Number(EVERY));
}
ended = true;
await trying;
say({ state: 'ended', tried });
