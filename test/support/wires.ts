/** All wires as tests ask them: at which path, with which body, streamed or not. Shares no code with core/wire. */
import { provider, type Spec } from './policies.ts';

export const WIRES = ['anthropic-messages', 'openai-chat', 'openai-responses', 'openai-embeddings'] as const;
export type WireName = (typeof WIRES)[number];

/** One way to ask. */
export interface Form {
  readonly wire: WireName;
  readonly stream: boolean;
}

/** Every way to ask; embeddings are never streamed. */
export const FORMS: readonly Form[] = WIRES.flatMap((wire): Form[] => {
  const plain = { wire, stream: false };
  return wire === 'openai-embeddings' ? [plain] : [plain, { wire, stream: true }];
});

export const PATHS: Readonly<Record<WireName, string>> = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'openai-embeddings': '/v1/embeddings',
};

/** Cheap ones, whose prices both sides know. */
export const CHEAP: Readonly<Record<WireName, string>> = {
  'anthropic-messages': 'claude-haiku-4-5',
  'openai-chat': 'gpt-5.4-mini',
  'openai-responses': 'gpt-5.4-mini',
  'openai-embeddings': 'text-embedding-3-large',
};

export function formName({ wire, stream }: Form): string {
  return stream ? `${wire}, streamed` : wire;
}

/** What a request asks beside its text. */
export interface Wanted {
  readonly model?: string;
  /** Output cap, tokens. */
  readonly cap?: number;
  /** Further fields. */
  readonly more?: object;
}

/** @returns the body of a request with one text, which may hold directives for the rehearsal */
export function requestOf({ wire, stream }: Form, text: string, wanted: Wanted = {}): object {
  const { model = CHEAP[wire], cap = 2000, more = {} } = wanted;
  const messages = [{ role: 'user', content: text }];
  switch (wire) {
    case 'anthropic-messages':
      return { model, max_tokens: cap, stream, messages, ...more };
    case 'openai-chat':
      return { model, max_completion_tokens: cap, stream, messages, ...more };
    case 'openai-responses':
      return { model, max_output_tokens: cap, stream, input: text, ...more };
    case 'openai-embeddings':
      return { model, input: text, ...more };
  }
}

const OPENAI = ['openai-chat', 'openai-responses', 'openai-embeddings'];

/** @returns the Providers of all wires, at one address */
export function providers(url: string, spec: Spec = {}): object[] {
  return [provider(url, spec), provider(url, { wires: OPENAI, ...spec }, 'openai')];
}

/** How often each form, or whatever else, was there. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.#counts.set(what, this.of(what) + times);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
}
