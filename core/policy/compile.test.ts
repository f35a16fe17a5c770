import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { budget, profile, snapshotOf } from './testing.ts';
import { TIERS } from './tiers.ts';

describe('a budget', () => {
  const limits = [
    { name: 'a', window: 'day', usd: '0.50' },
    { name: 'b', per: 'cluster', window: 'month', tokens: 7, atLimit: 'warn' },
    { name: 'c', per: 'session', window: 'lifetime', requests: 0 },
    { name: 'd', per: 'namespace', window: 'request', usd: 3 },
  ];
  const rates = [
    { name: 'r', requestsPerMinute: 1, tokensPerMinute: 2, concurrent: 3 },
    { name: 's', per: 'session', concurrent: 1 },
  ];

  it('becomes limits in whole units and rates, with the names of their counts', () => {
    const [compiled] = snapshotOf([
      budget({ limits, rates, timeZone: 'Europe/Berlin', onDisconnect: 'cancel', minOutputTokens: 5 }),
    ]).budgets;
    const shared = { timeZone: 'Europe/Berlin' };
    assert.deepEqual(compiled, {
      name: 'local/x',
      enforce: true,
      limits: [
        {
          ...shared,
          id: 'local/x/a',
          per: 'workload',
          window: 'day',
          unit: 'usd',
          amount: 5e8,
          refuse: true,
          warns: { amount: 5e8, percents: [50, 80, 95], send: false },
        },
        {
          ...shared,
          id: 'local/x/b',
          per: 'cluster',
          window: 'month',
          unit: 'tokens',
          amount: 7,
          refuse: false,
          warns: { amount: 7, percents: [50, 80, 95], send: false },
        },
        {
          ...shared,
          id: 'local/x/c',
          per: 'session',
          window: 'lifetime',
          unit: 'requests',
          amount: 0,
          refuse: true,
          warns: { amount: 0, percents: [50, 80, 95], send: false },
        },
        {
          ...shared,
          id: 'local/x/d',
          per: 'namespace',
          window: 'request',
          unit: 'usd',
          amount: 3e9,
          refuse: true,
        },
      ],
      rates: [
        {
          id: 'local/x/r',
          per: 'workload',
          requestsPerMinute: 1,
          tokensPerMinute: 2,
          concurrent: 3,
          refuse: true,
        },
        { id: 'local/x/s', per: 'session', concurrent: 1, refuse: true },
      ],
      minOutputTokens: 5,
      onDisconnect: 'cancel',
    });
  });

  it('warns of what is counted, at its percents in their order, and knows where to tell it', () => {
    const url = 'https://hooks.example.com/x';
    const [compiled] = snapshotOf([budget({ limits, warnings: { at: [90, 5], webhook: { url } } })]).budgets;
    assert.deepEqual(
      compiled?.limits.map(({ warns }) => warns && [warns.percents, warns.send]),
      [[[5, 90], true], [[5, 90], true], [[5, 90], true], undefined],
      'a limit per request counts nothing',
    );
    const secretEnv = 'TOLLGATE_WEBHOOK_SECRET';
    assert.deepEqual(compiled?.webhook, { url, secretEnv, privateAddresses: false });
    const own = { url: 'http://127.0.0.1/', secretEnv: 'S', privateAddresses: true };
    assert.deepEqual(snapshotOf([budget({ limits, warnings: { webhook: own } })]).budgets[0]?.webhook, own);
    const [quiet] = snapshotOf([budget({ limits, warnings: { at: [] } })]).budgets;
    assert.deepEqual(quiet?.limits[0]?.warns?.percents, []);
  });

  it('that is not enforced refuses in none of them', () => {
    const [compiled] = snapshotOf([budget({ enforce: false, limits, rates })]).budgets;
    assert.ok(compiled && !compiled.enforce);
    assert.ok([...compiled.limits, ...compiled.rates].every(({ refuse }) => !refuse));
  });
});

describe('a profile', () => {
  const compiled = (spec: object) => {
    const [one] = snapshotOf([profile(spec)]).profiles;
    assert.ok(one);
    return one;
  };

  it('has its tier’s defaults, and its own fields in their place', () => {
    for (const tier of ['locked', 'web_automation', 'full_vm_tools'] as const) {
      const { classes, unknownFields } = compiled({ tier });
      assert.deepEqual([[...classes], unknownFields], [[...TIERS[tier].classes], TIERS[tier].unknownFields]);
    }
    const own = compiled({ tier: 'full_vm_tools', tools: { classes: ['search'] }, unknownFields: 'refuse' });
    assert.deepEqual([[...own.classes], own.unknownFields], [['search'], 'refuse']);
    assert.deepEqual([...compiled({ tier: 'full_vm_tools', tools: { classes: [] } }).classes], []);
  });

  it('reaches as far as each tier says', () => {
    const network = { setup: 'allowlist', work: 'allowlist', teardown: 'allowlist' };
    assert.deepEqual(TIERS, {
      locked: {
        classes: ['read', 'search'],
        unknownFields: 'refuse',
        network: { ...network, work: 'local' },
      },
      web_automation: { classes: ['read', 'search', 'browse'], unknownFields: 'refuse', network },
      full_vm_tools: {
        classes: ['read', 'search', 'browse', 'write', 'shell', 'install'],
        unknownFields: 'record',
        network,
      },
    });
    for (const { classes } of Object.values(TIERS)) assert.ok(!classes.includes('other'));
  });

  it('says what it keeps, and whether it is enforced', () => {
    const { name, enforce, content, unknownBetas, defaultOutputTokens } = compiled({
      enforce: false,
      audit: { content: 'full' },
      unknownBetas: 'refuse',
    });
    assert.deepEqual(
      [name, enforce, content, unknownBetas, defaultOutputTokens],
      ['x', false, 'full', 'refuse', 16_384],
    );
    assert.equal(compiled({}).content, 'none');
  });
});
