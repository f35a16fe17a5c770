/** One complete manifest of each kind, for docs/policies.md; the generator reads them as `check` would. */
export const POLICY_EXAMPLES: Readonly<Record<string, string>> = {
  AgentRunner: `
apiVersion: tollgate.dev/v1alpha1
kind: AgentRunner
metadata:
  name: nightly
spec:
  agent: claude-code
  image: registry.example.com/agents/claude-code:2
  toolProfile: coding
  git:
    - name: app
      url: https://github.com/example/app.git
      secret:
        name: github
        key: token
      push:
        branches: ["agents/*"]
  setup:
    command: ["git", "clone", "http://127.0.0.1:4141/git/app", "app"]
  work:
    command: ["sh", "-c", "cd app && claude -p 'Fix the oldest open bug and commit.'"]
    timeoutSeconds: 3600
  teardown: # runs nothing inside what work has left
    command:
      - sh
      - -euc
      - |
        git init --bare /tmp/out && cd /tmp/out
        git fetch --no-tags /workspace/app HEAD
        git push http://127.0.0.1:4141/git/app FETCH_HEAD:refs/heads/agents/nightly
  ttlSecondsAfterFinished: 86400
`,
  BudgetPolicy: `
apiVersion: tollgate.dev/v1alpha1
kind: BudgetPolicy
metadata:
  name: team
spec:
  selector:
    workloads: ["claude", "reviewer-*"]
  timeZone: Europe/Berlin
  limits:
    - name: per-day # all of them together
      per: namespace
      window: day
      usd: "12.50"
    - name: per-run
      per: session
      window: lifetime
      usd: 5
    - name: calls # only recorded
      window: hour
      requests: 500
      atLimit: warn
  rates:
    - name: pace
      requestsPerMinute: 60
      concurrent: 8
  warnings:
    at: [75, 90]
    webhook:
      url: https://hooks.example.com/budgets
`,
  Provider: `
apiVersion: tollgate.dev/v1alpha1
kind: Provider
metadata:
  name: gateway
spec:
  url: https://llm.example.com/anthropic
  wires: [anthropic-messages]
  auth:
    env: GATEWAY_KEY
  priceList: anthropic
  prices:
    - model: house-model-*
      input: "0.80"
      output: 4
      contextWindow: 200000
`,
  ToolProfile: `
apiVersion: tollgate.dev/v1alpha1
kind: ToolProfile
metadata:
  name: coding
spec:
  tier: full_vm_tools
  tools:
    deny:
      - name: Bash
        when: 'args.command.matches("(^|[;&|\\\\s])rm\\\\s")'
        reason: files are deleted by people here
    allow:
      - name: mcp__github__get_*
  models:
    allow: ["claude-*"]
    aliases:
      - name: cheap
        model: claude-haiku-4-5
    maxOutputTokens: 32000
  audit:
    content: full
`,
};
