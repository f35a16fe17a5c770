/**
 * Every refusal that an agent or its user can see, in one table. docs/refusals.md is generated from it.
 *
 *   kind     how it reaches the agent
 *   policy   agent CLIs: a normal message with status 200; SDKs: the status here, which none of them retries
 *   request  always the status: the request can't be understood, so neither can what the agent expects
 *   fault    always the status: not a decision but something broken
 *   call     text in the place of the tool call that a model wanted to make
 *   cut      the end of a reply that had begun already
 */
export interface RefusalEntry {
  readonly kind: 'policy' | 'request' | 'fault' | 'call' | 'cut';
  /** HTTP status; 200 where it stands inside a reply. */
  readonly status: number;
  /** What happened. {names} are filled in. */
  readonly sentence: string;
  /** Why that is refused at all. */
  readonly reason: string;
  /** What to do. */
  readonly remedy: string;
}

const table = {
  // Reading
  no_websocket: {
    kind: 'request',
    status: 426,
    sentence: 'WebSockets are not spoken here.',
    reason: 'What passes a WebSocket would have to be judged in another way.',
    remedy: 'Send the same request by POST; Codex does so by itself after this refusal.',
  },
  unknown_path: {
    kind: 'request',
    status: 404,
    sentence: '{method} {path} is not an endpoint that Tollgate knows.',
    reason: 'What no wire describes cannot be judged, metered or bounded, so it never reaches a provider.',
    remedy:
      'Use POST /v1/messages, /v1/messages/count_tokens, /v1/chat/completions, /v1/responses or /v1/embeddings, or GET /v1/models.',
  },
  unknown_query: {
    kind: 'request',
    status: 400,
    sentence: 'The query parameter {name} is not one that Tollgate knows, or has a value it does not take.',
    reason: 'Paths and queries are rebuilt from a table, never copied.',
    remedy: 'Leave it out.',
  },
  killed: {
    kind: 'policy',
    status: 403,
    sentence: 'The kill switch is on ({reason}).',
    reason: 'Somebody has stopped this workload, and no call is made until it is let go on.',
    remedy: 'Ask those who run the cluster.',
  },
  foreign_origin: {
    kind: 'request',
    status: 403,
    sentence: 'The request comes from a web page ({origin}).',
    reason: 'A page in a browser must not be able to spend or read through a local port.',
    remedy: 'Call from a program instead; programs send no Origin header.',
  },
  foreign_host: {
    kind: 'request',
    status: 421,
    sentence: 'The Host header {host} is not the address Tollgate listens on.',
    reason: 'Another name that resolves here could be a web page in disguise (DNS rebinding).',
    remedy: 'Use the base URL that Tollgate gave the agent.',
  },
  bad_key: {
    kind: 'request',
    status: 401,
    sentence: 'The API key is {wrong}.',
    reason: 'The key tells who calls: under which policies, and on whose budget.',
    remedy: '{how}',
  },
  oauth_login: {
    kind: 'request',
    status: 401,
    sentence: 'The agent uses an OAuth login instead of an API key.',
    reason:
      'A login belongs to a person and their own client; Tollgate holds an API key and meters what it pays for.',
    remedy: 'Log the agent out, set an API key for Tollgate, and start the agent through tollgate run.',
  },
  bad_encoding: {
    kind: 'request',
    status: 415,
    sentence: 'The content encoding {encoding} is not one that Tollgate can decode.',
    reason: 'What cannot be decoded cannot be judged.',
    remedy: 'Send the body as it is, or with one of gzip, br, deflate and zstd.',
  },
  bad_body: {
    kind: 'request',
    status: 400,
    sentence: 'The body cannot be read: {detail}.',
    reason: 'Two parsers must never read one request differently, or what is judged is not what is done.',
    remedy: 'Send one JSON text in UTF-8, without duplicate keys.',
  },
  bad_request: {
    kind: 'request',
    status: 400,
    sentence: 'The request cannot be judged: {detail}.',
    reason: 'Fields that decide about cost and access must be unambiguous.',
    remedy: 'Send the field as the API reference describes it.',
  },
  too_large: {
    kind: 'request',
    status: 413,
    sentence: 'The body is larger than {limit}{after}.',
    reason: 'Requests are held in memory to be judged; a key may have a limit of its own.',
    remedy: 'Send less: shorten the conversation, or smaller images.',
  },
  slow_request: {
    kind: 'request',
    status: 408,
    sentence: 'The request did not arrive within {seconds}.',
    reason: 'Half a request must not hold memory for ever.',
    remedy: 'Send it again.',
  },
  not_ready: {
    kind: 'fault',
    status: 503,
    sentence: 'Tollgate cannot tell what this caller may do: {detail}.',
    reason: 'Without its key and its policies no call is made: Tollgate fails closed.',
    remedy: 'Ask whoever runs this Tollgate to look at its log.',
  },
  shutting_down: {
    kind: 'fault',
    status: 503,
    sentence: 'Tollgate is shutting down.',
    reason: 'Running replies are finished; new calls are not begun.',
    remedy: 'Send it again when Tollgate runs again.',
  },

  // Resolving
  no_provider: {
    kind: 'policy',
    status: 403,
    sentence: 'No provider is chosen for the model {model}: {detail}.',
    reason:
      'A model goes where its route says, or to the only provider of its wire; Tollgate does not guess.',
    remedy: 'Add a route to spec.models.routes of the ToolProfile.',
  },
  no_credential: {
    kind: 'policy',
    status: 403,
    sentence: 'Tollgate has no API key for the provider {provider}.',
    reason: 'The agent holds no provider key; Tollgate adds its own.',
    remedy: 'Set {variable} where Tollgate is started.',
  },

  // Stage 1: rate limit
  rate_limited: {
    kind: 'policy',
    status: 429,
    sentence: 'The rate {limit} allows {amount}, and waiting {waited} was not enough.',
    reason: 'A rate limit keeps one workload from crowding out the others, and a loop from running wild.',
    remedy: 'Try again in {seconds}, run fewer agents at once, or raise {limit}.',
  },

  // Stage 2: cost and budget
  budget_spent: {
    kind: 'policy',
    status: 403,
    sentence: 'The budget {limit} is used up: {left} of {amount} left, and this call may need {needed}.',
    reason: 'A call is made only when the most it can cost is covered, so a budget is never overspent.',
    remedy: 'Wait until {resets}, raise {limit}, or send a shorter request.',
  },
  budget_reserved: {
    kind: 'policy',
    status: 403,
    sentence:
      'The budget {limit} is reserved by calls that are still running: {left} of {amount} free, and this call may need {needed}.',
    reason: 'Running calls may still need what they reserved; what they do not use comes back when they end.',
    remedy: 'Try again when they have ended, or raise {limit}.',
  },
  request_over_limit: {
    kind: 'policy',
    status: 403,
    sentence: 'This call may need {needed}, and {limit} allows {amount} for one request.',
    reason: 'The limit is per request: a single call must not be able to cost more.',
    remedy: 'Send a shorter request or a lower max_tokens, or raise {limit}.',
  },
  price_unknown: {
    kind: 'policy',
    status: 403,
    sentence: 'The price of {model} at {provider} is not known, and the limit {limit} is in US dollars.',
    reason: 'What has no price cannot be kept within a budget.',
    remedy:
      'Give its price in spec.prices of the Provider {provider} (tollgate check has the lines for what known agents ask for by default), or tell the agent to use a model that has a price.',
  },
  cost_unbounded: {
    kind: 'policy',
    status: 403,
    sentence:
      'What this call uses cannot be bounded ({what}), so it cannot be kept within the limit {limit}.',
    reason: 'A budget holds only if the most that a call can cost is known before it is made.',
    remedy: '{how}',
  },

  // Stage 5: model and tools
  model_not_allowed: {
    kind: 'policy',
    status: 403,
    sentence: 'The model {model} is not allowed by the ToolProfile {profile}.',
    reason: 'A profile lists the models that its agents may call.',
    remedy: 'Use one of {allowed}, or add {model} to spec.models.allow.',
  },
  output_cap_too_low: {
    kind: 'policy',
    status: 403,
    sentence:
      'The request needs at least {needed} output tokens, and the ToolProfile {profile} allows {cap}.',
    reason: 'A thinking budget must be smaller than the output cap, or the provider refuses the request.',
    remedy: 'Lower thinking.budget_tokens, or raise spec.models.maxOutputTokens.',
  },
  field_unknown: {
    kind: 'policy',
    status: 403,
    sentence:
      'Tollgate does not know {name} (at {path}), and the ToolProfile {profile} refuses what is unknown.',
    reason: 'A new field may make the provider do something that no rule has looked at.',
    remedy: 'Leave it out, or add "{name}" to spec.allowedFields of the Provider {provider}.',
  },
  beta_unknown: {
    kind: 'policy',
    status: 403,
    sentence:
      'Tollgate does not know the beta {name}, and the ToolProfile {profile} refuses what is unknown.',
    reason: 'A beta may change what a request means.',
    remedy: 'Leave it out, or add "{name}" to spec.allowedBetas of the Provider {provider}.',
  },
  capability_off: {
    kind: 'policy',
    status: 403,
    sentence: '{name} (at {path}) makes the provider act by itself ({capability}), which is off.',
    reason: 'What a provider reaches out for, runs or keeps is beyond the reach of the rules here.',
    remedy: 'Leave it out. This release cannot switch provider capabilities on.',
  },
  threads_off: {
    kind: 'request',
    status: 400,
    sentence: 'Message threads (the field thread) are off.',
    reason:
      'A thread is a conversation that the provider keeps: what it holds can be neither judged nor bounded from here.',
    remedy:
      'Send the whole conversation with each request; official SDKs do so by themselves after this refusal.',
  },
  tool_not_allowed: {
    kind: 'call',
    status: 200,
    sentence: 'The tool call {tool} was not allowed: {why}.',
    reason: 'Tool calls are judged before the agent can run them.',
    remedy: 'Go on without it, or change spec.tools of the ToolProfile {profile}.',
  },

  // Faults
  ledger_unavailable: {
    kind: 'policy',
    status: 403,
    sentence: 'The ledger could not be written for {waited}: {detail}.',
    reason: 'Without a reservation no call is made: Tollgate fails closed.',
    remedy: 'Look at the state folder with tollgate doctor, in a cluster at the pods of tollgate-control.',
  },
  contents_unavailable: {
    kind: 'policy',
    status: 403,
    sentence: 'What is said cannot be kept: {detail}.',
    reason: 'The ToolProfile asks for message contents in the audit log, so no call is made without them.',
    remedy:
      'Look at the state folder with tollgate doctor, in a cluster at the value contents.existingSecret of the chart; or set spec.audit.content to none.',
  },
  upstream_unreachable: {
    kind: 'fault',
    status: 502,
    sentence: 'The provider {provider} did not answer: {detail}.',
    reason:
      'Nothing was sent or nothing came back; the call cost nothing, or was charged as reserved if it may have.',
    remedy: 'Check the network and the Provider manifest; try again.',
  },
  upstream_garbage: {
    kind: 'fault',
    status: 502,
    sentence: 'The provider {provider} answered something that is not a reply of its wire: {detail}.',
    reason: 'What cannot be read cannot be judged, so it is not passed on.',
    remedy: 'Check the URL of the Provider manifest; try again.',
  },
  upstream_error_withheld: {
    kind: 'fault',
    status: 502,
    sentence:
      'The provider {provider} answered with the status {status}, and what it says cannot be passed on: {detail}.',
    reason:
      'An error is passed on as it came only if it is nothing but that: no reply in disguise, and without the API key that it was sent. Its status is the provider’s.',
    remedy: 'Try again. If it goes on, look at what the provider, or a proxy before it, answers.',
  },
  reply_garbage: {
    kind: 'cut',
    status: 200,
    sentence: 'The rest of the reply was withheld: {detail}.',
    reason: 'What cannot be read cannot be judged, so it is not passed on.',
    remedy: 'Try again.',
  },
  reply_cut: {
    kind: 'cut',
    status: 200,
    sentence: 'The provider broke off in the middle of its reply.',
    reason:
      'The reply has no end, so its cost is not known; it was charged as reserved, or more if it had used more by then.',
    remedy: 'Try again.',
  },
  reply_over_cap: {
    kind: 'cut',
    status: 200,
    sentence: 'The reply was cut off: {detail}.',
    reason: 'A reply that outruns its reservation would overspend the budget.',
    remedy:
      'The call was charged as reserved, or what it had used by then if that is more. If it happens again, report it to the provider.',
  },
} as const satisfies Record<string, RefusalEntry>;

export type RefusalCode = keyof typeof table;
export const REFUSALS: Readonly<Record<RefusalCode, RefusalEntry>> = table;
