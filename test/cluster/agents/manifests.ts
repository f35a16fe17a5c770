/** AgentRunners of the proof beside the examples, and their policies. */
import { SEARCH, WITH_DECOY } from './search.ts';
import { IMAGES, REPOSITORIES, TEAM } from './site.ts';

const API = 'tollgate.dev/v1alpha1';
const TOUCH = 'touch /workspace/made';

export const POLICIES: readonly object[] = [
  {
    apiVersion: API,
    kind: 'ToolProfile',
    metadata: { name: 'no-shell', namespace: TEAM },
    spec: {
      // Its root file system can't be written.
      tier: 'web_automation',
      tools: {
        allow: [{ name: '*' }],
        deny: ['Bash', 'exec_command'].map((name) => ({ name, reason: 'nobody runs commands here' })),
      },
      models: { allow: ['*'] },
      network: {
        setup: { hosts: ['github.com'] },
        work: { access: 'local' },
        teardown: { hosts: ['github.com'] },
      },
    },
  },
  {
    apiVersion: API,
    kind: 'BudgetPolicy',
    metadata: { name: 'spends', namespace: TEAM },
    spec: {
      selector: { labels: { app: 'spends' } },
      limits: [{ name: 'all', per: 'session', window: 'lifetime', usd: '0.5' }],
    },
  },
];

/** In each of its phases something looks for what must not be there. */
export const DENIED_CLAUDE = runner('denied-claude', {
  agent: 'claude-code',
  image: IMAGES.claudeCode,
  git: [
    {
      name: 'app',
      url: `https://github.com/${REPOSITORIES.app}`,
      secret: { name: 'github', key: 'token' },
      push: { branches: ['agents/*'] },
    },
  ],
  setup: {
    image: IMAGES.git,
    ...searching('git clone --quiet http://127.0.0.1:4141/git/app app'),
  },
  work: searching(`
    ${claude('claude-sonnet-5', `/tool Bash {"command":"${TOUCH}","description":"Touch"}`, '/say it is done')}
    echo made: $(ls /workspace)`),
  teardown: {
    image: IMAGES.git,
    ...searching(`
      git init --quiet --bare /tmp/out
      cd /tmp/out
      git fetch --quiet /workspace/app HEAD
      git push http://127.0.0.1:4141/git/app FETCH_HEAD:refs/heads/other || echo other is refused
      git push --quiet http://127.0.0.1:4141/git/app FETCH_HEAD:refs/heads/agents/denied`),
  },
});

export const DENIED_CODEX = runner('denied-codex', {
  agent: 'codex',
  image: IMAGES.codex,
  work: shell(`
    codex exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox -m gpt-5.4 '
/tool exec_command {"cmd":"${TOUCH}"}
/say it is done'
    echo made: $(ls /workspace)`),
});

/** Each answer costs 4 cents; when it is enough is for the limit to say. */
export const SPENDS = runner('spends', {
  agent: 'claude-code',
  image: IMAGES.claudeCode,
  work: shell(
    claude(
      'claude-haiku-4-5',
      '/bill input=40000 output=10',
      ...Array.from({ length: 20 }, () => '/tool Glob {"pattern":"*"}'),
      '/say it was never enough',
    ),
  ),
});

function runner(name: string, spec: object): object {
  return {
    apiVersion: API,
    kind: 'AgentRunner',
    metadata: { name, namespace: TEAM },
    spec: { labels: { app: name }, toolProfile: 'no-shell', ...spec },
  };
}

function shell(script: string) {
  return { command: ['sh', '-euc', script] };
}

function searching(script: string) {
  return { command: [...WITH_DECOY, ...shell(`${script}\n${SEARCH}`).command] };
}

/** @param lines  of the prompt, without the character ' */
function claude(model: string, ...lines: string[]): string {
  return `claude --model ${model} --dangerously-skip-permissions -p '${lines.join('\n')}'`;
}
