/** What is decided on where a Secret holds something else than what was written into it. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { RSA, SELF_SIGNED } from '../../test/support/tls.ts';
import { decide, type Held, type Terms, TIMES } from './decide.ts';
import { type Minted, mintAuthority, mintLeaf } from './mint.ts';

const NOW = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;
const NAMES = ['tollgate-control', 'tollgate-control.ns'];
const terms = (now = NOW, namesOf = () => NAMES): Terms => ({ now, times: TIMES, namesOf });

let old: Minted;
let young: Minted;
let ofOld: Minted;
let ofYoung: Minted;
/** In the old one's name, by the young one's key. */
let forged: Minted;
before(async () => {
  const mint = async (now: number) => {
    const authority = await mintAuthority(now, TIMES);
    const holder = { certificate: new X509Certificate(authority.cert), key: createPrivateKey(authority.key) };
    return [authority, await mintLeaf(holder, NAMES, NOW, TIMES)] as const;
  };
  [old, ofOld] = await mint(NOW - DAY);
  [young, ofYoung] = await mint(NOW);
  const forger = { certificate: new X509Certificate(old.cert), key: createPrivateKey(young.key) };
  forged = await mintLeaf(forger, NAMES, NOW, TIMES);
});

const ca = ({ cert, key }: Minted) => ({ 'ca.crt': cert, 'ca.key': key });
const next = ({ cert, key }: Minted) => ({ 'next.crt': cert, 'next.key': key });
const tls = ({ cert, key }: Minted, by?: Minted) => ({
  'tls.crt': cert,
  'tls.key': key,
  ...(by && { 'ca.crt': by.cert }),
});
/** @returns what is done first, in one word, and of what the bundle is */
function decided(held: Held, when = terms()): [string, string] {
  const { steps, bundle } = decide(held, when);
  const [step] = steps;
  const of = [old, young].filter(({ cert }) => bundle.includes(cert.trim()));
  assert.equal(bundle.match(/BEGIN/g)?.length ?? 0, of.length, 'nothing else is trusted');
  const words = step && [
    step.kind,
    ...('slot' in step ? [step.slot] : []),
    ...('from' in step ? [step.from] : []),
  ];
  return [words?.join(' ') ?? 'nothing', of.map((one) => (one === old ? 'old' : 'young')).join('+')];
}

describe('what is decided on', () => {
  it('is nothing while all is in force', () => {
    assert.deepEqual(decided({ ca: ca(old), servers: { control: tls(ofOld) } }), ['nothing', 'old']);
  });

  it('is to begin where there is nothing, without waiting for anybody', () => {
    assert.deepEqual(decided({ ca: {}, servers: { control: {} } }), ['authority ca', '']);
    assert.deepEqual(decided({ ca: ca(old), servers: { control: {} } }), ['leaf ca', 'old']);
    assert.deepEqual(decide({ ca: {}, servers: { control: {} } }, terms()).problems, []);
  });

  it('is a new certificate for what is broken, foreign, for others, or old', () => {
    const broken: [what: RegExp | undefined, data: Record<string, string>, when?: Terms][] = [
      [/tls.crt is no certificate/, { 'tls.crt': 'x', 'tls.key': ofOld.key }],
      [/key is missing or broken/, { 'tls.crt': ofOld.cert }],
      [/key is missing or broken/, { 'tls.crt': ofOld.cert, 'tls.key': 'x' }],
      [/key is that of another/, { 'tls.crt': ofOld.cert, 'tls.key': ofYoung.key }],
      [/none of the curve/, { 'tls.crt': ofOld.cert, 'tls.key': RSA.key }],
      [/no authority of ours/, tls(ofYoung)],
      [/no authority of ours/, tls(ofYoung, young)],
      [/no authority of ours/, tls(forged)],
      [/not for servers/, tls(SELF_SIGNED)],
      [/not valid yet/, tls(ofOld), terms(NOW - DAY / 12)],
      [/has expired/, tls(ofOld), terms(NOW + 90 * DAY)],
      [undefined, tls(ofOld), terms(NOW + 61 * DAY)],
      [undefined, tls(ofOld), terms(NOW, () => [...NAMES, 'other'])],
    ];
    for (const [what, control, when] of broken) {
      const held = { ca: ca(old), servers: { control, gateway: tls(ofOld) } };
      const { problems, steps } = decide(held, when ?? terms());
      assert.deepEqual([steps[0]?.kind, decided(held, when)[1]], ['leaf', 'old'], String(what));
      if (what === undefined) assert.deepEqual(problems, []);
      else assert.match(problems.find(({ about }) => about === 'control')?.what ?? '', what);
      assert.doesNotMatch(JSON.stringify(problems), /BEGIN|PRIVATE/);
    }
    assert.deepEqual(decided({ ca: ca(old), servers: { control: tls(ofOld) } }, terms(NOW + 59 * DAY)), [
      'nothing',
      'old',
    ]);
  });

  it('is a new authority for one that is broken, while what servers show stays trusted', () => {
    const servers = { control: tls(ofOld, old) };
    for (const lost of [
      {},
      { 'ca.crt': old.cert },
      { 'ca.crt': old.cert, 'ca.key': young.key },
      { 'ca.crt': old.cert + young.cert, 'ca.key': old.key },
      { 'ca.crt': 'x', 'ca.key': 'y' },
      ca({ cert: ofYoung.cert, key: ofYoung.key }),
      ca(RSA),
    ]) {
      assert.deepEqual(
        decided({ ca: lost, servers }),
        ['authority next', 'old'],
        JSON.stringify(lost).slice(0, 80),
      );
      const [step] = decide({ ca: lost, servers }, terms()).steps;
      assert.ok(step?.kind === 'authority' && step.previous.trim() === old.cert.trim());
    }
    const replaced = { ...next(young), 'previous.crt': old.cert };
    assert.deepEqual(decided({ ca: replaced, servers }), ['published', 'old+young']);
    const published = { ...replaced, 'next.published': new Date(NOW).toISOString() };
    assert.deepEqual(decided({ ca: published, servers }), ['nothing', 'old+young']);
    assert.deepEqual(decided({ ca: published, servers }, terms(NOW + TIMES.lagMs)), ['promote', 'old+young']);
    const other = { ...servers, gateway: {} };
    assert.deepEqual(
      decided({ ca: published, servers: other }),
      ['leaf next', 'old+young'],
      'it has nothing to show',
    );
  });

  it('is to wait for those who ask, though no server has anything to show just now', () => {
    const held = { ca: { ...ca(old), ...next(young) }, servers: { control: {} } };
    assert.deepEqual(decided(held), ['published', 'old+young']);
    assert.deepEqual(decided({ ...held, ca: next(young) }), ['promote', 'young'], 'nobody ever asked');
  });

  it('is not in time what a clock that was wrong wrote', () => {
    const servers = { control: tls(ofOld) };
    const later = new Date(NOW + DAY).toISOString();
    const ahead = { ...ca(old), ...next(young), 'next.published': later };
    assert.deepEqual(decided({ ca: ahead, servers }), ['published', 'old+young']);
    const gone = { ...ca(young), 'previous.crt': old.cert, 'previous.unused': later };
    assert.deepEqual(decided({ ca: gone, servers: { control: tls(ofYoung) } }), ['unused', 'old+young']);
  });

  it('keeps the previous authority for as long as a server shows a certificate of it', () => {
    const since = new Date(NOW - 2 * TIMES.lagMs).toISOString();
    const held = { ...ca(young), 'previous.crt': old.cert };
    const both = { control: tls(ofYoung), gateway: tls(ofOld) };
    assert.deepEqual(decided({ ca: held, servers: both }), ['leaf ca', 'old+young']);
    const one = { control: tls(ofYoung) };
    assert.deepEqual(decided({ ca: held, servers: one }), ['unused', 'old+young']);
    const unused = { ...held, 'previous.unused': since };
    const justNow = { ...held, 'previous.unused': new Date(NOW).toISOString() };
    assert.deepEqual(
      decided({ ca: justNow, servers: one }),
      ['nothing', 'old+young'],
      'it may still be shown',
    );
    assert.deepEqual(decided({ ca: unused, servers: one }), ['drop', 'old+young']);
    const kinds = decide({ ca: unused, servers: both }, terms()).steps.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['leaf', 'used'], 'one that was put back is a new beginning');
    for (const other of ['x', RSA.cert, ofOld.cert])
      assert.deepEqual(decided({ ca: { ...held, 'previous.crt': other }, servers: one }), ['drop', 'young']);
  });

  it('does not wait for all places when certificates are about to expire', () => {
    const held = { ca: { ...ca(old), ...next(young) }, servers: { control: tls(ofOld) } };
    const first = (now: number) =>
      decide(held, terms(now)).steps.find(({ kind }) => kind === 'published')?.after;
    assert.deepEqual([first(NOW), first(NOW + 80 * DAY)], ['everywhere', 'tried']);
  });
});
