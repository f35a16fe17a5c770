/**
 * Calls that really cost what is reserved for them, to the nano-dollar: the rehearsal is told to bill the whole bound. All
 * wires cost the same, because their texts are filled up until they do. So a budget that fits ten of them is used up by
 * ten, whichever they are, and every other sum is wrong.
 *
 *   cost = input × rate + output × rate      of each wire, at the price of its own model; the least sum that all can have
 */
import assert from 'node:assert/strict';
import { DUMMY_KEY } from './keys.ts';
import type { Scope } from './output.ts';
import { PLENTY, profile } from './policies.ts';
import { startTestSidecar } from './sidecar.ts';
import { FORMS, type Form, formName, PATHS, providers, requestOf, WIRES, type WireName } from './wires.ts';

export interface ExactModel {
  readonly model: string;
  /** Output cap, tokens; all of it is billed, for each choice. */
  readonly cap: number;
  /** nano-USD a token, at the dearest that the provider can bill. */
  readonly input: number;
  readonly output: number;
  /** How the provider names that input in `/bill`. */
  readonly billedAs?: 'input' | 'cache_write_5m';
  /** How many replies are asked for, on the wire that has that. */
  readonly choices?: number;
}

export type ExactModels = Readonly<Record<WireName, ExactModel>>;

export interface ExactCalls {
  readonly models: ExactModels;
  /** What each call reserves, and costs, nano-USD. */
  readonly cost: number;
  /** The highest output cap of them. */
  readonly cap: number;
  /**
   * @param tag names the call wherever it leaves a trace; all have the length of the first
   * @param pace from 1 to 9: how long its reply takes
   */
  body(tag: string, form: Form, pace?: number): string;
}

export interface CallEnd {
  readonly tag: string;
  readonly form: Form;
  /** Whether its reply arrived whole; refused calls get one too. */
  readonly ended: 'allowed' | 'refused' | 'broken';
  readonly text: string;
}

const TAG = /call-\d{3}-\d{3}/;

/** @returns the tag of a request that holds one */
export function tagIn(body: Buffer): string | undefined {
  return TAG.exec(body.toString('latin1'))?.[0];
}

export function tagOf(round: number, n: number): string {
  return `call-${String(round).padStart(3, '0')}-${String(n).padStart(3, '0')}`;
}

/** What is sent, but for the number of tokens that are billed and the letters that fill it up. */
interface Filled {
  readonly input: number;
  readonly letters: number;
}

function bodyOf(exact: ExactModel, form: Form, tag: string, filled: Filled, pace: number): string {
  const { model, cap, choices = 1, billedAs = 'input' } = exact;
  const words = form.wire !== 'openai-embeddings';
  const geo = form.wire === 'anthropic-messages' ? ' geo=us' : '';
  // Numbers of one width, so that the length, and with it the bound, does not depend on them.
  const count = String(filled.input).padStart(10, '0');
  const bill = `/bill ${billedAs}=${count} output=${cap * choices}${geo}`;
  // What has no words has no pace: all of it comes late.
  const said = words ? [`/pace ${pace}`, '/tokens 60', '/say done'] : [`/fault slow-head:${pace}0`];
  const text = [tag, bill, ...said, 'x'.repeat(filled.letters)].join('\n');
  const body = JSON.stringify(requestOf(form, text, { model, cap, more: choices > 1 ? { n: choices } : {} }));
  return form.stream ? body.replace('"stream":true', '"stream": true') : body;
}

/** The least sum that every wire can cost. @param least nano-USD of each wire, by now */
function commonCost(models: ExactModels, least: Readonly<Record<WireName, number>>): number {
  const from = Math.max(...WIRES.map((wire) => least[wire]));
  for (let cost = from; cost < from + 50_000_000; cost++) {
    if (WIRES.every((wire) => (cost - least[wire]) % models[wire].input === 0)) return cost;
  }
  throw new Error('with these caps no sum is the same on all wires');
}

/** Learns from one call of each wire what such a call reserves, and proves of each form that it costs just that. */
export async function exactCalls(t: Scope, models: ExactModels): Promise<ExactCalls> {
  const sidecar = await startTestSidecar(t, { policies: [PLENTY, profile({})], providers });
  const tag = tagOf(0, 0);
  const send = async (form: Form, body: string) => {
    const response = await sidecar.send(body, { path: PATHS[form.wire] });
    const text = await response.text();
    assert.equal(response.status, 200, text);
  };
  const outputOf = ({ cap, choices = 1 }: ExactModel) => cap * choices;
  const unfilled = new Map<WireName, number>();
  for (const wire of WIRES) {
    const form = { wire, stream: false };
    await send(form, bodyOf(models[wire], form, tag, { input: 1, letters: 0 }, 1));
    const { tokens } = sidecar.records().opened.at(-1)?.reserved ?? { tokens: 0 };
    unfilled.set(wire, tokens - outputOf(models[wire]));
  }
  const inputOf = (wire: WireName) => unfilled.get(wire) ?? 0;
  const leastOf = (wire: WireName) =>
    inputOf(wire) * models[wire].input + outputOf(models[wire]) * models[wire].output;
  const least = Object.fromEntries(WIRES.map((wire) => [wire, leastOf(wire)])) as Record<WireName, number>;
  const cost = commonCost(models, least);
  const filledOf = (wire: WireName): Filled => {
    const letters = (cost - leastOf(wire)) / models[wire].input;
    return { input: inputOf(wire) + letters, letters };
  };
  const lengths = new Map<WireName, number>();
  const body = (of: string, form: Form, pace = 5) => {
    const text = bodyOf(models[form.wire], form, of, filledOf(form.wire), pace);
    const length = lengths.get(form.wire) ?? text.length;
    lengths.set(form.wire, length);
    assert.equal(text.length, length, 'all reserve the same');
    return text;
  };
  for (const form of FORMS) await send(form, body(tag, form, 1));
  const calls = WIRES.length + FORMS.length;
  await sidecar.closed(calls);
  const { closed, opened } = sidecar.records();
  const bill = sidecar.rehearsal.bill();
  for (const [n, form] of FORMS.entries()) {
    const at = WIRES.length + n;
    const amounts = [opened[at]?.reserved.usd, closed[at]?.amounts.usd, bill[at]?.nanoUsd];
    assert.deepEqual(amounts, [cost, cost, cost], `${formName(form)} costs just what is reserved`);
  }
  await sidecar.stop();
  return { models, cost, cap: Math.max(...WIRES.map((wire) => models[wire].cap)), body };
}

/** Makes a call as Claude Code does, which names its session in a header, and does not ask again when it breaks. */
export async function makeCall(url: string, tag: string, form: Form, body: string): Promise<CallEnd> {
  const headers = {
    'content-type': 'application/json',
    'x-api-key': DUMMY_KEY,
    'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)',
    'x-claude-code-session-id': tag,
  };
  try {
    const response = await fetch(`${url}${PATHS[form.wire]}`, { method: 'POST', headers, body });
    const text = await response.text();
    const refused = response.headers.get('x-tollgate-verdict') === 'deny';
    // Words in the place of vectors would break whoever reads them.
    assert.equal(response.status, refused && form.wire === 'openai-embeddings' ? 403 : 200, text);
    return { tag, form, ended: refused ? 'refused' : 'allowed', text };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return { tag, form, ended: 'broken', text: String(error) };
  }
}

/** nano-USD as a manifest has it. */
export function usdText(nano: number): string {
  return `${Math.floor(nano / 1e9)}.${String(nano % 1e9).padStart(9, '0')}`;
}
