/** The OpenAI models that can be played. */
import type { JsonObject } from '../json.ts';

/** What the rehearsal knows of an OpenAI model it can play. */
export type Model = {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** The largest output cap it takes, tokens; embeddings have no output. */
  readonly maxOutput: number;
  /** True for reasoning models: they take `max_completion_tokens` only. */
  readonly reasons: boolean;
  /** True for models that charge for writing prompt caches: from 5.6 on. */
  readonly chargesWrites: boolean;
  /** Present for models that make embeddings; `shortens` says whether fewer can be asked for. */
  readonly dimensions?: { readonly most: number; readonly shortens: boolean };
};

const day = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000;

function chat(id: string, date: string, maxOutput: number, reasons: boolean, chargesWrites = false): Model {
  return { id, created: day(date), maxOutput, reasons, chargesWrites };
}

function embedding(id: string, date: string, most: number, shortens: boolean): Model {
  const dimensions = { most, shortens };
  return { id, created: day(date), maxOutput: 0, reasons: false, chargesWrites: false, dimensions };
}

export const models: readonly Model[] = [
  chat('gpt-6-astra', '2026-10-01', 128_000, true, true),
  chat('gpt-6.1-sol', '2026-11-01', 128_000, true, true),
  chat('gpt-6-sol', '2026-10-01', 128_000, true, true),
  chat('gpt-6-luna', '2026-10-01', 128_000, true, true),
  chat('gpt-5.6-sol', '2026-07-01', 128_000, true, true),
  chat('gpt-5.5', '2026-04-23', 128_000, true),
  chat('gpt-5.4', '2026-03-05', 128_000, true),
  chat('gpt-5.4-mini', '2026-03-17', 128_000, true),
  chat('gpt-5.4-nano', '2026-03-17', 128_000, true),
  chat('gpt-4.1', '2025-04-14', 32_768, false),
  chat('gpt-4.1-mini', '2025-04-14', 32_768, false),
  chat('gpt-4o-mini', '2024-07-18', 16_384, false),
  embedding('text-embedding-3-small', '2024-01-25', 1536, true),
  embedding('text-embedding-3-large', '2024-01-25', 3072, true),
  embedding('text-embedding-ada-002', '2022-12-15', 1536, false),
];

/** The model of that name, with or without a date at its end (`-2026-04-23`); undefined if there is none. */
export function findModel(name: string): Model | undefined {
  const id = name.replace(/-\d{4}-\d{2}-\d{2}$/, '');
  return models.find((model) => model.id === id);
}

/** A model as `GET /v1/models/{id}` shows it. `id` is the name that was asked for. */
export function modelInfo(model: Model, id: string = model.id): JsonObject {
  return { id, object: 'model', created: model.created, owned_by: 'rehearsal' };
}

/** The answer to `GET /v1/models`. */
export function modelList(): JsonObject {
  return { object: 'list', data: models.map((model) => modelInfo(model)) };
}
