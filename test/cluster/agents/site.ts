/**
 * What agents work with in a cluster: providers and a server of repositories outside, keys and tokens in Secrets, and an
 * enabled namespace.
 *
 * No model is behind the providers. What one says next stands in the repository, in the file that the agent reads first,
 * so that examples run as they are, their prompts included: rehearsal/README.md has the lines.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/test-files.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { makeAuthority } from '../outside/authority.ts';
import { type Provider, startProvider } from '../outside/hosts.ts';
import { type GitServer, startGitServer } from '../outside/repositories.ts';
import { installTollgate, isBelieved, loadTollgate, NAMESPACE } from '../tollgate.ts';
import { loadAgentImage } from './images.ts';

export const TEAM = 'agents';

/** Shown to nobody but providers and repositories. */
export const SECRETS = {
  anthropic: 'sk-ant-the-real-one-0001',
  openai: 'sk-proj-the-real-one-0002',
  repositories: 'ghp_theRealOneThatNobodyMaySee0003',
} as const;

/** As the examples name them. The proof would ask a registry for others, and there is none. */
export const IMAGES = {
  git: 'alpine/git:v2.49.1',
  claudeCode: 'registry.example.com/agents/claude-code:2',
  codex: 'registry.example.com/agents/codex:1',
} as const;

const TO_CLAUDE_CODE = `We commit what is done.

/tool Write {"file_path":"fix.txt","content":"mended\\n"}
/tool Bash {"command":"git add fix.txt && git commit --quiet --message='Mend it'","description":"Commit"}
/say it is mended
`;

/** Its default model has one tool, which runs a program that calls the others. */
const TO_CODEX = `We commit what is done.

/tool exec "const done = await tools.exec_command({cmd: 'echo fine > REVIEW.md && git add REVIEW.md && git commit --quiet --message=Review'}); text(JSON.stringify(done));"
/say it is reviewed
`;

export const REPOSITORIES = { app: 'example/app.git', team: 'team/app.git' } as const;

export interface Site {
  readonly cluster: Cluster;
  /** Epoch ms: what is older is of a proof before. */
  readonly since: number;
  readonly provider: Provider;
  readonly repositories: GitServer;
  close(): Promise<void>;
}

export async function openSite(say: (line: string) => void): Promise<Site> {
  const cluster = await startCluster(say);
  await loadAgentImage(cluster, 'git', [`docker.io/${IMAGES.git}`]);
  await loadAgentImage(cluster, 'claude-code', [IMAGES.claudeCode]);
  await loadAgentImage(cluster, 'codex', [IMAGES.codex]);
  await loadTollgate(cluster, say);
  const authority = await makeAuthority();
  const provider = await startProvider(cluster, authority, ['api.anthropic.com', 'api.openai.com'], {
    host: 40,
  });
  const repositories = await startGitServer(cluster, authority, ['github.com', 'gitlab.example.com'], {
    host: 41,
    credential: `x-access-token:${SECRETS.repositories}`,
  });
  const stop = () => {
    provider.stop();
    repositories.stop();
  };
  const since = Date.now();
  try {
    await furnish(cluster, repositories, authority.certificate);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    ...{ cluster, provider, repositories, since },
    async close() {
      await clear(cluster).finally(stop);
    },
  };
}

/** @param certificate  of the authority outside, PEM */
async function furnish(cluster: Cluster, repositories: GitServer, certificate: string): Promise<void> {
  repositories.create(REPOSITORIES.app, { 'TODO.md': '- it is broken\n', 'CLAUDE.md': TO_CLAUDE_CODE });
  repositories.create(REPOSITORIES.team, { 'README.md': 'new\n', 'AGENTS.md': TO_CODEX });
  await clear(cluster);
  await installTollgate(cluster, { trust: { extraCertificates: certificate } });
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: TEAM, labels: { 'tollgate.dev/enabled': 'true' } },
    },
    ...model('anthropic', 'https://api.anthropic.com', { wires: ['anthropic-messages'] }),
    // Of its default model, as the provider outside bills it.
    ...model('openai', 'https://api.openai.com/v1', {
      wires: ['openai-responses'],
      prices: [{ model: 'gpt-6.1-sol', input: '2', output: '10', cacheRead: '0.1', cacheWrite5m: '2.5' }],
    }),
    ...['github', 'gitlab'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: TEAM },
      stringData: { token: SECRETS.repositories },
    })),
  ]);
  await cluster.apply(example('engineer-profile.yaml'), ['-n', TEAM]);
  await isBelieved(cluster, TEAM, certificate);
}

/** @returns the text of a file of examples/kubernetes */
export function example(name: string): string {
  return readFileSync(join(root, 'examples', 'kubernetes', name), 'utf8');
}

/** A Provider, and the Secret with its key. */
function model(name: 'anthropic' | 'openai', url: string, more: object): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: NAMESPACE, labels: { 'tollgate.dev/credential': 'true' } },
      stringData: { key: SECRETS[name] },
    },
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'Provider',
      metadata: { name },
      spec: { url, auth: { secretRef: { name, key: 'key' } }, ...more },
    },
  ];
}

/** Runners first: their teardown needs the providers outside, and the namespace. */
async function clear(cluster: Cluster): Promise<void> {
  const gone = (...what: string[]) =>
    cluster.kubectl(['delete', ...what, '--ignore-not-found', '--timeout=240s'], { timeout: 260_000 });
  const kinds = await cluster.kubectl(['api-resources', '--api-group=tollgate.dev', '-o', 'name']);
  if (kinds.includes('agentrunners')) await gone('agentrunners', '--all', '-n', TEAM);
  await gone('namespace', TEAM);
}
