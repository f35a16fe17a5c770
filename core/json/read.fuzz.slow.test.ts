/**
 * The strict reader against jsonc-parser, on request bodies that were spoilt by chance: valid or not, a key twice or not,
 * too deep or not, the value, and where each part of it stands must be the same for both.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { visit } from 'jsonc-parser';
import { isObject, isProblem, type JsonFault, type JsonValue, MAX_DEPTH, readJson } from './read.ts';
import { insertMember, itemSpans, type JsonPath, locate, replaceAt, splice } from './splice.ts';
import { BODIES, CASES, Chance, SEED, spoil } from './testing.ts';

/** One value of the text, by its place in UTF-16 units. */
interface Place {
  readonly path: JsonPath;
  readonly start: number;
  end: number;
  readonly items: Place[];
  readonly kind: 'object' | 'array' | 'scalar';
}

interface Oracle {
  readonly fault: JsonFault | undefined;
  readonly text: string;
  readonly value: JsonValue;
  readonly places: readonly Place[];
}

/** Reads with TextDecoder and jsonc-parser, and nothing of ours. */
function consult(bytes: Buffer): Oracle {
  const nothing = { value: null, places: [], text: '' };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { fault: 'bad_utf8', ...nothing };
  }
  let wrong = false;
  let twice = false;
  let deepest = 0;
  const places: Place[] = [];
  const open: {
    place: Place;
    container: JsonValue[] | { [key: string]: JsonValue };
    keys: Set<string>;
    key: string;
  }[] = [];
  let value: JsonValue = null;

  const add = (item: JsonValue, kind: Place['kind'], start: number, length: number): Place => {
    const parent = open.at(-1);
    const step = parent && (Array.isArray(parent.container) ? parent.container.length : parent.key);
    const place: Place = {
      path: parent && step !== undefined ? [...parent.place.path, step] : [],
      start,
      end: start + length,
      items: [],
      kind,
    };
    if (parent === undefined) value = item;
    else if (Array.isArray(parent.container)) parent.container.push(item);
    else
      Object.defineProperty(parent.container, parent.key, {
        value: item,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    parent?.place.items.push(place);
    places.push(place);
    return place;
  };
  const begin = (kind: 'object' | 'array', offset: number): void => {
    const container = kind === 'array' ? [] : {};
    const place = add(container, kind, offset, 1);
    open.push({ place, container, keys: new Set(), key: '' });
    deepest = Math.max(deepest, open.length);
  };
  const end = (offset: number, length: number): void => {
    const closed = open.pop();
    if (closed) closed.place.end = offset + length;
  };
  visit(
    text,
    {
      onObjectBegin: (offset) => begin('object', offset),
      onArrayBegin: (offset) => begin('array', offset),
      onObjectEnd: end,
      onArrayEnd: end,
      onObjectProperty(name) {
        const parent = open.at(-1);
        if (!parent) return;
        const seen = [...name].map(inLowerAscii).join('');
        twice ||= parent.keys.has(seen);
        parent.keys.add(seen);
        parent.key = name;
      },
      onLiteralValue(literal: JsonValue, offset, length) {
        add(literal, 'scalar', offset, length);
      },
      onError() {
        wrong = true;
      },
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  const fault = wrong ? 'bad_json' : deepest > MAX_DEPTH ? 'too_deep' : twice ? 'duplicate_key' : undefined;
  return { fault, text, value, places };
}

function inLowerAscii(character: string): string {
  if (character >= 'A' && character <= 'Z') return String.fromCharCode(character.charCodeAt(0) + 32);
  return character === '\u017f' ? 's' : character === '\u212a' ? 'k' : character;
}

function checkPlaces(bytes: Buffer, { text, value, places }: Oracle, chance: Chance): void {
  const byteAt = (offset: number): number => Buffer.byteLength(text.slice(0, offset));
  const spanOf = ({ start, end }: Place) => ({ start: byteAt(start), end: byteAt(end) });
  const place = chance.pick(places);
  assert.deepEqual(locate(bytes, place.path), spanOf(place));
  assert.equal(locate(bytes, [...place.path, 'no such key', 0]), undefined);
  assert.deepEqual(itemSpans(bytes, spanOf(place)), place.kind === 'array' ? place.items.map(spanOf) : []);

  // Put something else there: the rest of the text must come through as it was.
  const other = chance.pick<JsonValue>(['ſ "new"\u2028', 0, null, { a: [1] }]);
  const change = replaceAt(bytes, place.path, other);
  assert.ok(change);
  const changed = text.slice(0, place.start) + JSON.stringify(other) + text.slice(place.end);
  assert.equal(splice(bytes, [change]).toString(), changed);

  const objects = places.filter(({ kind }) => kind === 'object');
  const target = objects.length > 0 ? chance.pick(objects) : undefined;
  if (target === undefined) return;
  const key = 'a key that is new';
  const grown = splice(bytes, [insertMember(bytes, spanOf(target), key, other)]);
  let expected: JsonValue = structuredClone(value);
  for (const step of target.path) expected = (expected as Record<string, JsonValue>)[step] as JsonValue;
  const read = consult(grown);
  assert.equal(read.fault, undefined);
  let got: JsonValue = read.value;
  for (const step of target.path) got = (got as Record<string, JsonValue>)[step] as JsonValue;
  assert.ok(isObject(got) && isObject(expected));
  assert.deepEqual(got[key], other);
  delete got[key];
  assert.deepEqual(got, expected);
}

test('the strict reader and jsonc-parser agree about every one of 100,000 spoilt bodies', () => {
  const chance = new Chance(SEED);
  // Bodies with too many values are too large to be many.
  const counts: Record<Exclude<JsonFault, 'too_many_values'> | 'accepted', number> = {
    accepted: 0,
    bad_utf8: 0,
    bad_json: 0,
    too_deep: 0,
    duplicate_key: 0,
  };
  for (let n = 0; n < CASES; n++) {
    let bytes: Buffer = Buffer.from(chance.pick(BODIES));
    for (let times = chance.below(3); times >= 0; times--) if (bytes.length > 0) bytes = spoil(bytes, chance);
    const result = readJson(bytes);
    const oracle = consult(bytes);
    const say = () => `seed ${SEED}, case ${n}: ${JSON.stringify(bytes.toString('latin1'))}`;
    if (isProblem(result)) {
      assert.ok(result.fault !== 'too_many_values', say());
      counts[result.fault]++;
      // Depth is counted before anything else is known of the text, so text that is no JSON may be called too deep.
      const early = result.fault === 'too_deep' && oracle.fault === 'bad_json';
      if (early) assert.ok((oracle.text.match(/[[{]/g) ?? []).length > MAX_DEPTH, say());
      else assert.equal(result.fault, oracle.fault, say());
      continue;
    }
    counts.accepted++;
    assert.equal(oracle.fault, undefined, say());
    assert.equal(result.bytes, bytes, 'what is sent on are the very bytes that were read');
    assert.deepStrictEqual(result.value, oracle.value, say());
    if (n % 4 === 0) checkPlaces(bytes, oracle, chance);
  }
  const rate = counts.accepted / CASES;
  console.log(`JSON fuzz, seed ${SEED}: ${(rate * 100).toFixed(1)} % accepted`, counts);
  assert.ok(rate > 0.05 && rate < 0.95, `acceptance ${rate}`);
  for (const [fault, count] of Object.entries(counts)) {
    assert.ok(count > CASES / 500, `only ${count} cases were ${fault}: the fuzz does not reach it`);
  }
});
