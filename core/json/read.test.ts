import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { foldKey, isProblem, MAX_VALUES, readJson } from './read.ts';
import { BODIES } from './testing.ts';

function faultOf(text: string | Buffer): string | undefined {
  const result = readJson(Buffer.from(text as string));
  return isProblem(result) ? result.fault : undefined;
}

describe('strict JSON', () => {
  it('accepts what RFC 8259 allows, with odd white space', () => {
    for (const text of [
      '{}',
      ' [1, 2.5e3,\t"a\\"b\\\\"] \r\n',
      '"x"',
      'null',
      '{"a":{"a":[{"a":1}]}}',
      '{"":0}',
    ]) {
      const result = readJson(Buffer.from(text));
      assert.ok(!isProblem(result), text);
      assert.deepEqual(result.value, JSON.parse(text));
    }
  });

  it('refuses what is not one JSON text', () => {
    for (const text of [
      '',
      '{',
      '{"a":1}}',
      '{"a":1} x',
      "{'a':1}",
      '[1,]',
      '\ufeff{}',
      'NaN',
      '"\n"',
      '01',
    ]) {
      assert.equal(faultOf(text), 'bad_json', JSON.stringify(text));
    }
  });

  it('refuses every text that was sent only in part', () => {
    for (const body of BODIES) {
      const whole = body.trimEnd();
      assert.equal(faultOf(whole), undefined);
      for (let end = 0; end < whole.length; end++)
        assert.equal(faultOf(whole.slice(0, end)), 'bad_json', whole.slice(0, end));
    }
  });

  it('reads 50 MB of text, and refuses them when the end is missing', () => {
    const large = Buffer.alloc(50 * 1024 * 1024, 'x');
    large.write('{"a":"');
    assert.equal(faultOf(large), 'bad_json');
    large.write('"}', large.length - 2);
    assert.equal(faultOf(large), undefined);
  });

  it('refuses a key that stands in one object twice, however it is written', () => {
    for (const text of [
      '{"model":"a","model":"b"}',
      '{"model":"a","mod\\u0065l":"b"}',
      '{"model":"a","Model":"b"}',
      '{"model":"a","\\u004dODEL":"b"}',
      '[{"x":{"deep":[{"k":1,"K":2}]}}]',
      '{"__proto__":1,"__proto__":2}',
      '{"1":0,"\\u0031":0}',
      '{"":0,"":0}',
      '{"messages":1,"meſſages":2}',
      '{"k":1,"\\u212a":2}',
    ]) {
      assert.equal(faultOf(text), 'duplicate_key', text);
    }
  });

  it('accepts the same key in different objects, and keys that fold alike only outside ASCII', () => {
    for (const text of ['[{"a":1},{"a":1}]', '{"a":{"A":1}}', '{"ä":1,"Ä":2}', '{"ß":1,"ss":2}']) {
      assert.equal(faultOf(text), undefined, text);
    }
  });

  it('folds a key as a parser does that is blind to case, and knows it again when it has seen many', () => {
    assert.equal(foldKey('Max_ToKenſ'), 'max_tokens');
    assert.equal(foldKey('\u212aeY'), 'key');
    for (let n = 0; n < 10_000; n++) assert.equal(foldKey(`K${n}`), `k${n}`);
    assert.equal(foldKey('Max_ToKenſ'), 'max_tokens');
    assert.equal(foldKey('X'.repeat(100)), 'x'.repeat(100));
  });

  it('is not misled by quotes, colons and brackets inside strings', () => {
    const filler = '\\"'.repeat(200);
    for (const text of [
      `{"a":"${filler}:{[","b":"\\\\"}`,
      `{"a":"${'x'.repeat(100)}\\\\","b":"${'y'.repeat(47)}\\""}`,
      `{"a":"${'x'.repeat(46)}\\"${'x'.repeat(46)}\\\\\\"end","b":":"}`,
      ...Array.from({ length: 110 }, (_, n) => `{"a":"${'x'.repeat(n)}\\\\\\"","b":"${'\\\\'.repeat(n)}"}`),
    ]) {
      const result = readJson(Buffer.from(text));
      assert.ok(!isProblem(result));
      assert.deepEqual(result.value, JSON.parse(text));
      assert.equal(faultOf(`${text.slice(0, -1)},"a":1}`), 'duplicate_key');
    }
  });

  it('refuses bytes that are not UTF-8', () => {
    assert.equal(faultOf(Buffer.from([0x22, 0xff, 0x22])), 'bad_utf8');
    assert.equal(faultOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 'bad_utf8');
  });

  it('refuses depth beyond its bound, cheaply, whatever follows', () => {
    assert.equal(faultOf(`${'['.repeat(128)}${']'.repeat(128)}`), undefined);
    assert.equal(
      faultOf(`[${'[[]],{"a":{}},'.repeat(1000)}1]`),
      undefined,
      'what stands side by side is not deep',
    );
    assert.equal(faultOf(`${'['.repeat(129)}${']'.repeat(129)}`), 'too_deep');
    assert.equal(faultOf(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), 'too_deep');
    assert.equal(faultOf(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), 'too_deep');
    const deep = '{"a":'.repeat(2_000_000);
    const ms = cpuMs(() => assert.equal(faultOf(deep), 'too_deep'));
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('refuses more values than can be read in a moment, before it reads them', () => {
    const keys = (count: number) => `{${Array.from({ length: count }, (_, n) => `"K${n}":0`).join(',')}}`;
    assert.equal(faultOf(keys(MAX_VALUES)), undefined, 'its braces and commas');
    assert.equal(faultOf(keys(MAX_VALUES + 1)), 'too_many_values');
    assert.equal(faultOf(`[${'{},'.repeat(MAX_VALUES / 2)}{}]`), 'too_many_values');
    assert.equal(faultOf(`["${',{['.repeat(MAX_VALUES)}"]`), undefined, 'inside a string they are text');
    const many = keys(3_000_000);
    const ms = cpuMs(() => assert.equal(faultOf(many), 'too_many_values'));
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('never quotes the body in its sentence, but for one shortened key', () => {
    const secret = 'sk-ant-api03-secret';
    for (const text of [`{"a":"${secret}",}`, secret, `{"a":${secret}}`, `{"${secret}"}`]) {
      const broken = readJson(Buffer.from(text));
      assert.ok(isProblem(broken) && !broken.detail.includes(secret.slice(0, 4)), text);
    }
    const long = readJson(Buffer.from(`{"${'a'.repeat(90)}B":1,"${'a'.repeat(90)}b":1}`));
    assert.ok(isProblem(long) && long.detail.length < 100);
  });
});
