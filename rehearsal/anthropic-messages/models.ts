/** The Claude models that can be played. */
import type { JsonObject } from '../json.ts';

/** What the rehearsal knows of a model it can play. */
export type Model = {
  readonly id: string;
  readonly displayName: string;
  readonly line: 'opus' | 'sonnet' | 'haiku';
  readonly createdAt: string;
  /** The largest max_tokens it takes. */
  readonly maxOutput: number;
  readonly maxInput: number;
  /** True for models from Claude 4.6 on: they take `inference_geo` and no longer take an assistant prefill. */
  readonly modern: boolean;
};

export const models: readonly Model[] = [
  {
    id: 'claude-opus-5-5',
    displayName: 'Claude Opus 5.5 (rehearsal)',
    line: 'opus',
    createdAt: '2026-09-01T00:00:00Z',
    maxOutput: 128_000,
    maxInput: 1_000_000,
    modern: true,
  },
  {
    id: 'claude-sonnet-5',
    displayName: 'Claude Sonnet 5 (rehearsal)',
    line: 'sonnet',
    createdAt: '2026-06-01T00:00:00Z',
    maxOutput: 128_000,
    maxInput: 1_000_000,
    modern: true,
  },
  {
    id: 'claude-sonnet-4-6',
    displayName: 'Claude Sonnet 4.6 (rehearsal)',
    line: 'sonnet',
    createdAt: '2026-02-17T00:00:00Z',
    maxOutput: 128_000,
    maxInput: 1_000_000,
    modern: true,
  },
  {
    id: 'claude-sonnet-4-5',
    displayName: 'Claude Sonnet 4.5 (rehearsal)',
    line: 'sonnet',
    createdAt: '2025-09-29T00:00:00Z',
    maxOutput: 64_000,
    maxInput: 200_000,
    modern: false,
  },
  {
    id: 'claude-haiku-4-5',
    displayName: 'Claude Haiku 4.5 (rehearsal)',
    line: 'haiku',
    createdAt: '2025-10-01T00:00:00Z',
    maxOutput: 64_000,
    maxInput: 200_000,
    modern: false,
  },
];

/** The model of that name, with or without a date at its end (`-20251001`); undefined if there is none. */
export function findModel(name: string): Model | undefined {
  const id = name.replace(/-\d{8}$/, '');
  return models.find((model) => model.id === id);
}

/** A model as `GET /v1/models/{id}` shows it. `id` is the name that was asked for. */
export function modelInfo(model: Model, id: string = model.id): JsonObject {
  return {
    type: 'model',
    id,
    display_name: model.displayName,
    created_at: model.createdAt,
    line: model.line,
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
    max_input_tokens: model.maxInput,
    max_tokens: model.maxOutput,
    capabilities: null,
  };
}

/** The answer to `GET /v1/models`: all models on one page. */
export function modelList(): JsonObject {
  return {
    data: models.map((model) => modelInfo(model)),
    has_more: false,
    first_id: models.at(0)?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
