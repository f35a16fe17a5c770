/** For tests: calls as they are made under some policies. */
import type { AgentKind } from '../agents/agent.ts';
import { claudeCode } from '../agents/claude-code.ts';
import { readJson } from '../json/read.ts';
import type { Payer } from '../ledger/checks.ts';
import { snapshotOf, WORKLOAD } from '../policy/testing.ts';
import { readRequest } from '../wire/anthropic-messages/request.ts';
import { endpoint } from '../wire/anthropic-messages/testing-requests.ts';
import type { RequestView } from '../wire/wire.ts';
import { type Call, resolve } from './call.ts';
import type { Refusal } from './refusals.ts';

export const NOON = Date.UTC(2026, 10, 22, 12);
export const PAYER: Payer = { workload: WORKLOAD, session: 's1' };

export interface Asked {
  /** Fields of the request beside model, messages and cap. */
  readonly body?: object;
  readonly betas?: string;
  readonly agent?: AgentKind;
  readonly method?: 'GET' | 'POST';
  readonly target?: string;
}

export function requestView({
  body = {},
  betas,
  method = 'POST',
  target = '/v1/messages',
}: Asked = {}): RequestView {
  const text = JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1000, messages: [], ...body });
  const document = readJson(Buffer.from(text));
  if ('fault' in document) throw new Error(document.detail);
  const view = readRequest(endpoint(method, target), method === 'GET' ? undefined : document, {
    'anthropic-beta': betas,
  });
  if ('bad' in view) throw new Error(view.bad);
  return view;
}

/** @returns the call and its fallbacks, or why there is none */
export function resolved(
  policies: readonly string[],
  asked: Asked = {},
): readonly [Call, ...Call[]] | Refusal {
  return resolve(requestView(asked), asked.agent ?? claudeCode, PAYER, snapshotOf(policies), NOON);
}

export function callUnder(policies: readonly string[], asked: Asked = {}): Call {
  const calls = resolved(policies, asked);
  if ('code' in calls) throw new Error(calls.code);
  return calls[0];
}
