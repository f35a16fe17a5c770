import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { JsonObject } from '../json.ts';
import { ask, at, errorOf } from '../openai/testing.ts';
import { startRehearsal } from '../server.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

const send = (body: object) => ask(rehearsal, 'responses', { model: 'gpt-5.4', ...body });
const make = async (body: object): Promise<JsonObject> => JSON.parse((await send(body)).text);
const output = (response: JsonObject, type: string): JsonObject =>
  (response.output as JsonObject[]).find((item) => item.type === type) ?? assert.fail(type);
const textOf = (response: JsonObject): unknown => at(output(response, 'message'), 'content', 0, 'text');
const steps = '/think hm\n/tool List {}\n/say after';

test('a whole tool loop runs: a call, its output, sealed thinking sent back, an answer', async () => {
  const user = { role: 'user', content: steps };
  const first = await make({ input: [user], store: false });
  const call = output(first, 'function_call');
  const result = { type: 'function_call_output', call_id: call.call_id, output: 'ok' };
  const second = await make({ input: [user, ...(first.output as JsonObject[]), result], store: false });
  assert.equal(textOf(second), '[rehearsal] after');
  assert.equal(at(second, 'usage', 'input_tokens'), Math.ceil((steps.length + 14 + 24 + 6 + 2) / 4));
});

test('a stored response is gone on from by its id, and all of it is input again', async () => {
  const first = await make({ input: steps });
  assert.equal(first.store, true);
  const call = output(first, 'function_call');
  const result = { type: 'function_call_output', call_id: call.call_id, output: 'ok' };
  const second = await make({ previous_response_id: first.id, input: [result] });
  assert.equal(textOf(second), '[rehearsal] after');
  assert.equal(second.previous_response_id, first.id);
  assert.ok(Number(at(second, 'usage', 'input_tokens')) > Number(at(first, 'usage', 'input_tokens')));
  const third = await make({ previous_response_id: second.id, input: '/say more' });
  assert.equal(textOf(third), '[rehearsal] more');
});

test('items of stored responses are put where they are referred to', async () => {
  const user = { role: 'user', content: steps };
  const first = await make({ input: [user] });
  const references = (first.output as JsonObject[]).map(({ id }) => ({ type: 'item_reference', id }));
  const { call_id } = output(first, 'function_call');
  const result = { type: 'function_call_output', call_id, output: 'ok' };
  assert.equal(textOf(await make({ input: [user, ...references, result] })), '[rehearsal] after');
});

test('what was not to be stored is not there, by any way', async () => {
  for (const stream of [true, false]) {
    const { text } = await send({ input: '/think a\n/say b', store: false, stream });
    const id = /resp_[0-9a-f]+/.exec(text)?.[0] ?? '';
    const item = /msg_[0-9a-f]+/.exec(text)?.[0] ?? '';
    const missing = `Response with id '${id}' not found.`;
    assert.deepEqual(errorOf(await ask(rehearsal, `responses/${id}`)).slice(0, 2), [404, missing]);
    const previous = errorOf(await send({ previous_response_id: id, input: 'x' }));
    assert.deepEqual([previous[0], previous[4]], [400, 'previous_response_not_found']);
    const input = [
      { role: 'user', content: 'x' },
      { type: 'item_reference', id: item },
    ];
    const [status, message] = errorOf(await send({ input }));
    assert.equal(status, 404);
    assert.match(String(message), /not found\. Items are not persisted when `store` is set to false/);
  }
});

test('a stored response is shown and deleted', async () => {
  const response = await make({ input: '/say a' });
  const path = `responses/${response.id}`;
  assert.deepEqual(JSON.parse((await ask(rehearsal, path)).text), response);
  const gone = await ask(rehearsal, path, undefined, { method: 'DELETE' });
  assert.deepEqual(JSON.parse(gone.text), { id: response.id, object: 'response', deleted: true });
  assert.equal((await ask(rehearsal, path)).status, 404);
  assert.equal((await ask(rehearsal, path, {})).status, 405);
});

test('a call that the cap cut off is not gone on with', async () => {
  const said = '/tool List {"text":"much too long to fit, much too long to fit, much too long to fit"}';
  const { id } = await make({ input: said, max_output_tokens: 20 });
  assert.equal(textOf(await make({ previous_response_id: id, input: '/say a' })), '[rehearsal] a');
});
