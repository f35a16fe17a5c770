/** What may reach a provider of OpenAI's chat completions. Source: its API reference, and its pricing page. */
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
  imageTokens,
  livesLong,
  openAiHeaders,
  type Writes,
  windowOf,
  words,
  writtenBytes,
} from './oracle-openai.ts';

const TOP = words(
  `model messages max_tokens max_completion_tokens n stream stream_options tools tool_choice parallel_tool_calls functions
   function_call response_format temperature top_p stop seed logprobs top_logprobs logit_bias presence_penalty
   frequency_penalty user safety_identifier prompt_cache_key prompt_cache_retention prompt_cache_options metadata
   reasoning_effort verbosity top_k min_p repetition_penalty thinking reasoning include_reasoning usage`,
);
/** These make the provider do more than answer, or cost what nobody knows, unless they say that it should not. */
const OFF: Readonly<Record<string, readonly unknown[]>> = {
  store: [null, false],
  audio: [null],
  modalities: [null],
  prediction: [null],
  web_search_options: [null],
  moderation: [null],
  service_tier: [null, 'auto', 'default', 'flex', 'on_demand'],
  models: [null],
  route: [null],
  plugins: [null],
  search_parameters: [null],
  deferred: [null, false],
};
const MESSAGE = words(
  `role content name refusal tool_calls tool_call_id function_call annotations parsed reasoning reasoning_content
   reasoning_details prefix partial`,
);
const ROLES = /^(system|developer|user|assistant|tool|function)$/;
const PARTS = /^(text|refusal|image_url|input_audio|file|thinking)$/;
const TOOLS = /^(function|custom)$/;
const MEDIA = ['image_url', 'input_audio', 'file'] as const;
const MEDIA_FIELDS = words('url detail data format file_data filename');
const JUDGED = new Set([
  ...TOP,
  ...Object.keys(OFF),
  ...MESSAGE,
  ...MEDIA,
  ...MEDIA_FIELDS,
  ...words('file_id type include_usage mode ttl prompt_cache_breakpoint cache_control'),
]);

const misspelt = (object: Json) => misspeltOf(object, JUDGED);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function fieldFaults(body: Json): string[] {
  const faults = misspelt(body);
  for (const [name, value] of Object.entries(body)) {
    const onlyText = name === 'modalities' && Array.isArray(value) && value.every((one) => one === 'text');
    if (!TOP.has(name) && !OFF[name]?.includes(value) && !onlyText) faults.push(`it has the field ${name}`);
  }
  for (const name of ['stream_options', 'response_format', 'prompt_cache_options']) {
    const field = body[name];
    if (isJson(field)) faults.push(...misspelt(field));
  }
  for (const message of Array.isArray(body.messages) ? body.messages : [undefined]) {
    if (!isJson(message) || !ROLES.test(String(message.role))) {
      faults.push('a message has no role');
      continue;
    }
    faults.push(...misspelt(message));
    for (const [name, value] of Object.entries(message))
      if (!MESSAGE.has(name) && !(name === 'audio' && value === null)) faults.push(`a message has ${name}`);
    faults.push(...contentFaults(message.content));
  }
  for (const tool of listOf(body.tools)) {
    if (!isJson(tool)) faults.push('a tool is no object');
    else if (!TOOLS.test(String(tool.type ?? 'function'))) faults.push(`it has the tool ${tool.type}`);
    else faults.push(...misspelt(tool));
  }
  return faults;
}

function contentFaults(content: unknown): string[] {
  if (content === undefined || content === null || typeof content === 'string') return [];
  if (!Array.isArray(content)) return ['content is neither text nor a list'];
  return content.flatMap((part) => {
    if (!isJson(part) || !PARTS.test(String(part.type))) return ['a part is none that is known'];
    return [...misspelt(part), ...MEDIA.flatMap((name) => mediaFaults(part[name], part.type === name))];
  });
}

function mediaFaults(media: unknown, wanted: boolean): string[] {
  if (media === undefined || media === null) return wanted ? ['a part has nothing in it'] : [];
  if (typeof media === 'string') return urlFaults(media);
  if (!isJson(media)) return ['what a part shows is no object'];
  const unknown = Object.entries(media).filter(([name, value]) => value !== null && !MEDIA_FIELDS.has(name));
  return [
    ...misspelt(media),
    ...unknown.map(([name]) => `what a part shows has ${name}`),
    ...(typeof media.url === 'string' ? urlFaults(media.url) : []),
    ...(typeof media.file_data === 'string' && /^(?!data:)[^:]*:/i.test(media.file_data)
      ? ['a file is fetched']
      : []),
  ];
}

function urlFaults(url: string): string[] {
  return /^data:/i.test(url) ? [] : [`it would be fetched: ${url}`];
}

/** The alias, both output caps, and the usage of a stream. */
function changes(sent: Sent, _billed: boolean, rules: Rules): Changes | string {
  const named = modelChange(sent, rules);
  if (typeof named === 'string') return named;
  const { body } = sent;
  const ceiling = String(rules.ceiling);
  const replaced: Replaced[] = [...named.replaced];
  const added: string[] = [];
  for (const name of ['max_tokens', 'max_completion_tokens', 'n']) {
    const number = spelt(sent, name);
    if (number !== undefined && !/^(null|\d+)$/.test(number))
      return `${name} ${number} may be read otherwise`;
  }
  const caps = ['max_tokens', 'max_completion_tokens'].filter((name) => typeof body[name] === 'number');
  if (new Set(caps.map((name) => body[name])).size > 1) return 'it has two output caps';
  for (const name of caps)
    if (Number(body[name]) > rules.ceiling) replaced.push(...replace(sent, [name], ceiling));
  if (caps.length === 0) {
    if ('max_completion_tokens' in body) replaced.push(...replace(sent, ['max_completion_tokens'], ceiling));
    else added.push(`"max_completion_tokens":${ceiling}`);
  }
  if (body.stream === true) {
    const asked = body.stream_options;
    const member = '"include_usage":true';
    if (!('stream_options' in body)) added.push(`"stream_options":{${member}}`);
    else if (!isJson(asked)) replaced.push(...replace(sent, ['stream_options'], `{${member}}`));
    else if ('include_usage' in asked)
      replaced.push(...replace(sent, ['stream_options', 'include_usage'], 'true'));
    else {
      const [whole] = replace(sent, ['stream_options'], '');
      const comma = Object.keys(asked).length > 0 ? ',' : '';
      replaced.push({ at: Number(whole?.at) + 1, length: 0, by: member + comma });
    }
  }
  return { replaced, added };
}

/** OpenAI, "Prompt caching": newer models write by themselves, unless only what is marked is to be written. */
function writesOf(body: Json): Writes {
  const options = isJson(body.prompt_cache_options) ? body.prompt_cache_options : {};
  const parts = listOf(body.messages).flatMap((message) => (isJson(message) ? listOf(message.content) : []));
  const places = [body, ...listOf(body.messages), ...parts, ...listOf(body.tools)].filter(isJson);
  const markers = places.flatMap((one) => [one.prompt_cache_breakpoint, one.cache_control]).filter(isJson);
  const long = livesLong(options, ['30m']) || markers.some((marker) => livesLong(marker, ['30m', '5m']));
  if (long) return 'long';
  return options.mode === 'explicit' && markers.length === 0 ? 'none' : 'short';
}

/**
 * Each byte that is no media may be a token; to that come 512 around a conversation, 16 for each message, 64 for each tool,
 * and 1,500 where there are any.
 */
function inputOf(sent: Sent, model: string): number {
  const { text, body } = sent;
  const tools = listOf(body.tools).length + listOf(body.functions).length;
  let tokens = 512 + Buffer.byteLength(text) + 16 * listOf(body.messages).length + 64 * tools;
  if (tools > 0) tokens += 1500;
  let documents = 0;
  for (const [m, message] of listOf(body.messages).entries()) {
    const content = isJson(message) ? listOf(message.content) : [];
    for (const [p, part] of content.entries()) {
      for (const name of MEDIA) {
        const media = isJson(part) ? part[name] : undefined;
        const at = ['messages', m, 'content', p, name];
        const url = isJson(media) ? media.url : media;
        if (typeof url === 'string') {
          const isImage = /^data:image\/[\w.+-]+;base64,/i.test(url);
          if (isImage) tokens += imageTokens(model) - writtenBytes(sent, isJson(media) ? [...at, 'url'] : at);
          else documents++;
        }
        if (!isJson(media)) continue;
        // Of what is heard, each letter of base64 may be a token: that many bytes it has.
        if (typeof media.data === 'string') tokens += media.data.length - writtenBytes(sent, [...at, 'data']);
        if (typeof media.file_data === 'string') {
          documents++;
          tokens -= writtenBytes(sent, [...at, 'file_data']);
        }
      }
    }
  }
  return documents > 0 ? Math.max(tokens, windowOf(model)) : tokens;
}

export const CHAT: Dialect = {
  line: /^POST \/v1\/chat\/completions HTTP\/1\.1$/,
  isBilled: () => true,
  headers: openAiHeaders,
  fieldFaults,
  changes,
  most: (sent, { body }) => {
    const got = JSON.parse(body.toString()) as Json;
    const cap = Math.max(Number(got.max_tokens ?? 0), Number(got.max_completion_tokens ?? 0));
    const model = String(got.model);
    return dearest(model, inputOf(sent, model), cap * Number(got.n ?? 1), writesOf(sent.body));
  },
};
