import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { describe, it } from 'node:test';
import type { Budget } from '../../core/policy/budget.ts';
import { WEBHOOK_SECRET } from '../../test/support/webhook-receiver.ts';
import { type Target, targetOf } from './target.ts';

const ENV = { SECRET: WEBHOOK_SECRET };

function targetFor(
  url: string,
  privateAddresses = false,
  env: Record<string, string> = ENV,
): Target | string {
  const webhook = { url, secretEnv: 'SECRET', privateAddresses };
  const budget: Budget = {
    name: 'local/team',
    enforce: true,
    limits: [],
    rates: [],
    minOutputTokens: 1,
    onDisconnect: 'drain',
    webhook,
  };
  return targetOf(budget, env) ?? 'none';
}

function addressesOf({ lookup, url }: Target): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(url.hostname, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses as LookupAddress[]);
    });
  });
}

describe('a webhook', () => {
  it('is told at a public address, or at a name', () => {
    for (const url of [
      'https://hooks.example.com/x?y=z',
      'https://1.1.1.1/x',
      'https://[2606:4700::1111]/',
    ]) {
      const target = targetFor(url);
      assert.ok(typeof target === 'object', String(target));
      assert.equal(target.url.href, url);
      assert.equal(target.secret.length, 32);
    }
  });

  it('is told at a private address only where the URL names it and the manifest says that this is meant', () => {
    const hosts = [
      '127.0.0.1',
      '10.1.2.3',
      '169.254.169.254',
      '[::1]',
      '[fd00::1]',
      '[::ffff:10.0.0.1]',
      'localhost',
      '0x7f.1',
    ];
    for (const host of hosts) {
      const refused = targetFor(`https://${host}/x`);
      assert.ok(
        typeof refused === 'string' && /is not a public address/.test(refused),
        `${host}: ${refused}`,
      );
      for (const scheme of ['http', 'https'])
        assert.equal(typeof targetFor(`${scheme}://${host}:9/x`, true), 'object', host);
    }
  });

  it('is told unencrypted at private addresses only', () => {
    assert.match(String(targetFor('http://hooks.example.com/', true)), /hooks.example.com is a name/);
    assert.match(String(targetFor('http://1.1.1.1/', true)), /1.1.1.1 is public/);
  });

  it('by a name is never at a private address, whatever the manifest says', async () => {
    const target = {
      ...(targetFor('https://hooks.example.com/', true) as Target),
      url: new URL('https://localhost/'),
    };
    await assert.rejects(addressesOf(target), /which is not public/);
  });

  it('at localhost is at this machine', async () => {
    const addresses = await addressesOf(targetFor('https://localhost/', true) as Target);
    assert.ok(addresses.length > 0);
    for (const { address } of addresses) assert.match(address, /^127\.|^::1$/);
  });

  it('is not told without a secret, or with one that is none; and the reason says what to do, not the secret', () => {
    assert.match(
      String(targetFor('https://a.example/', false, {})),
      /^BudgetPolicy local\/team: .*SECRET is not set.*openssl/,
    );
    const bad = targetFor('https://a.example/', false, { SECRET: 'hunter2' });
    assert.match(String(bad), /SECRET holds no signing secret.*24 to 64/);
    assert.doesNotMatch(String(bad), /hunter2/);
  });

  it('is not there where none is given', () => {
    const budget = { name: 'x', limits: [], rates: [] } as unknown as Budget;
    assert.equal(targetOf(budget, ENV), undefined);
  });
});
