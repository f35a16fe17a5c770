/** What may reach a provider of OpenAI's Responses. Source: its API reference, and its pricing page. */
import {
  type Changes,
  type Dialect,
  isJson,
  type Json,
  misspelt as misspeltOf,
  modelChange,
  type Replaced,
  type Rules,
  replace,
  type Sent,
  spelt,
} from './oracle.ts';
import {
  dearest,
  everything,
  imageTokens,
  livesLong,
  openAiHeaders,
  type Writes,
  windowOf,
  words,
  writtenBytes,
} from './oracle-openai.ts';

const TOP = words(
  `model input instructions max_output_tokens max_tool_calls stream stream_options tools tool_choice parallel_tool_calls
   text reasoning temperature top_p top_logprobs truncation include metadata user safety_identifier prompt_cache_key
   prompt_cache_options prompt_cache_retention context_management access_programs client_metadata image personality`,
);
/** These make the provider do more than answer, or cost what nobody knows, unless they say that it should not. */
const OFF: Readonly<Record<string, readonly unknown[]>> = {
  service_tier: [null, 'auto', 'default', 'flex'],
  previous_response_id: [null],
  conversation: [null],
  prompt: [null],
  background: [null, false],
  store: [false],
  moderation: [null],
};
/** Of the items that the mutations put in, those that only say something, or are history. */
const ITEMS = words(
  `message reasoning function_call function_call_output custom_tool_call_output local_shell_call local_shell_call_output
   shell_call_output computer_call_output tool_search_output additional_tools image_generation_call`,
);
/** Of the parts, the same. */
const PARTS = words(
  `input_text output_text text refusal summary_text reasoning_text input_image computer_screenshot input_file input_audio`,
);
/** Tools that the agent runs; of the second kind the provider adds the definition by itself. */
const OWN_TOOLS = words('function custom namespace');
const KNOWN_TOOLS = words('local_shell shell apply_patch computer computer_use_preview tool_search');
const JUDGED = new Set([
  ...TOP,
  ...Object.keys(OFF),
  ...words(`type role id name content summary output result encrypted_content format image_url file_id file_url file_data
    input_audio data execution environment prompt_cache_breakpoint ttl mode comparison_response_id`),
]);

const misspelt = (object: Json) => misspeltOf(object, JUDGED);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const typeOf = (item: Json) => item.type ?? (typeof item.role === 'string' ? 'message' : 'item_reference');

function fieldFaults(body: Json): string[] {
  const faults = misspelt(body);
  for (const [name, value] of Object.entries(body))
    if (!TOP.has(name) && !OFF[name]?.includes(value)) faults.push(`it has the field ${name}`);
  for (const name of ['text', 'reasoning', 'prompt_cache_options', 'tool_choice', 'stream_options']) {
    const field = body[name];
    if (isJson(field)) faults.push(...misspelt(field));
  }
  const { reasoning, prompt_cache_options: cache } = body;
  if (isJson(reasoning) && !['standard', null].includes((reasoning.mode ?? null) as string | null))
    faults.push(`it thinks in the mode ${reasoning.mode}`);
  if (isJson(cache) && (cache.comparison_response_id ?? null) !== null) faults.push('it compares');
  if (listOf(body.context_management).length > 0) faults.push('its context is changed');
  for (const item of listOf(body.input)) faults.push(...itemFaults(item));
  faults.push(...listOf(body.tools).flatMap(toolFaults));
  return faults;
}

function itemFaults(item: unknown): string[] {
  if (!isJson(item)) return ['an item is no object'];
  const faults = misspelt(item);
  const type = typeOf(item);
  if (typeof type !== 'string' || !ITEMS.has(type)) return [...faults, `it has the item ${type}`];
  if (type === 'message' && typeof item.role !== 'string') faults.push('a message has no role');
  if (type === 'message') faults.push(...contentFaults(item.content));
  if (type === 'function_call_output' || type === 'custom_tool_call_output')
    faults.push(...contentFaults(item.output));
  if (type === 'reasoning') {
    faults.push(...contentFaults(item.summary), ...contentFaults(item.content));
    const here = (item.encrypted_content ?? '') !== '' || listOf(item.content).length > 0;
    if (!here && typeof item.id === 'string') faults.push('its thoughts are kept by the provider');
  }
  if (type === 'image_generation_call' && (typeof item.result !== 'string' || item.result === ''))
    faults.push('its image is kept by the provider');
  if (type === 'additional_tools' || type === 'tool_search_output')
    faults.push(...listOf(item.tools).flatMap(toolFaults));
  for (const { part } of partsOf(item)) if (PARTS.has(String(part.type))) faults.push(...sourceFaults(part));
  return faults;
}

interface Placed {
  readonly part: Json;
  /** From the item. */
  readonly path: readonly (string | number)[];
}

/** Where an item has parts: in the fields that say so, and anywhere in items that have forms of their own. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  message: ['content'],
  reasoning: ['summary', 'content'],
  function_call_output: ['output'],
  custom_tool_call_output: ['output'],
  additional_tools: [],
  tool_search_output: [],
};

function partsOf(item: Json): Placed[] {
  const found: Placed[] = [];
  const places = PLACES[String(typeOf(item))];
  if (places === undefined) everything(item, [], (part, path) => found.push({ part, path }));
  for (const place of places ?? [])
    for (const [n, part] of listOf(item[place]).entries())
      if (isJson(part)) found.push({ part, path: [place, n] });
  return found;
}

function contentFaults(content: unknown): string[] {
  if (content === undefined || content === null || typeof content === 'string') return [];
  if (!Array.isArray(content)) return ['content is neither text nor a list'];
  return content.flatMap((part) =>
    isJson(part) && PARTS.has(String(part.type)) ? misspelt(part) : ['a part is none that is known'],
  );
}

/** Nothing is fetched, or taken from what the provider keeps. */
function sourceFaults(part: Json): string[] {
  const isImage = part.type === 'input_image' || part.type === 'computer_screenshot';
  if (!isImage && part.type !== 'input_file') return [];
  const faults = (part.file_id ?? null) === null ? [] : ['it has a file of the provider'];
  const url = isImage ? part.image_url : part.file_url;
  if (typeof url === 'string' && !url.startsWith('data:')) faults.push(`it would be fetched: ${url}`);
  return faults;
}

function toolFaults(tool: unknown): string[] {
  if (!isJson(tool)) return ['a tool is no object'];
  const type = String(tool.type);
  const faults = misspelt(tool);
  if (type === 'namespace') return [...faults, ...listOf(tool.tools).flatMap(toolFaults)];
  const { environment = null } = tool;
  const elsewhere =
    (type === 'tool_search' && tool.execution !== 'client') ||
    (type === 'shell' && environment !== null && !(isJson(environment) && environment.type === 'local'));
  const known = OWN_TOOLS.has(type) || KNOWN_TOOLS.has(type);
  return known && !elsewhere ? faults : [...faults, `it has the tool ${type}`];
}

/** The alias, the output cap, and that nothing is kept. */
function changes(sent: Sent, billed: boolean, rules: Rules): Changes | string {
  const named = modelChange(sent, rules);
  if (typeof named === 'string') return named;
  const { body } = sent;
  const cap = spelt(sent, 'max_output_tokens');
  if (cap !== undefined && !/^(null|\d+)$/.test(cap)) return `the output cap ${cap} may be read otherwise`;
  if (!billed) return { replaced: named.replaced, added: [] };
  const ceiling = String(rules.ceiling);
  const over = cap === 'null' || Number(cap) > rules.ceiling;
  const replaced: Replaced[] = [
    ...named.replaced,
    ...(over ? replace(sent, ['max_output_tokens'], ceiling) : []),
  ];
  const added = [
    ...(cap === undefined ? [`"max_output_tokens":${ceiling}`] : []),
    ...('store' in body ? [] : ['"store":false']),
  ];
  return { replaced, added };
}

/** OpenAI, "Prompt caching": newer models write by themselves. */
function writesOf({ prompt_cache_options: options, input }: Json): Writes {
  const parts = listOf(input).filter(isJson).flatMap(partsOf);
  const marked = parts.some(
    ({ part }) => PARTS.has(String(part.type)) && livesLong(part.prompt_cache_breakpoint, ['30m']),
  );
  return marked || livesLong(options, ['30m']) ? 'long' : 'short';
}

/**
 * Each byte that is no media may be a token; to that come 256 around a conversation, 16 for each item, 64 for each tool,
 * 1,500 where there are any, and 5,000 for each whose definition the provider has.
 */
function inputOf(sent: Sent, model: string): number {
  const { text, body } = sent;
  const { input } = body;
  let tokens = 256 + Buffer.byteLength(text) + 16 * (Array.isArray(input) ? input.length : 1);
  let documents = 0;
  let tools = 0;
  const countTools = (list: unknown): void => {
    for (const tool of listOf(list).filter(isJson)) {
      tools++;
      if (tool.type === 'namespace') countTools(tool.tools);
      if (KNOWN_TOOLS.has(String(tool.type))) tokens += 5000;
    }
  };
  countTools(body.tools);
  for (const [i, item] of listOf(input).entries()) {
    if (!isJson(item)) continue;
    if (item.type === 'additional_tools' || item.type === 'tool_search_output') countTools(item.tools);
    if (item.type === 'image_generation_call')
      tokens += imageTokens(model) - writtenBytes(sent, ['input', i, 'result']);
    for (const { part, path } of partsOf(item)) {
      const bytes = (...field: string[]) => writtenBytes(sent, ['input', i, ...path, ...field]);
      if (part.type === 'input_image' || part.type === 'computer_screenshot')
        tokens += imageTokens(model) - bytes('image_url');
      if (part.type === 'input_file') {
        documents++;
        tokens -= bytes('file_data') + (String(part.file_url).startsWith('data:') ? bytes('file_url') : 0);
      }
      // Of what is heard, each letter of base64 may be a token.
      if (part.type === 'input_audio' && isJson(part.input_audio))
        tokens += String(part.input_audio.data).length - bytes('input_audio', 'data');
    }
  }
  tokens += 64 * tools + (tools > 0 ? 1500 : 0);
  return documents > 0 ? Math.max(tokens, windowOf(model)) : tokens;
}

export const RESPONSES: Dialect = {
  line: /^POST \/v1\/responses(\/input_tokens)? HTTP\/1\.1$/,
  isBilled: (line) => !line.includes('input_tokens'),
  headers: openAiHeaders,
  fieldFaults,
  changes,
  most: (sent, { body }) => {
    const got = JSON.parse(body.toString()) as Json;
    const model = String(got.model);
    return dearest(model, inputOf(sent, model), Number(got.max_output_tokens), writesOf(sent.body));
  },
};
