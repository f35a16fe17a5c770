/**
 * An agent that spends what it can: after SIGUSR2 it makes CONCURRENT calls at a time, each of another size, until each
 * of its hands is told that the budget is spent. One line for each call, then `done`.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const { CONCURRENT = '64', ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key = '' } = process.env;
const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };

let made = 0;
async function call(): Promise<'answered' | 'refused' | 'spent'> {
  const n = made++;
  const content = `/tokens ${20 + ((n * 37) % 80)}\ncall ${n}`;
  const body = JSON.stringify({
    model: 'claude-sonnet-5',
    max_tokens: 200,
    messages: [{ role: 'user', content }],
  });
  try {
    const answer = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body });
    const { id, error } = (await answer.json()) as { id?: string; error?: { message?: string } };
    const exchange = answer.headers.get('x-tollgate-request-id');
    console.log(JSON.stringify({ n, status: answer.status, id, exchange, error: error?.message }));
    if (answer.ok) return 'answered';
    return error?.message?.includes('(budget_spent,') ? 'spent' : 'refused';
  } catch (error) {
    console.log(JSON.stringify({ n, status: 0, error: String(error) }));
    return 'refused';
  }
}

async function hand(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const came = await call();
    if (came === 'spent') return;
    // What is only reserved, or only away, is asked for again, as clients do: not at once.
    if (came === 'refused') await sleep(5_000);
  }
}

const waiting = setInterval(() => {}, 1e6);
console.log(JSON.stringify({ state: 'waiting' }));
process.once('SIGUSR2', async () => {
  await Promise.all(Array.from({ length: Number(CONCURRENT) }, hand));
  console.log(JSON.stringify({ state: 'done' }));
  clearInterval(waiting);
  setInterval(() => {}, 1e6);
});
