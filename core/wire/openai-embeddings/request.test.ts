import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inputBound } from './bound.ts';
import { bodyFor, readRequest } from './request.ts';
import { endpoint, read, view } from './testing.ts';

const badOf = (body: string | object): string | undefined => {
  const result = read(body);
  return 'bad' in result ? result.bad : undefined;
};
const WRONG_INPUT = 'input must be text, a list of texts, a list of tokens, or a list of lists of tokens';

describe('a request', () => {
  it('is read as what a stage judges: structured, without output', () => {
    const { document, endpoint: at, ...rest } = view({ input: 'hi', dimensions: 8 }, 'x=v1');
    assert.equal(at.name, 'embeddings');
    assert.equal(
      document?.bytes.toString(),
      '{"model":"text-embedding-3-small","input":"hi","dimensions":8}',
    );
    assert.deepEqual(rest, {
      model: 'text-embedding-3-small',
      stream: false,
      structured: true,
      askedCap: undefined,
      capped: false,
      choices: 1,
      minCap: 0,
      size: {
        textBytes: 62,
        messages: 1,
        tools: 0,
        providerTools: 0,
        images: 0,
        audioTokens: 0,
        documents: 0,
        longContext: false,
      },
      cacheWrite: 'none',
      multiplierPermille: 1000,
      findings: [],
      betas: { known: [], unknown: ['x=v1'] },
    });
  });

  it('for models has no body and no model', () => {
    const result = readRequest(endpoint('GET', '/v1/models'), undefined, {});
    assert.ok(!('bad' in result));
    assert.deepEqual([result.model, result.document, result.size.textBytes], [undefined, undefined, 0]);
  });

  it('has text, texts, tokens or lists of tokens as its input, and so many inputs', () => {
    for (const [input, count] of [
      ['', 1],
      ['text', 1],
      [[], 0],
      [['a', 'b', ''], 3],
      [[1, 2, 0], 1],
      [[[1, 2], [3], []], 3],
    ] as const) {
      assert.equal(view({ input }).size.messages, count, JSON.stringify(input));
    }
    for (const input of [
      null,
      1,
      true,
      {},
      [1, 'a'],
      ['a', [1]],
      [1, [2]],
      [1.5],
      [-1],
      [2 ** 53],
      [null],
      [{}],
    ]) {
      assert.equal(badOf({ input }), WRONG_INPUT, JSON.stringify(input));
    }
    assert.equal(badOf({}), WRONG_INPUT);
  });

  it('names a model, and its fields as they are written', () => {
    assert.equal(badOf('[]'), 'the body must be a JSON object');
    for (const model of [1, '', 'a b', '../x', undefined]) {
      assert.equal(badOf({ model, input: 'x' }), 'model must be the name of a model');
    }
    assert.equal(badOf({ Input: 'x', input: undefined }), 'Input must be written input');
    assert.equal(badOf('{"model":"m","input":"x","U\\u017fer":"y"}'), 'U\u017fer must be written user');
    assert.equal(view({ model: 'BAAI/bge-m3', input: 'x' }).model, 'BAAI/bge-m3');
  });

  it('has nothing that the table does not know without being found out', () => {
    const plain = { encoding_format: 'base64', dimensions: 8, user: 'u' };
    assert.deepEqual(view({ input: 'x', ...plain }).findings, []);
    assert.deepEqual(view({ input: 'x', input_type: 'query', truncate: 'END', stream: true }).findings, [
      { kind: 'unknown_field', name: 'input_type', path: 'input_type', unbounded: true },
      { kind: 'unknown_field', name: 'truncate', path: 'truncate', unbounded: true },
      { kind: 'unknown_field', name: 'stream', path: 'stream', unbounded: true },
    ]);
    assert.equal(view({ input: 'x', stream: true }).stream, false);
  });
});

describe('the bound of the input', () => {
  const boundOf = (input: unknown): number => inputBound(view({ input }).size, 'e', undefined) ?? Number.NaN;
  const empty = boundOf('');

  it('has a token for each byte, each token, and more for each input', () => {
    assert.equal(boundOf('x'.repeat(1000)) - empty, 1000);
    assert.equal(boundOf('é'.repeat(1000)) - empty, 2000);
    const tokens = Array.from({ length: 1000 }, () => 7);
    assert.ok(boundOf(tokens) - empty >= 1000);
    assert.ok(boundOf([tokens, tokens]) - empty >= 2000);
    const inputs = Array.from({ length: 100 }, () => 'a');
    assert.ok(boundOf(inputs) - boundOf([]) >= 100 * 10);
  });

  it('counts a character as long as what it is read as', () => {
    // One character of three bytes, which is read as the words of a whole sentence.
    const sentence = '\ufdfa';
    const words = Buffer.byteLength(sentence.normalize('NFKC'));
    assert.equal(words, 33);
    assert.equal(boundOf(sentence.repeat(100)) - empty, 100 * words);
    assert.equal(boundOf(['a', sentence]) - boundOf(['a', 'b']), words - 1);
    // What gets shorter, or is read as it stands, adds nothing.
    for (const same of ['\uff21', 'é', 'e\u0301', '한글', '😀']) {
      assert.equal(boundOf(same) - empty, Buffer.byteLength(same), same);
    }
  });
});

describe('the body that is sent', () => {
  const sent = '{ "model" : "a", "input":["\\u0061", "é"] }';

  it('is the very bytes that came', () => {
    const request = view(sent);
    assert.equal(bodyFor(request, { model: 'a' }), request.document?.bytes);
    assert.equal(bodyFor({ document: undefined, model: undefined }, { model: undefined }), null);
  });

  it('has another model in the place of its own, and every other byte as it was', () => {
    assert.equal(bodyFor(view(sent), { model: 'b' })?.toString(), sent.replace('"a"', '"b"'));
  });

  it('is not sent when the model can’t be put there', () => {
    const document = { bytes: Buffer.from('{"input":"x"}'), value: {} };
    assert.throws(() => bodyFor({ document, model: 'a' }, { model: 'b' }), /could not be changed/);
  });
});
