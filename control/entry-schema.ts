/**
 * What a sidecar may write into the audit log: the kinds of entries that are its own, each with the fields that counting
 * anew, metrics and readers go by. The limits lie well above what sidecars write (core/audit/bounded.ts,
 * core/git/push.ts), so that no honest entry is refused. Fields that are not known here may come with a later release:
 * they are kept as text, within the size of an entry, and nothing goes by them.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { EntryDraft, EntryKind } from '../core/audit/entry.ts';

const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });
const object = (
  required: Readonly<Record<string, object>>,
  optional: Readonly<Record<string, object>> = {},
) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const list = (items: object, maxItems: number) => ({ type: 'array', maxItems, items });

const name = { type: 'string', minLength: 1, maxLength: 512 };
const text = { type: 'string', maxLength: 1_024 };
const id = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' };
const lease = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,96}$' };
const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const boolean = { type: 'boolean' };
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
/** The last instant that a Date can name, epoch ms. */
const at = { type: 'integer', minimum: 0, maximum: 8_640_000_000_000_000 };
/** What is reserved for the largest cap that can be asked for is beyond what is counted exactly. */
const amount = { type: 'integer', minimum: 0, maximum: 1e30 };
const amounts = object({ usd: amount, tokens: amount, requests: amount });
const codes = list(text, 10_000);
const ms = { type: 'number' };
const verdict = { enum: ['allow', 'deny'] };
const status = nullable({ type: 'integer', minimum: 0, maximum: 999 });
const request = object({ envelope: hash, messages: nullable(hash) });
const labels = { type: 'object', maxProperties: 10_000, additionalProperties: text };
const workload = object({ namespace: name, name, labels, session: name });

/** As the sidecar asks with: what it was granted is put in by control, or proved by it. */
const draft = {
  exchange: id,
  agent: name,
  wire: name,
  endpoint: name,
  provider: name,
  requestedModel: nullable(text),
  model: nullable(text),
  stream: boolean,
  askedCap: nullable(count),
  bytes: count,
  observed: list(text, 1_000),
  findings: list(text, 1_000),
  removedBetas: list(text, 1_000),
  notInForce: codes,
};
const optional = { clientSession: text, content: request };
export const OPENED_DRAFT = object({ kind: { const: 'opened' }, ...draft }, optional);
const DRAFTED = ['kind', ...Object.keys(draft), ...Object.keys(optional)];

/** @returns what it says that control knows of: this waits in Redis, where there is room for nothing else */
export function knownOfDraft<T extends object>(opened: T): T {
  return Object.fromEntries(Object.entries(opened).filter(([field]) => DRAFTED.includes(field))) as T;
}

const SCHEMAS = {
  started: object({
    version: text,
    command: text,
    predecessor: nullable(object({ chain: id, seq: count, hash })),
  }),
  policy: object({ workload: name, snapshot: hash, policies: codes, notInForce: codes }),
  opened: object(
    {
      ...draft,
      lease,
      workload,
      snapshot: hash,
      cap: count,
      reserved: amounts,
      counters: list(
        {
          type: 'array',
          minItems: 3,
          maxItems: 3,
          items: [text, { enum: ['usd', 'tokens', 'requests'] }, nullable(at)],
        },
        10_000,
      ),
      rates: codes,
      proof: text,
    },
    optional,
  ),
  closed: object(
    {
      exchange: id,
      lease: nullable(lease),
      verdict,
      code: nullable(text),
      status,
      outcome: { enum: ['settled', 'charged', 'released', 'none'] },
      amounts,
      usage: nullable({
        type: 'object',
        maxProperties: 32,
        additionalProperties: { anyOf: [{ type: 'number' }, boolean] },
      }),
      calls: list(
        object({ name: text, class: name, verdict: { enum: ['allow', 'deny', 'observed'] } }, { code: text }),
        1_000,
      ),
      faults: list(text, 1_000),
      ms: object({ total: ms, governed: ms }),
    },
    {
      asked: object(
        {
          workload,
          agent: name,
          wire: nullable(name),
          endpoint: nullable(name),
          requestedModel: nullable(text),
          snapshot: nullable(hash),
          notInForce: codes,
        },
        { content: request },
      ),
      content: object({ reply: hash }),
      proof: text,
    },
  ),
  git: object({
    exchange: id,
    step: { enum: ['sent', 'ended'] },
    workload,
    phase: name,
    repository: name,
    url: { type: 'string', maxLength: 4_096 },
    service: name,
    listing: boolean,
    commands: list(object({ ref: text, old: text, new: text }, { result: { enum: ['ok', 'ng'] } }), 1_000),
    verdict,
    code: nullable(text),
    status,
    bytes: object({ up: count, down: count }),
  }),
  stopped: object({}),
} as const satisfies Partial<Record<EntryKind, object>>;

const ajv = new Ajv({ strictTuples: false });
const VALIDATORS: ReadonlyMap<unknown, ValidateFunction> = new Map(
  Object.entries(SCHEMAS).map(([kind, schema]) => [
    kind,
    ajv.compile({
      ...schema,
      required: [...schema.required, 'at'],
      properties: { ...schema.properties, at },
    }),
  ]),
);

/**
 * @param entry as it was read from the text of an entry
 * @returns it; or what is wrong with it, with the field's name and nothing of what stands in it
 */
export function readDraft(entry: object): { readonly entry: EntryDraft } | { readonly problem: string } {
  const { kind } = entry as { kind?: unknown };
  const validate = VALIDATORS.get(kind);
  if (validate === undefined) return { problem: `kind is none of ${[...VALIDATORS.keys()].join(', ')}` };
  if (!validate(entry)) return { problem: explained(validate.errors) };
  const draft = entry as EntryDraft;
  const problem = draft.kind === 'closed' ? contradiction(draft) : undefined;
  return problem === undefined ? { entry: draft } : { problem };
}

/** @returns where a message is not as its schema asks, and how: "/entries/0/text must be string" */
export function explained(errors: ErrorObject[] | null | undefined): string {
  // Of alternatives the first says what was meant; that null would do, too, helps nobody.
  const [first] = errors ?? [];
  return first === undefined ? 'it is not as it has to be' : `${first.instancePath || 'it'} ${first.message}`;
}

/** What is settled is counted exactly; without a lease there is nothing to settle, and it has to be said who asked. */
function contradiction({
  lease: of,
  outcome,
  amounts: said,
  asked,
}: Extract<EntryDraft, { kind: 'closed' }>) {
  if (outcome === 'settled' && !Object.values(said).every(Number.isSafeInteger))
    return '/amounts are more than can be counted';
  if (of !== null) return undefined;
  if (outcome !== 'none') return '/outcome is none where there is no lease';
  return asked === undefined ? '/asked is missing where there is no lease' : undefined;
}
