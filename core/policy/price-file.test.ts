import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInManifests } from './built-in.ts';
import { readPriceFile } from './price-file.ts';
import { formatProblem } from './problem.ts';
import { buildSnapshot } from './snapshot.ts';
import { WORKLOAD } from './testing.ts';

const read = (text: string) => readPriceFile({ path: 'prices.yaml', text });
const problemsOf = (text: string) => read(text).problems.map(formatProblem);

function openaiUnder(text: string) {
  const { lists, problems } = read(text);
  assert.deepEqual(problems, []);
  const builtIn = builtInManifests();
  const snapshot = buildSnapshot({ manifests: builtIn, builtIn, workload: WORKLOAD, prices: lists });
  if ('error' in snapshot) throw new Error(snapshot.error);
  const openai = snapshot.providers.find(({ name }) => name === 'openai');
  const priceOf = (model: string) => openai?.prices.find(({ matches }) => matches(model))?.price;
  return { hash: snapshot.hash, priceOf };
}

describe('a file of prices', () => {
  it('gives the providers of a list its prices, in dollars per million tokens', () => {
    const { priceOf } = openaiUnder(
      'openai:\n  - { model: "gpt-6*", input: "1.25", output: 24 }\nother:\n  - { model: "*", input: 1, output: 1 }\n',
    );
    assert.equal(priceOf('gpt-6.1-sol')?.input, 1_250_000_000);
    assert.equal(priceOf('gpt-6.1-sol')?.output, 24_000_000_000);
    assert.equal(priceOf('gpt-5'), undefined);
  });

  it('changes the snapshot’s hash, and an empty one does not', () => {
    const prices = 'openai:\n  - { model: a, input: 1, output: 2 }\n';
    assert.notEqual(openaiUnder(prices).hash, openaiUnder('').hash);
    assert.notEqual(openaiUnder(prices.replace('2', '3')).hash, openaiUnder(prices).hash);
    assert.equal(openaiUnder('openai:\n').hash, openaiUnder('openai: []\n').hash);
  });

  it('is told what is wrong at the place where it stands', () => {
    assert.deepEqual(
      problemsOf('openai:\n  - { model: a, input: 1, output: 2 }\n  - { model: b, input: -1, output: 2 }\n'),
      ['prices.yaml:3: openai[1].input: must be at least 0, not -1.'],
    );
    assert.match(
      problemsOf('openai:\n  - { model: a, input: 1 }\n')[0] ?? '',
      /^prices.yaml:2: openai\[0\].*output/,
    );
    assert.match(problemsOf('openai:\n  - { model: a, input: 1, ouput: 2 }\n').join(), /ouput.*output/);
    assert.match(problemsOf('openai: 5\n')[0] ?? '', /^prices.yaml:1: openai: /);
    assert.match(problemsOf('- a\n')[0] ?? '', /not a file of prices/);
    assert.match(problemsOf('apiVersion: v1\nkind: List\n')[0] ?? '', /not a file of prices/);
    assert.match(problemsOf('a: {\n')[0] ?? '', /not valid YAML/);
  });
});
