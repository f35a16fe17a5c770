import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passesBack, upstreamHeaders } from './headers.ts';

interface Sent {
  readonly version?: string;
  readonly betas?: readonly string[];
  readonly stream?: boolean;
  readonly hasBody?: boolean;
  readonly key?: string;
}

function headersFor({ version, betas = [], stream = false, hasBody = true, key }: Sent): Map<string, string> {
  const document = hasBody ? { bytes: Buffer.from('{}'), value: {} } : undefined;
  const agent = { 'anthropic-version': version };
  const list = upstreamHeaders({ view: { stream, document }, agent, betas, key });
  assert.equal(list.length % 2, 0);
  const headers = new Map<string, string>();
  for (let i = 0; i < list.length; i += 2) {
    assert.ok(!headers.has(list[i] ?? ''), 'each header once');
    headers.set(list[i] ?? '', list[i + 1] ?? '');
  }
  return headers;
}

describe('headers to the provider', () => {
  it('are those of the table and no others', () => {
    assert.deepEqual(Object.fromEntries(headersFor({ hasBody: false })), {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'anthropic-version': '2023-06-01',
      'user-agent': 'tollgate',
    });
    const all = { version: '2026-10-21', betas: ['a', 'b'], stream: true, key: 'sk' };
    assert.deepEqual(Object.fromEntries(headersFor(all)), {
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'anthropic-version': '2026-10-21',
      'user-agent': 'tollgate',
      'content-type': 'application/json',
      'anthropic-beta': 'a,b',
      'x-api-key': 'sk',
    });
  });

  it('have a version that is one, whatever the agent sends', () => {
    for (const version of [
      '',
      'latest',
      '2023-06-01\r\nx: y',
      '2023-06-01, 2024-01-01',
      ' 2023-06-01',
      '2023-6-1',
    ]) {
      assert.equal(headersFor({ version }).get('anthropic-version'), '2023-06-01', version);
    }
  });
});

describe('headers back to the agent', () => {
  it('are those that clients act on; whose account it is stays here', () => {
    for (const name of [
      'content-type',
      'request-id',
      'retry-after',
      'x-should-retry',
      'anthropic-ratelimit-requests-remaining',
    ]) {
      assert.equal(passesBack(name), true, name);
    }
    for (const name of [
      'anthropic-organization-id',
      'set-cookie',
      'location',
      'server',
      'content-encoding',
      'content-length',
      'transfer-encoding',
      'cf-ray',
      'x-request-id',
      'connection',
      'anthropic-ratelimit',
      'xcontent-type',
      'content-type2',
    ]) {
      assert.equal(passesBack(name), false, name);
    }
  });
});
