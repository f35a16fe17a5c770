/** The example of warnings works as its comments say: its policy tells its receiver. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRehearsal } from '../rehearsal/server.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { policyText, profile, provider } from '../test/support/policies.ts';
import { sameDay } from '../test/support/same-day.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';
import { WEBHOOK_SECRET } from '../test/support/webhook-receiver.ts';

const folder = join(import.meta.dirname, 'warnings');
const policy = readFileSync(join(folder, 'budget.yaml'), 'utf8');

async function receiver(t: TestContext) {
  const child = spawn(process.execPath, [join(folder, 'receiver.mjs'), '0'], {
    env: { PATH: process.env.PATH, TOLLGATE_WEBHOOK_SECRET: WEBHOOK_SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const says = async (what: RegExp): Promise<string> => {
    for (const deadline = Date.now() + HANG_MS; !what.test(said); await sleep(5))
      assert.ok(Date.now() < deadline, said);
    return what.exec(said)?.[0] ?? '';
  };
  return { says, said: () => said, url: await says(/http:\/\/127\.0\.0\.1:\d+\/budget/) };
}

describe('examples/warnings', () => {
  it('tells its receiver what a budget has spent', async (t) => {
    const { says, said, url } = await receiver(t);
    const rehearsal = await startRehearsal({ paceMs: 0, apiKey: PROVIDER_KEY });
    t.after(() => rehearsal.close());
    const [, own = ''] = /^ +url: (\S+)$/m.exec(policy) ?? [];
    assert.equal(own, 'http://127.0.0.1:8787/budget');
    // One cent, so that two calls come a quarter of the way.
    const cheap = policy.replace(own, url).replace('usd: 10', 'usd: "0.01"');
    const others = policyText([profile({}), provider(rehearsal.url)]);
    const sidecar = await startTestSidecar(t, {
      policies: `${cheap}\n---\n${others}`,
      upstream: rehearsal.url,
      config: { environment: { ANTHROPIC_API_KEY: PROVIDER_KEY, TOLLGATE_WEBHOOK_SECRET: WEBHOOK_SECRET } },
    });
    await sameDay();
    for (let n = 0; n < 2; n++) await (await sidecar.ask('/tokens 300', { max_tokens: 1200 })).text();
    await says(/25 % of local\/watched\/per-day is spent: 0\.0\d+ of 0\.01 US dollars \(namespace:local\)/);
    await sidecar.assertWell();
    assert.equal(said().match(/25 %/g)?.length, 1);
  });

  it('has a receiver that takes nothing that is not signed, was signed long ago, or comes again', async (t) => {
    const { said, url } = await receiver(t);
    const data = { percent: 1, limit: 'l', spent: 1, amount: 2, unit: 'requests', scope: 's' };
    const body = JSON.stringify({ id: 'warning_1', data });
    const key = Buffer.from(WEBHOOK_SECRET.slice(6), 'base64');
    const now = Math.floor(Date.now() / 1000);
    const send = async (timestamp: number, changed = body) => {
      const mac = createHmac('sha256', key).update(`warning_1.${timestamp}.${body}`).digest('base64');
      const headers = {
        'webhook-id': 'warning_1',
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,bm90IHRoaXMgb25l v1,${mac}`,
      };
      return (await fetch(url, { method: 'POST', headers, body: changed })).status;
    };
    assert.equal(await send(now, body.replace('1', '2')), 401);
    assert.equal(await send(now - 301), 401);
    assert.equal((await fetch(url, { method: 'POST', body })).status, 401);
    assert.ok(!said().includes('is spent'));
    assert.deepEqual([await send(now), await send(now + 1)], [204, 204]);
    assert.equal(said().match(/1 % of l is spent: 1 of 2 requests/g)?.length, 1);
  });
});
