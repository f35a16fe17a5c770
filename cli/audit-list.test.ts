import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whatBecameOf } from './audit-list.ts';

const nothing = {
  status: 'closed',
  code: null,
  observed: [],
  toolCalls: 0,
  deniedCalls: 0,
  faults: [],
} as const;
const said = (what: Partial<Parameters<typeof whatBecameOf>[0]>) => whatBecameOf({ ...nothing, ...what });

describe('what became of an exchange', () => {
  it('is said in words, all of it', () => {
    for (const [what, words] of [
      [{}, 'allowed'],
      [{ toolCalls: 2 }, 'allowed'],
      [{ status: 'running' }, 'running'],
      [{ status: 'incomplete' }, 'incomplete'],
      [{ code: 'budget_spent' }, 'budget_spent'],
      [{ toolCalls: 1, deniedCalls: 1 }, '1 of 1 tool call denied'],
      [{ toolCalls: 3, deniedCalls: 2 }, '2 of 3 tool calls denied'],
      [{ faults: ['upstream_404'] }, 'provider said 404'],
      [{ faults: ['client_gone'] }, 'allowed'],
      [{ observed: ['model_not_allowed'] }, 'allowed; not enforced: model_not_allowed'],
      [
        { code: 'reply_cut', toolCalls: 1, deniedCalls: 1, observed: ['local/a/b', 'tool_not_allowed'] },
        'reply_cut, 1 of 1 tool call denied; not enforced: local/a/b, tool_not_allowed',
      ],
    ] as const)
      assert.equal(said(what), words);
  });
});
