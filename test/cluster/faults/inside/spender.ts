/**
 * An agent that spends what it can: after SIGUSR2 it makes CONCURRENT calls at a time, each of another size, until each
 * of its hands was refused twice in a row. One line for each call, then `done`.
 */
const { CONCURRENT = '64', ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key = '' } = process.env;
const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key };

let made = 0;
async function call(): Promise<boolean> {
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
    return answer.status === 200;
  } catch (error) {
    console.log(JSON.stringify({ n, status: 0, error: String(error) }));
    return false;
  }
}

async function hand(): Promise<void> {
  for (let refused = 0; refused < 2; ) refused = (await call()) ? 0 : refused + 1;
}

const waiting = setInterval(() => {}, 1e6);
console.log(JSON.stringify({ state: 'waiting' }));
process.once('SIGUSR2', async () => {
  await Promise.all(Array.from({ length: Number(CONCURRENT) }, hand));
  console.log(JSON.stringify({ state: 'done' }));
  clearInterval(waiting);
  setInterval(() => {}, 1e6);
});
