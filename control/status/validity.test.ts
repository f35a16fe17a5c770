import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOf } from './condition.ts';
import { policy } from './testing.ts';
import { judgeAll } from './validity.ts';

const BUDGET = { limits: [{ name: 'day', window: 'day', usd: 5 }] };
const routing = (provider: string) => ({ models: { routes: [{ model: 'gpt-*', provider }] } });

describe('whether a policy is valid', () => {
  it('is judged of each by itself, in order', () => {
    const judged = judgeAll([
      policy('BudgetPolicy', 'good', BUDGET),
      policy('BudgetPolicy', 'bad', { ...BUDGET, timeZone: 'Mars/Olympus' }),
      policy('Provider', 'groq', { url: 'https://api.groq.com', wires: ['openai-chat'] }),
      policy('ToolProfile', 'later', { fieldOfALaterRelease: 1 }),
      policy('ToolProfile', 'fine', {}),
    ]);
    assert.deepEqual(
      judged.map(({ reason, manifest }) => [reason, manifest?.metadata.name]),
      [
        ['Understood', 'good'],
        ['NotUnderstood', undefined],
        ['Understood', 'groq'],
        ['NotUnderstood', undefined],
        ['Understood', 'fine'],
      ],
    );
    assert.match(judged[1]?.message ?? '', /does not understand it: .*Mars\/Olympus/);
    assert.match(judged[3]?.message ?? '', /fieldOfALaterRelease/);
  });

  it('is not so of a profile that routes to a Provider that is not there, and is again when it is', () => {
    const profile = policy('ToolProfile', 'mine', routing('groq'));
    const provider = policy('Provider', 'groq', { url: 'https://api.groq.com', wires: ['openai-chat'] });
    const [lost] = judgeAll([profile]);
    assert.equal(lost?.reason, 'NoSuchProvider');
    assert.match(lost?.message ?? '', /routes gpt-\* to the Provider groq, and there is none/);
    assert.equal(judgeAll([profile, provider])[0]?.reason, 'Understood');
    // The built-in ones are there as long as nobody else speaks their wire.
    assert.equal(judgeAll([policy('ToolProfile', 'mine', routing('anthropic'))])[0]?.reason, 'Understood');
    const own = policy('Provider', 'proxy', { url: 'https://a.example', wires: ['anthropic-messages'] });
    const [gone] = judgeAll([policy('ToolProfile', 'mine', routing('anthropic')), own]);
    assert.equal(gone?.reason, 'NoSuchProvider');
  });

  it('is not so of a profile that asks for message contents where there is no key to keep them with', () => {
    const profile = policy('ToolProfile', 'mine', { audit: { content: 'full' } });
    const [lost, other] = judgeAll([profile, policy('ToolProfile', 'other', {})], false);
    assert.equal(lost?.reason, 'NoContentKey');
    assert.match(lost?.message ?? '', /calls of workloads that it is for are refused/);
    assert.equal(other?.reason, 'Understood');
    assert.equal(judgeAll([profile], true)[0]?.reason, 'Understood');
  });

  it('has a message that fits its field', () => {
    const names = Array.from({ length: 400 }, (_, i) => [`unknownField${i}`, 1]);
    const [judged] = judgeAll([policy('ToolProfile', 'bad', Object.fromEntries(names))]);
    assert.ok((judged?.message.length ?? 0) > 1_000 && (judged?.message.length ?? 0) <= 4_096);
  });
});

describe('a condition', () => {
  const said = { type: 'Valid', status: 'True', reason: 'Understood', message: 'x' } as const;
  const at = Date.UTC(2026, 10, 22, 12, 0, 0, 789);

  it('has the time since when its status is so, whatever else is said of it', () => {
    const first = conditionOf(said, [], at);
    assert.equal(first.lastTransitionTime, '2026-11-22T12:00:00Z');
    const later = conditionOf({ ...said, message: 'y' }, [first], at + 60_000);
    assert.deepEqual(later, { ...first, message: 'y' });
    const changed = conditionOf({ ...said, status: 'False' }, [first], at + 60_000);
    assert.equal(changed.lastTransitionTime, '2026-11-22T12:01:00Z');
    const other = conditionOf({ ...said, type: 'Ready' }, [first], at + 60_000);
    assert.equal(other.lastTransitionTime, '2026-11-22T12:01:00Z');
  });
});
