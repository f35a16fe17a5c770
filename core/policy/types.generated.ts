// Generated from crds/ by scripts/generate.ts. Do not edit.

/**
 * What workloads may spend. All budgets that select a workload apply to it. Amounts are reserved before a call is made and settled after it, so that a limit holds however many calls run at once.
 */
export interface BudgetPolicy {
  apiVersion: "tollgate.dev/v1alpha1";
  kind: "BudgetPolicy";
  /**
   * Name, and what Kubernetes keeps beside it.
   */
  metadata: {
    name: string;
    namespace?: string;
    labels?: {
      [k: string]: string;
    };
    annotations?: {
      [k: string]: string;
    };
    [k: string]: unknown;
  };
  /**
   * Limits, rates, and whom they are for.
   */
  spec: {
    /**
     * false: everything is judged, recorded and shown, nothing is refused. That is how to start.
     */
    enforce: boolean;
    /**
     * Which workloads this budget is for. Both parts must match; what is left out matches everything.
     */
    selector?: {
      /**
       * Names of workloads; `*` stands for any characters.
       *
       * @maxItems 64
       */
      workloads?: string[];
      /**
       * Labels that the workload must have, with these values.
       */
      labels?: {
        [k: string]: string;
      };
    };
    /**
     * IANA name of the zone in which hours, days and months begin, such as Europe/Berlin. Changing it starts new counts.
     */
    timeZone: string;
    /**
     * What may be spent at most. A limit's count belongs to its name: changing the amount keeps the count, and so does deleting the limit and creating it again.
     *
     * @maxItems 32
     *
     * Items: One limit, in exactly one of usd, tokens and requests.
     */
    limits: {
      /**
       * Names the limit in refusals, metrics and the audit log.
       */
      name: string;
      /**
       * Who shares one count. A session is one invocation; a runner is an AgentRunner with all its phases (in a cluster).
       */
      per: "workload" | "session" | "runner" | "namespace" | "cluster";
      /**
       * How long the count lasts. request: each call by itself. hour, day and month follow the calendar of timeZone. lifetime: never reset.
       */
      window: "request" | "hour" | "day" | "month" | "lifetime";
      /**
       * US dollars, at most 9000000; with decimals as a string, such as "0.50".
       */
      usd?: number | string;
      /**
       * Tokens of all kinds, input and output together.
       */
      tokens?: number;
      /**
       * Model calls.
       */
      requests?: number;
      /**
       * What happens to a call that does not fit. warn records it and lets it go on.
       */
      atLimit: "deny" | "warn";
    }[];
    /**
     * How fast workloads may call. A call over a rate waits, at most 60 seconds, before it is refused.
     *
     * @maxItems 16
     *
     * Items: One rate limit; at least one of its numbers is given.
     */
    rates: {
      /**
       * Names the rate in refusals, metrics and the audit log.
       */
      name: string;
      /**
       * Who shares the rate. A runner is an AgentRunner (in a cluster).
       */
      per: "workload" | "session" | "runner" | "namespace" | "cluster";
      /**
       * Calls in any 60 seconds.
       */
      requestsPerMinute?: number;
      /**
       * Tokens in any 60 seconds; a running call counts with the most that it can use.
       */
      tokensPerMinute?: number;
      /**
       * Calls that run at the same time.
       */
      concurrent?: number;
    }[];
    /**
     * Who is told, and when, that a limit is nearly spent: a line in the log, a metric, and a webhook if one is given. A limit per request has nothing to warn of.
     */
    warnings: {
      /**
       * Percent of a limit's amount. What calls have spent counts, not what running calls have reserved. Each is told once for each window and each of those who have a count of their own. An empty list warns of nothing.
       *
       * @maxItems 10
       */
      at: number[];
      /**
       * Where warnings are sent as CloudEvents, signed as the Standard Webhooks specification has it. One that is not taken is sent again for 24 hours.
       */
      webhook?: {
        /**
         * What they are POSTed to. http:// is for private addresses only. Redirects are not followed.
         */
        url: string;
        /**
         * Environment variable of Tollgate that holds the signing secret, where it runs without a cluster: 24 to 64 random bytes in base64, with or without whsec_ before them. Nothing is sent without it. The agent never sees it.
         */
        secretEnv: string;
        /**
         * Cluster only. The Secret that holds the signing secret, in Tollgate's namespace.
         */
        secretRef?: {
          /**
           * Cluster only. The Secret's name.
           */
          name: string;
          /**
           * Cluster only. The key in the Secret's data.
           */
          key: string;
        };
        /**
         * Whether the URL may name a private or loopback address itself, or localhost. A name that resolves to one is refused in any case.
         */
        privateAddresses: boolean;
      };
    };
    /**
     * When less is left than a call may cost, its output cap is lowered to what fits, but never below this; then the call is refused.
     */
    minOutputTokens: number;
    /**
     * What happens to a running reply when its client goes away. drain: read it to its capped end and charge what it really cost. cancel: break it off and charge the whole reservation.
     */
    onDisconnect: "drain" | "cancel";
  };
}

/**
 * Who answers model calls. Cluster-scoped, so that only those who run the cluster decide about hosts, prices and exceptions.
 */
export interface Provider {
  apiVersion: "tollgate.dev/v1alpha1";
  kind: "Provider";
  /**
   * Name, and what Kubernetes keeps beside it.
   */
  metadata: {
    name: string;
    namespace?: string;
    labels?: {
      [k: string]: string;
    };
    annotations?: {
      [k: string]: string;
    };
    [k: string]: unknown;
  };
  /**
   * Where the provider is, what it speaks, and what it costs.
   */
  spec: {
    /**
     * Base URL, as an SDK takes it: with a version at its end (https://api.groq.com/openai/v1), or without one, which means /v1 (https://api.anthropic.com). http:// is for private addresses only.
     */
    url: string;
    /**
     * The API dialects it speaks.
     *
     * @maxItems 8
     */
    wires: ("anthropic-messages" | "openai-chat" | "openai-responses" | "openai-embeddings")[];
    /**
     * How Tollgate shows who it is. The agent never sees this credential.
     */
    auth: {
      /**
       * key is an API key in the header that the wire names, none is no credential.
       */
      type: "key" | "none";
      /**
       * Environment variable of Tollgate that holds the key, where it runs without a cluster. The default is the one that the wire's own SDK reads, such as ANTHROPIC_API_KEY.
       */
      env?: string;
      /**
       * Cluster only. The Secret that holds the key, in Tollgate's namespace.
       */
      secretRef?: {
        /**
         * Cluster only. The Secret's name.
         */
        name: string;
        /**
         * Cluster only. The key in the Secret's data.
         */
        key: string;
      };
    };
    /**
     * Whether the host may resolve to a private, loopback, link-local or shared address. Otherwise such an answer is refused.
     */
    privateAddresses: boolean;
    /**
     * HTTP proxy to reach the provider through, by CONNECT. The proxy resolves names then, so that privateAddresses cannot be checked.
     */
    proxy?: string;
    /**
     * The field of a chat completion in which this host takes the output cap. Some know only the older max_tokens and would ignore the other; whichever the agent sends, the host gets this one.
     */
    outputCapField: "max_completion_tokens" | "max_tokens";
    /**
     * Price list of this provider in Tollgate's price table. The default is the manifest's name.
     */
    priceList?: string;
    /**
     * Prices that go before the table's, in US dollars per million tokens; the first match counts.
     *
     * @maxItems 256
     *
     * Items: The prices of one model, or of several by a pattern.
     */
    prices: {
      /**
       * A model's name; `*` stands for any characters.
       */
      model: string;
      /**
       * US dollars per million tokens; with decimals as a string, such as "3.75".
       */
      input: number | string;
      /**
       * US dollars per million tokens.
       */
      output: number | string;
      /**
       * Cached input that is read. The default is the price of input.
       */
      cacheRead?: number | string;
      /**
       * Input written to a cache for 5 minutes. The default is 1.25 times the price of input.
       */
      cacheWrite5m?: number | string;
      /**
       * Input written to a cache for an hour. The default is twice the price of input.
       */
      cacheWrite1h?: number | string;
      /**
       * The most input tokens that the model takes.
       */
      contextWindow?: number;
    }[];
    /**
     * Request fields, content parts and tool types that Tollgate does not know and that this provider may receive all the same, as refusals name them.
     *
     * @maxItems 64
     */
    allowedFields: string[];
    /**
     * Beta headers that Tollgate does not know and that this provider may receive all the same.
     *
     * @maxItems 64
     */
    allowedBetas: string[];
  };
}

/**
 * What an agent may do: which tools and models it may call, and how. The tier sets the defaults; a field that is given replaces the tier's.
 */
export interface ToolProfile {
  apiVersion: "tollgate.dev/v1alpha1";
  kind: "ToolProfile";
  /**
   * Name, and what Kubernetes keeps beside it.
   */
  metadata: {
    name: string;
    namespace?: string;
    labels?: {
      [k: string]: string;
    };
    annotations?: {
      [k: string]: string;
    };
    [k: string]: unknown;
  };
  /**
   * The tier, and what differs from it.
   */
  spec: {
    /**
     * false: everything is judged, recorded and shown, nothing is refused. That is how to start.
     */
    enforce: boolean;
    /**
     * Defaults for all the rest. locked: read, think, answer. web_automation: drive web pages and APIs. full_vm_tools: engineer in a disposable machine.
     */
    tier: "locked" | "web_automation" | "full_vm_tools";
    /**
     * Which tool calls of a model reach the agent. A call is refused when an entry of deny matches it; else it is allowed when its class is listed or an entry of allow matches it; else it is refused.
     */
    tools: {
      /**
       * Classes of tools that are allowed. Tools of unknown class are allowed only by an entry of allow.
       *
       * @maxItems 6
       */
      classes?: ("read" | "search" | "browse" | "write" | "shell" | "install")[];
      /**
       * Tools that are allowed by name, whatever their class.
       *
       * @maxItems 256
       *
       * Items: One tool, or several by a pattern.
       */
      allow: {
        /**
         * A tool's name; `*` stands for any characters.
         */
        name: string;
        /**
         * CEL condition on the call (args, tool, class, workload, labels). A condition that fails to evaluate does not allow.
         */
        when?: string;
      }[];
      /**
       * Tools that are refused, before allow and classes are looked at.
       *
       * @maxItems 256
       *
       * Items: One tool, or several by a pattern.
       */
      deny: {
        /**
         * A tool's name; `*` stands for any characters.
         */
        name: string;
        /**
         * CEL condition on the call (args, tool, class, workload, labels). A condition that fails to evaluate denies.
         */
        when?: string;
        /**
         * A sentence shown to the agent and its user.
         */
        reason?: string;
      }[];
    };
    /**
     * Which models may be called, under which names, and who answers.
     */
    models: {
      /**
       * Names of models as the provider sees them; `*` stands for any characters. The default is all.
       *
       * @maxItems 128
       */
      allow?: string[];
      /**
       * Names that stand for a model. They are resolved before anything is judged.
       *
       * @maxItems 64
       *
       * Items: One alias.
       */
      aliases: {
        /**
         * What the agent asks for.
         */
        name: string;
        /**
         * What the provider is asked for.
         */
        model: string;
      }[];
      /**
       * Which Provider answers for a model; the first match counts. A model without a route goes to the only Provider of its wire.
       *
       * @maxItems 64
       *
       * Items: One route.
       */
      routes: {
        /**
         * A model's name; `*` stands for any characters.
         */
        model: string;
        /**
         * Name of a Provider.
         */
        provider: string;
      }[];
      /**
       * Models to try in order when a provider does not answer or answers 429, 500, 502, 503, 504 or 529 before a body; the first match counts. Each attempt is judged and paid for by itself.
       *
       * @maxItems 32
       *
       * Items: The fallbacks of one model, or of several by a pattern.
       */
      fallbacks: {
        /**
         * A model's name; `*` stands for any characters.
         */
        model: string;
        /**
         * Models to try, in order.
         *
         * @maxItems 4
         */
        to: string[];
      }[];
      /**
       * The most output tokens of one call. A request that asks for more gets this cap.
       */
      maxOutputTokens?: number;
      /**
       * The output cap of a request that names none.
       */
      defaultOutputTokens: number;
    };
    /**
     * What happens to a request with a field, content part or tool type that Tollgate does not know. record lets it pass where no limit in USD applies: what is unknown cannot be bounded. The default is record in tier full_vm_tools, refuse in the others.
     */
    unknownFields?: "refuse" | "record";
    /**
     * What happens to beta headers that Tollgate does not know. remove takes them out and records it.
     */
    unknownBetas: "remove" | "refuse";
    /**
     * What the audit log keeps of an exchange.
     */
    audit: {
      /**
       * none: facts only. full: also the messages and replies, encrypted with a key of the session.
       */
      content: "none" | "full";
    };
    /**
     * Cluster only. What each phase of a run may reach on the network, beside Tollgate itself.
     */
    network?: {
      /**
       * Cluster only. Before the agent runs. The default is allowlist.
       */
      setup?: {
        /**
         * Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod.
         */
        access?: "full" | "allowlist" | "local";
        /**
         * Cluster only. Hosts for allowlist; `*.` at the start stands for one label or more.
         *
         * @maxItems 256
         */
        hosts?: string[];
      };
      /**
       * Cluster only. While the agent runs. The default is local in tier locked, allowlist in the others.
       */
      work?: {
        /**
         * Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod.
         */
        access?: "full" | "allowlist" | "local";
        /**
         * Cluster only. Hosts for allowlist; `*.` at the start stands for one label or more.
         *
         * @maxItems 256
         */
        hosts?: string[];
      };
      /**
       * Cluster only. After the agent ran. The default is allowlist.
       */
      teardown?: {
        /**
         * Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod.
         */
        access?: "full" | "allowlist" | "local";
        /**
         * Cluster only. Hosts for allowlist; `*.` at the start stands for one label or more.
         *
         * @maxItems 256
         */
        hosts?: string[];
      };
    };
  };
}

export type Manifest = BudgetPolicy | Provider | ToolProfile;
