// Generated from crds/ by scripts/generate.ts. Do not edit.

/**
 * Cluster only. What runs: an agent in pods of its own, with a sidecar beside it and one way out. Its phases are pods in a row that share a workspace, each with its own network.
 */
export interface AgentRunner {
  apiVersion: "tollgate.dev/v1alpha1";
  kind: "AgentRunner";
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
   * The agent, its phases, and how long they may take.
   */
  spec: {
    /**
     * Which agent it is: sets the variables and files that lead it to the sidecar, the classes of its tools, and how refusals reach its user. custom is any program on an SDK; it gets base URLs and dummy keys.
     */
    agent: "claude-code" | "codex" | "opencode" | "openclaw" | "custom";
    /**
     * The image of all phases that name none of their own.
     */
    image: string;
    /**
     * When the images are fetched.
     */
    imagePullPolicy: "Always" | "IfNotPresent" | "Never";
    /**
     * Secrets in this namespace with which its images are fetched.
     *
     * @maxItems 16
     *
     * Items: One Secret.
     */
    imagePullSecrets: {
      /**
       * The Secret's name.
       */
      name: string;
    }[];
    /**
     * task: setup, work and teardown run once, in this order. service: setup, then work is kept running in one pod; teardown runs when the AgentRunner is deleted.
     */
    mode: "task" | "service";
    /**
     * true: its pod is deleted, and none runs; the phase that was running begins anew, on the same workspace, when it is false again. That time does not count for deadlineSeconds.
     */
    suspend: boolean;
    /**
     * The kill switch. With any text in it no call is made any longer and running replies are cut; the text is what the agent's user reads.
     */
    kill?: string;
    /**
     * Name of the ToolProfile in this namespace. Who creates the AgentRunner must have the right to `use` it. Left out is the namespace's default.
     */
    toolProfile?: string;
    /**
     * ServiceAccount of its pods. Its token is mounted in no container.
     */
    serviceAccountName: string;
    /**
     * Labels of its pods, for the selectors of budgets.
     */
    labels: {
      [k: string]: string;
    };
    /**
     * User and group that its programs run as, and the group that owns the workspace. Never 0, which is root, nor 64535, which is the sidecar's.
     */
    user: number;
    /**
     * RuntimeClass of its pods, such as one that puts them into a sandbox of their own.
     */
    runtimeClassName?: string;
    /**
     * What the container of each phase asks for and may use at most.
     */
    resources: {
      /**
       * What is set aside for it, such as `cpu` and `memory`.
       */
      requests?: {
        [k: string]: number | string;
      };
      /**
       * What it may use at most.
       */
      limits?: {
        [k: string]: number | string;
      };
    };
    /**
     * Labels of the nodes on which its pods may run.
     */
    nodeSelector: {
      [k: string]: string;
    };
    /**
     * The volume that its phases share. It belongs to the AgentRunner and goes with it. What work leaves in it is not to be trusted.
     */
    workspace: {
      /**
       * How much it holds.
       */
      size: string;
      /**
       * Left out is the cluster's default.
       */
      storageClassName?: string;
      /**
       * Where the phases see it; also their working folder.
       */
      mountPath: string;
    };
    /**
     * Repositories that setup and teardown reach at http://127.0.0.1:4141/git/NAME, without a credential of their own: the sidecar adds it. Work does not reach them.
     *
     * @maxItems 8
     *
     * Items: One repository.
     */
    git: {
      /**
       * The last part of its address at the sidecar.
       */
      name: string;
      /**
       * Where it is, over HTTPS, without user name, query and blanks.
       */
      url: string;
      /**
       * A key of a Secret in this namespace that holds a token, or user:token. Who creates the AgentRunner must have the right to get it. No program of a phase ever sees it. Left out: the repository is read without a credential.
       */
      secret?: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key in the Secret's data.
         */
        key: string;
      };
      /**
       * What teardown may push. Left out, and in setup, nothing is.
       */
      push?: {
        /**
         * Branches that it may write; `*` stands for any characters.
         *
         * @maxItems 16
         */
        branches: string[];
      };
    }[];
    /**
     * Runs first, and prepares the workspace. It has no way to a provider's credential, and no calls of models are expected of it.
     */
    setup?: {
      /**
       * Left out is spec.image.
       */
      image?: string;
      /**
       * The program and its arguments, in place of the image's own; no shell is put around it.
       *
       * @maxItems 64
       */
      command: string[];
      /**
       * Variables. Those that lead the agent to its sidecar are Tollgate's, and a value for them here is replaced. HOME is /tmp unless it is given.
       *
       * @maxItems 64
       *
       * Items: One variable, with a value or from a Secret.
       */
      env: {
        /**
         * Its name.
         */
        name: string;
        /**
         * Its value as it is; nothing in it is expanded.
         */
        value?: string;
        /**
         * A key of a Secret in this namespace. Who creates the AgentRunner must have the right to get it. The program sees it: not for keys of providers.
         */
        secret?: {
          /**
           * The Secret's name.
           */
          name: string;
          /**
           * The key in the Secret's data.
           */
          key: string;
        };
      }[];
      /**
       * How long one try may take, from the creation of its pod; then it has failed.
       */
      timeoutSeconds: number;
      /**
       * How often it is tried again after it failed, each time in a new pod, after 10 seconds, 20, 40 and so on up to 6 minutes. A failed setup gets a new workspace. A pod that its node loses is not counted, up to 10 times.
       */
      retries: number;
    };
    /**
     * The agent itself.
     */
    work: {
      /**
       * Left out is spec.image.
       */
      image?: string;
      /**
       * The program and its arguments, in place of the image's own; no shell is put around it.
       *
       * @maxItems 64
       */
      command: string[];
      /**
       * Variables. Those that lead the agent to its sidecar are Tollgate's, and a value for them here is replaced. HOME is /tmp unless it is given.
       *
       * @maxItems 64
       *
       * Items: One variable, with a value or from a Secret.
       */
      env: {
        /**
         * Its name.
         */
        name: string;
        /**
         * Its value as it is; nothing in it is expanded.
         */
        value?: string;
        /**
         * A key of a Secret in this namespace. Who creates the AgentRunner must have the right to get it. The program sees it: not for keys of providers.
         */
        secret?: {
          /**
           * The Secret's name.
           */
          name: string;
          /**
           * The key in the Secret's data.
           */
          key: string;
        };
      }[];
      /**
       * How long one try may take, from the creation of its pod; then it has failed. Not for a service.
       */
      timeoutSeconds?: number;
      /**
       * How often it is tried again after it failed, each time in a new pod, after 10 seconds, 20, 40 and so on up to 6 minutes. A pod that its node loses is not counted, up to 10 times. Not for a service.
       */
      retries: number;
    };
    /**
     * Runs last, also when work failed, but never before work began. In a task it runs when work has ended; else, and in a service, when the AgentRunner is deleted. What work left in the workspace is not to be trusted: run no program of it, and let nothing of its git configuration apply.
     */
    teardown?: {
      /**
       * Left out is spec.image.
       */
      image?: string;
      /**
       * The program and its arguments, in place of the image's own; no shell is put around it.
       *
       * @maxItems 64
       */
      command: string[];
      /**
       * Variables. Those that lead the agent to its sidecar are Tollgate's, and a value for them here is replaced. HOME is /tmp unless it is given.
       *
       * @maxItems 64
       *
       * Items: One variable, with a value or from a Secret.
       */
      env: {
        /**
         * Its name.
         */
        name: string;
        /**
         * Its value as it is; nothing in it is expanded.
         */
        value?: string;
        /**
         * A key of a Secret in this namespace. Who creates the AgentRunner must have the right to get it. The program sees it: not for keys of providers.
         */
        secret?: {
          /**
           * The Secret's name.
           */
          name: string;
          /**
           * The key in the Secret's data.
           */
          key: string;
        };
      }[];
      /**
       * How long one try may take, from the creation of its pod; then it has failed.
       */
      timeoutSeconds: number;
      /**
       * How often it is tried again after it failed, each time in a new pod, after 10 seconds, 20, 40 and so on up to 6 minutes. A pod that its node loses is not counted, up to 10 times.
       */
      retries: number;
    };
    /**
     * How long setup and work of a task may take together, from the first pod on; then they are stopped and, if work had begun, teardown runs.
     */
    deadlineSeconds?: number;
    /**
     * A task's AgentRunner is deleted so long after it ended. Left out, it stays.
     */
    ttlSecondsAfterFinished?: number;
  };
  /**
   * What became of it. Written by the operator, and spend by control.
   */
  status?: {
    /**
     * Of which generation of the spec this speaks.
     */
    observedGeneration?: number;
    /**
     * For display; conditions say why. Refused is an end whose last model call was refused.
     */
    phase?: "Pending" | "Setup" | "Work" | "Teardown" | "Suspended" | "Succeeded" | "Failed" | "Refused";
    /**
     * The session that its exchanges are recorded under.
     */
    session?: string;
    /**
     * When the first pod was asked for.
     */
    startedAt?: string;
    /**
     * When the task ended.
     */
    finishedAt?: string;
    /**
     * Since when it is suspended.
     */
    suspendedAt?: string;
    /**
     * How long it was suspended before, which does not count for deadlineSeconds.
     */
    suspendedSeconds?: number;
    /**
     * The PersistentVolumeClaim that holds the present workspace.
     */
    workspace?: string;
    /**
     * How many workspaces it has had.
     */
    workspaces?: number;
    /**
     * Work has begun on it, so that it is never set up again.
     */
    workspaceUsed?: boolean;
    /**
     * The phase that has begun and not ended.
     */
    running?: {
      /**
       * Which phase.
       */
      name: "setup" | "work" | "teardown";
      /**
       * Its how-manieth try.
       */
      attempt: number;
      /**
       * The Job, or of a service's work the Deployment.
       */
      job: string;
      /**
       * The UID of that, once it is there.
       */
      uid?: string;
      /**
       * Why it is being stopped.
       */
      stopping?: "Suspended" | "DeadlineExceeded" | "NotStarted" | "Deleted";
      /**
       * Why, as a sentence.
       */
      message?: string;
      /**
       * When it was asked for.
       */
      startedAt: string;
    };
    /**
     * How often each phase has begun.
     */
    attempts?: {
      /**
       * Of setup.
       */
      setup?: number;
      /**
       * Of work.
       */
      work?: number;
      /**
       * Of teardown.
       */
      teardown?: number;
    };
    /**
     * How often a try of each phase failed.
     */
    failures?: {
      /**
       * Of setup.
       */
      setup?: number;
      /**
       * Of work.
       */
      work?: number;
      /**
       * Of teardown.
       */
      teardown?: number;
    };
    /**
     * How often each phase lost its pod to the node or to someone with a right to evict it.
     */
    disruptions?: {
      /**
       * Of setup.
       */
      setup?: number;
      /**
       * Of work.
       */
      work?: number;
      /**
       * Of teardown.
       */
      teardown?: number;
    };
    /**
     * How phases ended that will not be tried again.
     */
    outcomes?: {
      /**
       * Of setup.
       */
      setup?: "Succeeded" | "Failed" | "DeadlineExceeded" | "WorkspaceLost" | "Abandoned";
      /**
       * Of work.
       */
      work?: "Succeeded" | "Failed" | "DeadlineExceeded" | "WorkspaceLost" | "Abandoned";
      /**
       * Of teardown.
       */
      teardown?: "Succeeded" | "Failed" | "DeadlineExceeded" | "WorkspaceLost" | "Abandoned";
    };
    /**
     * Tries that have ended, oldest first; the last 32.
     *
     * @maxItems 32
     *
     * Items: One try.
     */
    phases?: {
      /**
       * Which phase.
       */
      name: "setup" | "work" | "teardown";
      /**
       * Its how-manieth try.
       */
      attempt: number;
      /**
       * The Job, for as long as it is there.
       */
      job?: string;
      /**
       * What the program ended with; absent where it never ran or nobody could see its end.
       */
      exitCode?: number;
      /**
       * Succeeded, Failed, TimedOut, DeadlineExceeded, Disrupted, Suspended, Deleted, NotStarted, OutOfMemory or WorkspaceFull.
       */
      reason: string;
      /**
       * The end of what it wrote, or why it did not start.
       */
      message?: string;
      /**
       * When it was asked for.
       */
      startedAt?: string;
      /**
       * When it had ended.
       */
      finishedAt?: string;
    }[];
    /**
     * Written by control, at most every ten seconds.
     */
    spend?: {
      /**
       * US dollars spent by its session.
       */
      usd?: string;
      /**
       * US dollars left in the tightest limit that is for it; absent where no limit is in US dollars.
       */
      left?: string;
      /**
       * Tokens of all kinds, input and output together.
       */
      tokens?: number;
      /**
       * Model calls.
       */
      exchanges?: number;
      /**
       * Model calls that were refused.
       */
      refused?: number;
      /**
       * Code of the refusal of its last model call; absent when that was not refused.
       */
      lastRefusal?: string;
      /**
       * When this was so.
       */
      at?: string;
    };
    /**
     * Ready: its pod runs; for a task that has ended, how. Stalled: it can't go on without help. Finished: a task has ended. Their reasons are in docs/runners.md.
     *
     * @maxItems 16
     *
     * Items: One condition, as Kubernetes has them.
     */
    conditions?: {
      /**
       * What it says something about.
       */
      type: string;
      /**
       * Whether it is so.
       */
      status: "True" | "False" | "Unknown";
      /**
       * Why, as one word for programs.
       */
      reason: string;
      /**
       * Why, as a sentence for people.
       */
      message: string;
      /**
       * Of which generation of the spec this speaks.
       */
      observedGeneration?: number;
      /**
       * Since when the status is as it is.
       */
      lastTransitionTime: string;
    }[];
  };
}

/**
 * Cluster only. One call of an agent that waits for a person's decision. Control makes it, a person writes decision and reason, admission adds who that was. In this release nothing is held, so that nobody makes one.
 */
export interface Approval {
  apiVersion: "tollgate.dev/v1alpha1";
  kind: "Approval";
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
   * What is held, which control writes once; and the decision, which a person makes once.
   */
  spec: {
    /**
     * What waits. Nothing of it ever changes, so that the decision is on what the person saw.
     */
    held: {
      /**
       * The exchange that is held, as the audit log has it.
       */
      exchange: string;
      /**
       * Its session, as the audit log has it.
       */
      session: string;
      /**
       * Who asks, such as `deployment/triage`, in the Approval's own namespace.
       */
      workload: string;
      /**
       * ServiceAccount of the pod that asks.
       */
      serviceAccount: string;
      /**
       * The AgentRunner whose run it is; absent where there is none.
       */
      runner?: string;
      /**
       * Who made the AgentRunner or changed what it does, as admission recorded them in its annotation `tollgate.dev/authors`. None of them may decide. Empty where there is no AgentRunner.
       *
       * @maxItems 64
       */
      authors: string[];
      /**
       * The stage that holds it.
       */
      stage: "rate_limit" | "budget" | "data" | "security" | "tools" | "approval";
      /**
       * Why that stage holds it, as one word for programs.
       */
      code: string;
      /**
       * What is asked for, in short. Characters that are not seen or that turn the line around are not in it: it may repeat what an agent wrote.
       */
      what: string;
      /**
       * The tool call that is held; absent where it is the call of the model itself.
       */
      tool?: {
        /**
         * The tool's name.
         */
        name: string;
        /**
         * Its arguments as JSON, cut where they are longer. The digest is over the whole.
         */
        arguments?: string;
      };
      /**
       * The model that is called, by its name at the provider.
       */
      model: string;
      /**
       * Over the facts that were judged. A decision is for these alone.
       */
      digest: string;
    };
    /**
     * Until when it can be decided, and the decision be used; at most seven days after it was made.
     */
    expiresAt: string;
    /**
     * What a person decides, once. Who may is a right of its own, the verb `approve` on approvals.
     */
    decision?: "Approve" | "Deny";
    /**
     * Why, for the audit log, and for the agent's user where it is denied.
     */
    reason?: string;
    /**
     * Who decided, as the API server knows them. Admission writes it; what somebody else writes is replaced.
     */
    decidedBy?: {
      /**
       * Their user name.
       */
      username: string;
      /**
       * Their UID, where whoever authenticates them gives one.
       */
      uid?: string;
      /**
       * Groups that they were in at that moment: one of them may be why they had the right to. The first 64 that have at most 256 characters.
       *
       * @maxItems 64
       */
      groups?: string[];
      /**
       * When, by the API server's clock.
       */
      at: string;
    };
  };
  /**
   * What control makes of it.
   */
  status: {
    /**
     * Pending: nobody has decided. Approved: it may be used, once. Denied. Expired: it was not decided, or not used, in time. Used: the call was made.
     */
    state: "Pending" | "Approved" | "Denied" | "Expired" | "Used";
    /**
     * Of which generation of the spec this speaks.
     */
    observedGeneration?: number;
    /**
     * Decided: somebody has decided. Used: the call was made. Their reasons are in docs/kubernetes.md.
     *
     * @maxItems 16
     *
     * Items: One condition, as Kubernetes has them.
     */
    conditions?: {
      /**
       * What it says something about.
       */
      type: string;
      /**
       * Whether it is so.
       */
      status: "True" | "False" | "Unknown";
      /**
       * Why, as one word for programs.
       */
      reason: string;
      /**
       * Why, as a sentence for people.
       */
      message: string;
      /**
       * Of which generation of the spec this speaks.
       */
      observedGeneration?: number;
      /**
       * Since when the status is as it is.
       */
      lastTransitionTime: string;
    }[];
  };
}

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
     * Who is told, and when, that a limit is nearly spent: a line in the log, a metric, in a cluster an Event on this policy, and a webhook if one is given. A limit per request has nothing to warn of.
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
         * Cluster only. The Secret that holds the signing secret, in Tollgate's namespace. Its label tollgate.dev/webhook has to name the namespace of this policy.
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
         * Whether the URL may name a private or loopback address itself, or localhost. A name that resolves to one is refused in any case. In a cluster it counts in policies of Tollgate's namespace alone.
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
  /**
   * Where its limits stand. Written by control, at most every ten seconds.
   */
  status?: {
    /**
     * Of which generation of the spec this speaks.
     */
    observedGeneration?: number;
    /**
     * Where each limit stands, the fullest first.
     *
     * @maxItems 32
     *
     * Items: One limit. Of those who have a count of their own, the one who has used most is shown.
     */
    limits?: {
      /**
       * Its name in the spec.
       */
      name: string;
      /**
       * What it allows, such as `$5.00 per day`.
       */
      limit: string;
      /**
       * What was spent of it in its window; absent where nothing is counted.
       */
      spent?: string;
      /**
       * What running calls hold of it.
       */
      reserved?: string;
      /**
       * What can still be spent.
       */
      left?: string;
      /**
       * When its window ends; absent for a lifetime.
       */
      resetsAt?: string;
      /**
       * Whose count this is, such as `workload:team-a/deployment/triage`; absent as long as nobody has spent anything.
       */
      scope?: string;
      /**
       * How many have a count of their own in this window.
       */
      counters?: number;
    }[];
    /**
     * Valid: this release understands it. Their reasons are in docs/kubernetes.md.
     *
     * @maxItems 16
     *
     * Items: One condition, as Kubernetes has them.
     */
    conditions?: {
      /**
       * What it says something about.
       */
      type: string;
      /**
       * Whether it is so.
       */
      status: "True" | "False" | "Unknown";
      /**
       * Why, as one word for programs.
       */
      reason: string;
      /**
       * Why, as a sentence for people.
       */
      message: string;
      /**
       * Of which generation of the spec this speaks.
       */
      observedGeneration?: number;
      /**
       * Since when the status is as it is.
       */
      lastTransitionTime: string;
    }[];
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
  /**
   * What control makes of it.
   */
  status?: {
    /**
     * Of which generation of the spec this speaks.
     */
    observedGeneration?: number;
    /**
     * Valid: this release understands it. Their reasons are in docs/kubernetes.md.
     *
     * @maxItems 16
     *
     * Items: One condition, as Kubernetes has them.
     */
    conditions?: {
      /**
       * What it says something about.
       */
      type: string;
      /**
       * Whether it is so.
       */
      status: "True" | "False" | "Unknown";
      /**
       * Why, as one word for programs.
       */
      reason: string;
      /**
       * Why, as a sentence for people.
       */
      message: string;
      /**
       * Of which generation of the spec this speaks.
       */
      observedGeneration?: number;
      /**
       * Since when the status is as it is.
       */
      lastTransitionTime: string;
    }[];
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
         * Cluster only. Hosts for allowlist, at port 443 or the one behind `:`; `*.` at the start stands for one label or more. Under full they are ports other than 443.
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
         * Cluster only. Hosts for allowlist, at port 443 or the one behind `:`; `*.` at the start stands for one label or more. Under full they are ports other than 443.
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
         * Cluster only. Hosts for allowlist, at port 443 or the one behind `:`; `*.` at the start stands for one label or more. Under full they are ports other than 443.
         *
         * @maxItems 256
         */
        hosts?: string[];
      };
    };
  };
  /**
   * What control makes of it.
   */
  status?: {
    /**
     * Of which generation of the spec this speaks.
     */
    observedGeneration?: number;
    /**
     * Valid: this release understands it, and what it names is there. Their reasons are in docs/kubernetes.md.
     *
     * @maxItems 16
     *
     * Items: One condition, as Kubernetes has them.
     */
    conditions?: {
      /**
       * What it says something about.
       */
      type: string;
      /**
       * Whether it is so.
       */
      status: "True" | "False" | "Unknown";
      /**
       * Why, as one word for programs.
       */
      reason: string;
      /**
       * Why, as a sentence for people.
       */
      message: string;
      /**
       * Of which generation of the spec this speaks.
       */
      observedGeneration?: number;
      /**
       * Since when the status is as it is.
       */
      lastTransitionTime: string;
    }[];
  };
}

export type Manifest = AgentRunner | BudgetPolicy | Provider | ToolProfile;
