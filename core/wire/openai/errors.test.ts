import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplyFault } from '../wire.ts';
import { errorBody, guardError, refuseAnyCall } from './errors.ts';

describe('an error of Tollgate’s', () => {
  it('has the form of OpenAI’s, with a type for its status', () => {
    const typeOf = (status: number) => JSON.parse(errorBody(status, 'x', 'r', 'c').toString()).error.type;
    assert.deepEqual([400, 401, 403, 404, 408, 413, 429, 500, 502, 503].map(typeOf), [
      'invalid_request_error',
      'authentication_error',
      'permission_error',
      'invalid_request_error',
      'invalid_request_error',
      'invalid_request_error',
      'rate_limit_error',
      'server_error',
      'server_error',
      'server_error',
    ]);
    guardError(errorBody(403, 'x', 'r', 'c'));
  });
});

describe('an error of a provider', () => {
  it('passes in the forms that hosts have for it', () => {
    for (const error of [
      { error: { message: 'x', type: 'invalid_request_error', param: null, code: null } },
      { error: 'model not found' },
      [{ error: { code: 400, message: 'x', status: 'INVALID_ARGUMENT' } }],
      { object: 'error', message: 'x', type: 'BadRequestError', code: 400 },
      { detail: 'Not Found' },
      { detail: [{ loc: ['body'], msg: 'x', input: { model: 'm', tool_calls: null } }] },
    ]) {
      assert.deepEqual(guardError(Buffer.from(JSON.stringify(error))), error);
    }
  });

  it('does not when it is none, or more than that', () => {
    for (const text of [
      '',
      '{',
      'x',
      '[]',
      '{}',
      '"error"',
      '{"message":"x"}',
      '[{"error":"x"},{"error":"y"}]',
      '{"error":"x","Error":"y"}',
      '{"error":"x","choices":[]}',
      '{"error":"x","Choices":[{}]}',
      '{"error":"x","output":[]}',
      '{"error":"x","content":"y"}',
      '[{"error":"x","choices":[]}]',
      '{"error":{"tool_calls":[{"function":{"name":"Deny"}}]}}',
      '{"error":{"x":[{"function_call":{"name":"Deny"}}]}}',
      '{"error":{"type":"function_call","name":"Deny"}}',
      '{"error":{"x":{"type":"tool_use"}}}',
      '{"error":{"__proto__":{"choices":[]}}}',
      '{"error":"x"} {}',
    ]) {
      assert.throws(() => guardError(Buffer.from(text)), ReplyFault, text);
    }
  });
});

describe('a call where none is known to stand', () => {
  it('is found by its name or its type, however they are spelt, and nothing else is', () => {
    for (const value of [
      { tool_calls: [{}] },
      { Tool_Calls: 'x' },
      { function_call: {} },
      [[{ a: { function_call: {} } }]],
      { type: 'function' },
      { TYPE: 'Custom_Tool_Call' },
      { type: 'computer_call' },
      { type: 'mcp_approval_request' },
      JSON.parse('{"__proto__":{}}'),
    ]) {
      assert.throws(() => refuseAnyCall(value), ReplyFault, JSON.stringify(value));
    }
    for (const value of [
      undefined,
      null,
      'tool_calls',
      { tool_calls: null, function_call: null },
      { tool_calls: [] },
      { type: 'text' },
      { type: 'recall' },
      { type: 'function_calling' },
      { x: { type: ['a'] } },
      { function_calling: true, calls: [1] },
    ]) {
      refuseAnyCall(value);
    }
    refuseAnyCall({ tool_calls: [{}], x: 1 }, new Set(['tool_calls']));
    assert.throws(() => refuseAnyCall({ x: { tool_calls: [{}] } }, new Set(['tool_calls'])), ReplyFault);
  });
});
