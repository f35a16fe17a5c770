/** Years of certificates, and processes that end in the middle of it: nobody distrusts anybody at any moment. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRight, certificatesOf, DAY, HOUR, SERVERS, TIMES, World } from './testing-world.ts';

const authorityOf = (world: World) => certificatesOf(world.secret('tollgate-ca')['ca.crt'] ?? '')[0]?.subject;

/** From the installation until one authority has followed another. */
async function untilRotated(world: World, step: () => Promise<void>): Promise<void> {
  await step();
  const first = authorityOf(world);
  for (let n = 0; n < 200 && (authorityOf(world) === first || world.rotates || first === undefined); n++)
    await step();
  assert.notEqual(authorityOf(world), first);
  assert.deepEqual(world.counts(), [1, 1, 1, 1]);
}

describe('certificates over a long time', { timeout: 1_500_000 }, () => {
  it('are renewed, and their authorities too, while everybody trusts everybody', async (t) => {
    const world = await World.start(t);
    await world.settled();
    const authorities = new Set<string | undefined>();
    const leaves = new Set<string>();
    let most = 0;
    for (let n = 0; n < 220; n++) {
      await world.pass(world.rotates ? HOUR / 5 : DAY / 2);
      authorities.add(authorityOf(world));
      for (const server of SERVERS) leaves.add(world.secret(`tollgate-${server}-tls`)['tls.crt'] ?? '');
      most = Math.max(most, ...world.counts());
    }
    assertRight(world);
    const days = (world.now - Date.UTC(2026, 0, 1)) / DAY;
    assert.ok(
      authorities.size >= Math.floor((days * DAY) / TIMES.authorityMs / (2 / 3)),
      `${authorities.size} in ${days} d`,
    );
    assert.ok(authorities.size <= 5 && leaves.size <= 3 * (days / 5), `${authorities.size}, ${leaves.size}`);
    assert.equal(most, 2, 'the one before leaves the bundles');
  });

  it('are gone on with by another process after each single write', async (t) => {
    const whole = await World.start(t);
    await untilRotated(whole, () => whole.pass(HOUR / 2 + (whole.rotates ? 0 : 2.5 * DAY)));
    assertRight(whole);
    await whole.end();
    assert.ok(whole.writes > 20, `${whole.writes}`);
    for (let crashAt = 1; crashAt <= whole.writes; crashAt++) {
      const world = await World.start({ after: (end) => t.after(end) });
      world.crashAt = crashAt;
      await untilRotated(world, async () => {
        await world.pass(HOUR / 2 + (world.rotates ? 0 : 2.5 * DAY));
        if (world.writes < world.crashAt) return;
        await world.end();
        world.crashAt = Number.POSITIVE_INFINITY;
        await world.begin();
        await world.settled();
      });
      assertRight(world);
      await world.end();
    }
  });
});
