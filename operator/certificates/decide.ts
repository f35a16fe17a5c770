/**
 * What the Secrets hold, and the time → what to write next. A rotation is a row of writes, and after each of them this
 * can be asked again by another process that knows of nothing but the Secrets.
 *
 *   signer is old ──> next ──> in every bundle ──> a while later: signer, the old one is previous
 *        ──> servers get new certificates ──> none of the old one's is left ──> a while later: previous leaves the bundle
 *
 * So whoever serves is trusted by whoever asks at each moment, though both learn of changes only after a while: kubelets
 * bring what changed in a Secret or a ConfigMap about 90 s later.
 *
 * An authority that was lost (its key is gone, its Secret emptied) is replaced in the same way: what servers still show
 * stays trusted, for its certificate stands beside theirs. Where no server shows anything there is nobody to wait for.
 */
import type { Server } from '../../core/cluster/names.ts';
import {
  type Authority,
  type Data,
  isUsable,
  type Leaf,
  readAuthority,
  readLeaf,
  readTrusted,
  type Trusted,
} from './read.ts';

export interface Times {
  /** For how long an authority, and a server's certificate, are valid; renewed when a third of that is left. */
  readonly authorityMs: number;
  readonly leafMs: number;
  /** After so long everybody has what was written. */
  readonly lagMs: number;
  /** Clocks of others may be behind by so much. */
  readonly skewMs: number;
}

const DAY_MS = 86_400_000;
export const TIMES: Times = {
  authorityMs: 3650 * DAY_MS,
  leafMs: 90 * DAY_MS,
  lagMs: 3_600_000,
  skewMs: 3_600_000,
};

export interface Held {
  readonly ca: Data;
  /** One that has no Secret is left out. */
  readonly servers: Readonly<Partial<Record<Server, Data>>>;
}

export interface Terms {
  /** Epoch ms. */
  readonly now: number;
  readonly times: Times;
  /** DNS names that a server's certificate has to have. */
  readonly namesOf: (server: Server) => readonly string[];
}

type Act =
  /** A new authority; with it stand those (PEM) that are still needed. */
  | {
      readonly kind: 'authority';
      readonly slot: 'ca' | 'next';
      readonly previous: string;
      readonly why: string;
    }
  /** Notes that `next` stands in every bundle. */
  | { readonly kind: 'published' }
  /** `next` signs from now on. */
  | { readonly kind: 'promote'; readonly previous: string }
  | { readonly kind: 'leaf'; readonly server: Server; readonly from: 'ca' | 'next'; readonly why: string }
  /** Notes that no server shows a certificate of `previous` any more, or takes that back. */
  | { readonly kind: 'unused' }
  | { readonly kind: 'used' }
  | { readonly kind: 'drop' };

export type Step = Act & {
  /** What has to be true of the bundle first: nothing; that writing it was tried; that it stands everywhere. */
  readonly after: 'nothing' | 'tried' | 'everywhere';
};

export interface Problem {
  readonly about: 'ca' | Server;
  /** A sentence's rest: "tollgate-ca: …". */
  readonly what: string;
}

export interface Decision {
  /** PEM, all that is to be trusted; empty: there is nothing yet. */
  readonly bundle: string;
  /** In order; the first that may be done is done, and then this is asked again. */
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
  /** For metrics: when what is in force ends, epoch ms. */
  readonly ends: Readonly<Partial<Record<'ca' | Server, number>>>;
}

/** Keys of the authority's Secret. */
export const KEYS = {
  ca: { crt: 'ca.crt', key: 'ca.key' },
  next: { crt: 'next.crt', key: 'next.key' },
  /** When `next` stood in every bundle, and since when nobody shows a certificate of `previous`: ISO 8601. */
  published: 'next.published',
  previous: 'previous.crt',
  unused: 'previous.unused',
} as const;

export function decide(held: Held, terms: Terms): Decision {
  const { ca } = held;
  const { now } = terms;
  const [signer, next] = (['ca', 'next'] as const).map((slot) => {
    const { crt, key } = KEYS[slot];
    return readAuthority(ca[crt] ?? '', ca[key] ?? '', now);
  }) as [ReturnType<typeof readAuthority>, ReturnType<typeof readAuthority>];
  const previous = readTrusted(ca[KEYS.previous] ?? '', now);
  const current = { signer: isUsable(signer) ? signer : undefined, next: isUsable(next) ? next : undefined };

  // Certificates without a usable key, and those beside the servers': good only for what they have signed and is in use.
  const lone =
    current.signer === undefined
      ? [ca[KEYS.ca.crt], ...Object.values(held.servers).map((data) => data[KEYS.ca.crt])]
      : [];
  if (current.next === undefined) lone.push(ca[KEYS.next.crt]);
  const sure = [current.signer, current.next, ...previous].filter((one) => one !== undefined);
  const known = unique([...sure, ...lone.flatMap((text) => readTrusted(text ?? '', now))]);
  const leaves = Object.entries(held.servers).map(([server, data]) => ({
    server: server as Server,
    leaf: readLeaf(data, known, now),
  }));
  const shown = leaves.map(({ leaf }) => leaf).filter(isUsable);
  const isShown = ({ id }: Trusted) => shown.some(({ issuer }) => issuer.id === id);
  const trusted = known.filter((one) => sure.some(({ id }) => id === one.id) || isShown(one));

  const problems: Problem[] = [
    ...[signer, next].flatMap((one) => problemOf('ca', one)),
    ...leaves.flatMap(({ server, leaf }) => problemOf(server, leaf)),
  ];
  const state: State = {
    ...current,
    nextBroken: !isUsable(next) && next.why !== undefined,
    previous,
    trusted,
    leaves,
    shown,
    isShown,
  };
  return {
    bundle: bundleOf(trusted),
    steps: [
      ...authoritySteps(state, ca, terms),
      ...leafSteps(state, terms),
      ...previousSteps(state, ca, terms),
    ],
    problems,
    ends: {
      ...(current.signer === undefined ? {} : { ca: current.signer.until }),
      ...Object.fromEntries(
        leaves.flatMap(({ server, leaf }) => (isUsable(leaf) ? [[server, leaf.until]] : [])),
      ),
    },
  };
}

interface State {
  readonly signer: Authority | undefined;
  readonly next: Authority | undefined;
  readonly nextBroken: boolean;
  readonly previous: readonly Trusted[];
  /** All that stand in the bundle. */
  readonly trusted: readonly Trusted[];
  readonly leaves: readonly { readonly server: Server; readonly leaf: ReturnType<typeof readLeaf> }[];
  /** What servers show. */
  readonly shown: readonly Leaf[];
  readonly isShown: (one: Trusted) => boolean;
}

function authoritySteps(state: State, ca: Data, { now, times }: Terms): Step[] {
  const { signer, next, trusted, shown } = state;
  // While nobody asks yet there is nobody to wait for.
  const nobody = signer === undefined && shown.length === 0;
  if (next === undefined) {
    const why =
      signer === undefined
        ? 'there is none that can sign'
        : now >= renewAt(signer, times.authorityMs)
          ? 'a third of its time is left'
          : state.nextBroken
            ? 'the one to come is broken'
            : undefined;
    if (why === undefined) return [];
    const slot = nobody ? 'ca' : 'next';
    const rest = slot === 'ca' ? [] : trusted.filter(({ id }) => id !== signer?.id);
    return [{ kind: 'authority', slot, previous: pemOf(rest), why, after: 'nothing' }];
  }
  const published = timeOf(ca[KEYS.published], now);
  if (nobody || (published !== undefined && now >= published + times.lagMs)) {
    const rest = nobody ? [] : trusted.filter(({ id }) => id !== next.id);
    return [{ kind: 'promote', previous: pemOf(rest), after: 'nothing' }];
  }
  if (published !== undefined) return [];
  // One namespace that can't be written to must not hold up all the others until their certificates have expired.
  const urgent = shown.some(({ until }) => until - now < times.leafMs / 6);
  return [{ kind: 'published', after: urgent ? 'tried' : 'everywhere' }];
}

function leafSteps({ signer, next, leaves }: State, { now, times, namesOf }: Terms): Step[] {
  return leaves.flatMap(({ server, leaf }): Step[] => {
    const why = whyRenew(leaf, signer, namesOf(server), now, times);
    if (why === undefined) return [];
    const step = { kind: 'leaf', server, why, after: 'tried' } as const;
    if (signer !== undefined) return [{ ...step, from: 'ca' }];
    // A server that has nothing to show loses nothing by what is not trusted everywhere yet.
    return next !== undefined && !isUsable(leaf) ? [{ ...step, from: 'next' }] : [];
  });
}

function whyRenew(
  leaf: ReturnType<typeof readLeaf>,
  signer: Authority | undefined,
  names: readonly string[],
  now: number,
  times: Times,
): string | undefined {
  if (!isUsable(leaf)) return leaf.why ?? 'there is none';
  if (leaf.issuer.id !== signer?.id) return 'another authority signs now';
  if (now >= renewAt(leaf, times.leafMs)) return 'a third of its time is left';
  const missing = names.find((name) => leaf.certificate.checkHost(name) === undefined);
  return missing === undefined ? undefined : `it is not for ${missing}`;
}

function previousSteps({ previous, signer, isShown }: State, ca: Data, { now, times }: Terms): Step[] {
  if ((ca[KEYS.previous] ?? '') === '' || signer === undefined) return [];
  const unused = timeOf(ca[KEYS.unused], now);
  if (previous.some(isShown)) return unused === undefined ? [] : [{ kind: 'used', after: 'nothing' }];
  if (previous.length > 0 && unused === undefined) return [{ kind: 'unused', after: 'nothing' }];
  const over = previous.length === 0 || (unused !== undefined && now >= unused + times.lagMs);
  return over ? [{ kind: 'drop', after: 'nothing' }] : [];
}

/** When a third of its time is left; of the time it was given, where that was less than is usual. */
function renewAt(
  { from, until }: { readonly from: number; readonly until: number },
  usualMs: number,
): number {
  return until - Math.min(usualMs, until - from) / 3;
}

/** @returns undefined for none, and for one that is still to come: then a clock was wrong */
function timeOf(text: string | undefined, now: number): number | undefined {
  const at = Date.parse(text ?? '');
  return at <= now ? at : undefined;
}

function problemOf(about: Problem['about'], read: object): Problem[] {
  const { why } = read as { why?: string };
  return why === undefined ? [] : [{ about, what: why }];
}

/** The same for the same certificates, in whatever order they were found. */
export function bundleOf(trusted: readonly Trusted[]): string {
  const sorted = [...trusted].sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
  return pemOf(sorted);
}

export function unique(trusted: readonly Trusted[]): Trusted[] {
  return [...new Map(trusted.map((one) => [one.id, one] as const).reverse()).values()].reverse();
}

function pemOf(trusted: readonly Trusted[]): string {
  return trusted.map(({ pem }) => pem).join('');
}
