import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { insertMember, itemSpans, locate, replaceAt, splice } from './splice.ts';

const odd = Buffer.from(
  '\n{ "m\\u006fdel" :\t"claude" , "n":-1.5e+3,"list":[ 1 ,[2,{"a":"]"}], "x\\"," , true ] ,"o":{} }\r\n',
);

function textAt(path: (string | number)[]): string | undefined {
  const span = locate(odd, path);
  return span && odd.toString('utf8', span.start, span.end);
}

describe('locating and splicing', () => {
  it('finds values behind escaped keys, odd white space and nested brackets', () => {
    assert.equal(textAt(['model']), '"claude"');
    assert.equal(textAt(['n']), '-1.5e+3');
    assert.equal(textAt(['list', 1, 1, 'a']), '"]"');
    assert.equal(textAt(['list', 2]), '"x\\","');
    assert.equal(textAt(['list', 3]), 'true');
    const lines = Buffer.from('{"a":1\n,"b":\t2\r\n}');
    assert.deepEqual(locate(lines, ['a']), { start: 5, end: 6 });
    assert.deepEqual(locate(lines, ['b']), { start: 13, end: 14 });
    assert.equal(textAt(['o']), '{}');
    assert.equal(textAt(['o', 'x']), undefined);
    assert.equal(textAt(['list', 4]), undefined);
    assert.equal(textAt(['n', 0]), undefined);
  });

  it('lists the items of an array', () => {
    const list = locate(odd, ['list']);
    assert.ok(list);
    const items = itemSpans(odd, list).map((span) => odd.toString('utf8', span.start, span.end));
    assert.deepEqual(items, ['1', '[2,{"a":"]"}]', '"x\\","', 'true']);
    for (const none of ['[ ]', '{"a":[1]}', '"[1]"', '12'])
      assert.deepEqual(itemSpans(Buffer.from(none), { start: 0, end: none.length }), [], none);
  });

  it('changes only the bytes of the value', () => {
    const change = replaceAt(odd, ['model'], 'other "one"');
    assert.ok(change);
    const bytes = Buffer.from('{"a":1,"b":2,"c":3}');
    const changes = ['c', 'a', 'b'].flatMap((key) => replaceAt(bytes, [key], [key]) ?? []);
    assert.equal(splice(bytes, changes).toString(), '{"a":["a"],"b":["b"],"c":["c"]}', 'in any order');
    assert.equal(splice(odd, [change]).toString(), odd.toString().replace('"claude"', '"other \\"one\\""'));
  });

  it('inserts a member into a full and into an empty object', () => {
    for (const [text, expected] of [
      ['{ "a":1}', '{"n":2, "a":1}'],
      ['{ }', '{"n":2 }'],
    ] as const) {
      const bytes = Buffer.from(text);
      assert.equal(
        splice(bytes, [insertMember(bytes, { start: 0, end: bytes.length }, 'n', 2)]).toString(),
        expected,
      );
    }
  });

  it('refuses spans that overlap', () => {
    const piece = Buffer.from('x');
    assert.throws(() =>
      splice(odd, [
        { span: { start: 1, end: 5 }, bytes: piece },
        { span: { start: 4, end: 6 }, bytes: piece },
      ]),
    );
  });

  it('locates every value of any JSON text where JSON.parse sees it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(2), (text, indent) => {
        const bytes = Buffer.from(JSON.stringify(JSON.parse(text), null, indent));
        for (const path of pathsOf(JSON.parse(text))) {
          const span = locate(bytes, path);
          assert.ok(span, JSON.stringify(path));
          const expected = path.reduce(
            (value: unknown, step) => (value as Record<string, unknown>)[step],
            JSON.parse(text),
          );
          assert.deepEqual(JSON.parse(bytes.toString('utf8', span.start, span.end)), expected);
        }
      }),
    );
  });
});

function pathsOf(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [at];
  const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
  const paths: (string | number)[][] = [at];
  for (const step of steps) paths.push(...pathsOf((value as Record<string, unknown>)[step], [...at, step]));
  return paths;
}
