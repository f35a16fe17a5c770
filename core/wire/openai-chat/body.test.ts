import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bodyFor } from './body.ts';
import { view } from './testing-requests.ts';

const NEW = 'max_completion_tokens';
const OLD = 'max_tokens';

function sent(
  body: string,
  made: { model?: string; cap?: number; capField?: typeof NEW | typeof OLD } = {},
): string {
  const read = view(body);
  const call = { model: read.model ?? '', cap: read.askedCap ?? 9, capField: NEW, ...made } as const;
  return bodyFor(read, call)?.toString() ?? 'none';
}

describe('the body that goes to the provider', () => {
  it('is the very bytes that came, where nothing changes', () => {
    for (const body of [
      ' {"model":"m",\t"messages":[ ] , "max_completion_tokens" : 9 }\n',
      '{"max_tokens":9,"m\\u006fdel":"m","messages":[{"role":"user","content":"Gr\\u00fc\u00df"}]}',
      '{"model":"m","messages":[],"max_tokens":9,"stream":true,"stream_options":{"include_usage" : true}}',
      '{"model":"m","messages":[],"max_tokens":9,"stream":false}',
    ]) {
      assert.equal(sent(body), body);
    }
    const read = view('{"model":"m","messages":[],"max_tokens":9}');
    assert.equal(
      bodyFor(read, { model: 'm', cap: 9, capField: NEW }),
      read.document?.bytes,
      'not even copied',
    );
  });

  it('has the model that was resolved and the cap that was paid for, and every other byte as it was', () => {
    const body =
      '{ "messages":[{"role":"user","content":"\\u00fc"}],"mod\\u0065l" : "m" ,"max_completion_tokens":500}';
    assert.equal(
      sent(body, { model: 'other', cap: 7 }),
      body.replace(' "m" ', ' "other" ').replace('500', '7'),
    );
    const older = '{"model":"m","messages":[],"max_tokens":500}';
    assert.equal(sent(older, { cap: 7 }), older.replace('500', '7'), 'in the field that the agent chose');
    const both = '{"max_tokens":5,"model":"m","messages":[],"max_completion_tokens":5}';
    assert.equal(sent(both, { cap: 4 }), both.replaceAll(':5', ':4'));
  });

  it('gets a cap in the field that its provider takes, where the agent names none', () => {
    const body = '{"model":"m","messages":[]}';
    assert.equal(sent(body), '{"max_completion_tokens":9,"model":"m","messages":[]}');
    assert.equal(sent(body, { capField: OLD }), '{"max_tokens":9,"model":"m","messages":[]}');
    const nulls = '{"model":"m","messages":[],"max_tokens":null,"max_completion_tokens":null}';
    assert.equal(sent(nulls), nulls.replace('"max_completion_tokens":null', '"max_completion_tokens":9'));
    assert.equal(sent(nulls, { capField: OLD }), nulls.replace('"max_tokens":null', '"max_tokens":9'));
  });

  it('has the older field too where its provider may know no other, and never the newer one beside the older', () => {
    const newer = '{"model":"m","messages":[],"max_completion_tokens":9}';
    assert.equal(sent(newer, { capField: OLD }), `{"max_tokens":9,${newer.slice(1)}`);
    const older = '{"model":"m","messages":[],"max_tokens":9}';
    assert.equal(sent(older, { capField: NEW }), older);
  });

  it('asks for the usage of a stream', () => {
    const asks = (options: string) => `{"model":"m","max_tokens":9,"messages":[],"stream":true${options}}`;
    const whole = '"stream_options":{"include_usage":true}';
    assert.equal(sent(asks('')), `{${whole},${asks('').slice(1)}`);
    assert.equal(sent(asks(',"stream_options":null')), asks(`,${whole}`));
    assert.equal(sent(asks(',"stream_options":{}')), asks(`,${whole}`));
    assert.equal(
      sent(asks(',"stream_options": {"include_obfuscation":false}')),
      asks(',"stream_options": {"include_usage":true,"include_obfuscation":false}'),
    );
    for (const no of ['false', 'null']) {
      assert.equal(sent(asks(`,"stream_options":{"include_usage":${no}}`)), asks(`,${whole}`));
    }
    const all = '{"model":"m","messages":[],"stream":true}';
    assert.deepEqual(JSON.parse(sent(all, { model: 'o', cap: 3 })), {
      model: 'o',
      messages: [],
      stream: true,
      max_completion_tokens: 3,
      stream_options: { include_usage: true },
    });
  });

  it('is none where there was none', () => {
    const read = { ...view('{"model":"m","messages":[]}'), document: undefined };
    assert.equal(bodyFor(read, { model: 'm', cap: 1, capField: NEW }), null);
  });

  it('is not sent when it cannot be changed as judged', () => {
    const read = view('{"model":"m","messages":[]}');
    const broken = { ...read, document: { bytes: Buffer.from('[]'), value: { model: 'm' } } };
    assert.throws(() => bodyFor(broken, { model: 'o', cap: 1, capField: NEW }), /could not be changed/);
  });
});
