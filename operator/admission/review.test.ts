import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentNamed } from '../../core/agents/agents.ts';
import { type ReviewOptions, type ReviewRequest, review } from './review.ts';
import { POD_TIERS } from './tiers.ts';

const JOBS = 'system:serviceaccount:kube-system:job-controller';

const asked: unknown[][] = [];
const OPTIONS: ReviewOptions = {
  installation: {
    image: 'tollgate',
    imagePullPolicy: 'Never',
    gateway: { address: '10.96.0.7', name: 'gateway' },
    control: { url: 'https://control' },
    closed: [],
    dns: [],
    sidecarResources: undefined,
  },
  agentKind: agentNamed,
  profileFor: (...given) => {
    asked.push(given);
    return given[1] === 'gone'
      ? { problem: 'there is no ToolProfile gone' }
      : { network: 'narrow', tier: POD_TIERS.locked };
  },
  mayNamePhase: (username) => username === JOBS,
  widened: () => undefined,
};

function request(annotations: Record<string, string>, more: Partial<ReviewRequest> = {}): ReviewRequest {
  return {
    uid: 'u1',
    namespace: 'team-a',
    operation: 'CREATE',
    object: {
      metadata: { name: 'p', annotations, labels: { 'tollgate.dev/phase': 'setup' } },
      spec: { containers: [{ name: 'agent' }] },
    },
    userInfo: { username: 'somebody' },
    ...more,
  };
}

const WANTS = { 'tollgate.dev/inject': 'true' };

interface Patched {
  readonly spec: { readonly initContainers: readonly object[] };
  readonly labels: Readonly<Record<string, string>>;
}

function patched(answer: ReturnType<typeof review>): Patched {
  assert.ok(answer.allowed && answer.patch);
  const patch: { path: string; value: never }[] = JSON.parse(Buffer.from(answer.patch, 'base64').toString());
  assert.deepEqual(
    patch.map(({ path }) => path),
    ['/spec', '/metadata/labels'],
  );
  const [spec, labels] = patch.map(({ value }) => value);
  assert.ok(spec && labels);
  return { spec, labels };
}

describe('admission', () => {
  it('never touches a pod that asks for nothing', () => {
    for (const annotations of [{}, { 'tollgate.dev/inject': 'false' }, { 'tollgate.dev/inject': '' }])
      assert.deepEqual(review(request(annotations), OPTIONS), { uid: 'u1', allowed: true });
    assert.deepEqual(review(request(WANTS, { operation: 'UPDATE' }), OPTIONS), { uid: 'u1', allowed: true });
  });

  it('patches one that does, with the profile that it names', () => {
    asked.length = 0;
    const { spec, labels } = patched(
      review(request({ ...WANTS, 'tollgate.dev/tool-profile': 'careful' }), OPTIONS),
    );
    assert.deepEqual(asked, [['team-a', 'careful', 'work']]);
    assert.equal(spec.initContainers.length, 2);
    assert.equal(labels['tollgate.dev/governed'], 'true');
  });

  it('takes a phase only from those who may say it', () => {
    const phaseOf = (username: string) => {
      const { labels } = patched(review(request(WANTS, { userInfo: { username } }), OPTIONS));
      return labels['tollgate.dev/phase'];
    };
    assert.equal(phaseOf('somebody'), 'work');
    assert.equal(phaseOf(JOBS), 'setup');
  });

  it('refuses a pod whose network would be wider than its fence', () => {
    const seen: unknown[] = [];
    const widened = (...asked: unknown[]) => {
      seen.push(asked);
      return 'the NetworkPolicy dns selects it and lets it out';
    };
    const { allowed, patch, status } = review(request(WANTS), { ...OPTIONS, widened });
    assert.deepEqual([allowed, patch, status?.code], [false, undefined, 403]);
    assert.match(status?.message ?? '', /wider than its fence: the NetworkPolicy dns selects it/);
    const [[namespace, labels]] = seen as [[string, Record<string, string>]];
    assert.equal(namespace, request(WANTS).namespace);
    assert.equal(labels['tollgate.dev/governed'], 'true');
  });

  it('refuses with a sentence what it can not make sense of', () => {
    const message = (given: ReviewRequest) => {
      const answer = review(given, OPTIONS);
      assert.equal(answer.allowed, false);
      assert.equal(answer.patch, undefined);
      return answer.status?.message;
    };
    assert.match(
      message(request({ ...WANTS, 'tollgate.dev/agent': 'x' })) ?? '',
      /agent that is not known: x/,
    );
    assert.match(
      message(request({ ...WANTS, 'tollgate.dev/tool-profile': 'gone' })) ?? '',
      /no ToolProfile gone/,
    );
    const odd = request(WANTS, { userInfo: { username: JOBS } });
    odd.object.metadata = { ...odd.object.metadata, labels: { 'tollgate.dev/phase': 'party' } };
    assert.match(message(odd) ?? '', /is no phase: party/);
  });
});
