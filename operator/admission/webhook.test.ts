import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { RENEWED, SELF_SIGNED } from '../../test/support/tls.ts';
import { ask, REVIEW, reviewOf, startTestWebhook, WANTS } from './testing-webhook.ts';

interface Answer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patchType?: string;
    readonly patch?: string;
    readonly status?: { readonly code: number; readonly message: string };
  };
}

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const post = async (port: number, body: unknown) => {
  const reply = await ask(port, '/pods?timeout=10s', { body: JSON.stringify(body) });
  assert.equal(reply.status, 200, reply.text);
  assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
  const { apiVersion, kind, response } = JSON.parse(reply.text) as Answer;
  assert.deepEqual([apiVersion, kind, response.uid], ['admission.k8s.io/v1', 'AdmissionReview', UID]);
  return response;
};

describe('the webhook', { timeout: 300_000 }, () => {
  it('answers a review with a patch, with nothing, or with a sentence', async (t) => {
    const { running, registry } = await startTestWebhook(t);
    const injected = await post(running.port, reviewOf(WANTS));
    assert.deepEqual([injected.allowed, injected.patchType], [true, 'JSONPatch']);
    const [spec] = JSON.parse(atob(injected.patch ?? '')) as {
      value: { initContainers: { name: string }[] };
    }[];
    assert.deepEqual(
      spec?.value.initContainers.map(({ name }) => name),
      ['tollgate-np-gate', 'tollgate-sidecar'],
    );
    assert.deepEqual(await post(running.port, reviewOf({})), { uid: UID, allowed: true });
    const refused = await post(running.port, reviewOf({ ...WANTS, 'tollgate.dev/tool-profile': 'gone' }));
    assert.deepEqual(
      [refused.allowed, refused.status],
      [false, { code: 400, message: 'Tollgate: there is no ToolProfile gone' }],
    );
    const text = await registry.metrics();
    for (const outcome of ['injected', 'unchanged', 'refused'])
      assert.ok(text.includes(`tollgate_admission_seconds_count{outcome="${outcome}"} 1\n`), text);
  });

  it('refuses in a review what is not what it is for', async (t) => {
    const { running, registry, lines } = await startTestWebhook(t);
    const { object } = reviewOf(WANTS).request as { object: { metadata: object; spec: object } };
    const wrong: [RegExp, object][] = [
      [/something else than Pods of v1/, { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }],
      [/something else than Pods of v1/, { kind: { group: '', version: 'v1', kind: 'Service' } }],
      [/something else than Pods of v1/, { kind: undefined }],
      [/the subresource exec of a Pod/, { subResource: 'exec' }],
      [/says of no operation/, { operation: 7 }],
      [/says of no namespace/, { namespace: '' }],
      [/does not say who asks/, { userInfo: {} }],
      [/no Pod with containers/, { object: null }],
      [/no Pod with containers/, { object: { ...object, spec: { containers: {} } } }],
      [/no Pod with containers/, { object: { ...object, spec: { ...object.spec, volumes: [7] } } }],
    ];
    for (const [says, more] of wrong) {
      const { allowed, status, patch } = await post(running.port, reviewOf(WANTS, more));
      assert.deepEqual([allowed, patch, status?.code], [false, undefined, 400], String(says));
      assert.match(status?.message ?? '', /^Tollgate: /);
      assert.match(status?.message ?? '', says);
    }
    assert.match(
      await registry.metrics(),
      new RegExp(`seconds_count\\{outcome="error"\\} ${wrong.length}\n`),
    );
    assert.match(lines.join(), /the subresource exec/);
  });

  it('answers no review to what is none', async (t) => {
    const { running } = await startTestWebhook(t);
    const good = JSON.stringify(reviewOf(WANTS));
    const big = JSON.stringify(reviewOf({ ...WANTS, more: 'x'.repeat(4 * 1024 * 1024) }));
    const { port } = running;
    const cases: [number, RegExp, ReturnType<typeof ask>][] = [
      [
        400,
        /no AdmissionReview of admission.k8s.io\/v1/,
        ask(port, '/pods', { body: good.replace('.io/v1', '.io/v1beta1') }),
      ],
      [400, /no AdmissionReview/, ask(port, '/pods', { body: '[]' })],
      [400, /no request/, ask(port, '/pods', { body: good.replace(UID, '') })],
      [400, /entity.parse.failed/, ask(port, '/pods', { body: good.slice(1) })],
      [400, /no AdmissionReview/, ask(port, '/pods', { body: good, type: 'text/plain' })],
      [
        415,
        /encoding.unsupported/,
        ask(port, '/pods', { body: gzipSync(good), headers: { 'content-encoding': 'gzip' } }),
      ],
      [413, /entity.too.large/, ask(port, '/pods', { body: big })],
      [404, /only POST \/pods/, ask(port, '/pods')],
      [404, /only POST \/pods/, ask(port, '/other', { body: good })],
    ];
    for (const [status, says, asked] of cases) {
      const reply = await asked;
      assert.equal(reply.status, status, String(says));
      assert.match(reply.text, says);
      assert.doesNotMatch(reply.text, /node_modules|at /);
    }
    assert.equal((await post(port, reviewOf(WANTS))).allowed, true, 'and goes on');
    const large = reviewOf({ ...WANTS, more: 'x'.repeat(3 * 1024 * 1024) });
    assert.equal((await post(port, large)).allowed, true, 'the largest pod that an API server takes');
  });

  it('creates no pod when it fails, and tells nobody but its log why', async (t) => {
    const review = { ...REVIEW, profileFor: () => assert.fail('sk-secret in a stack') };
    const { running, lines } = await startTestWebhook(t, { review });
    const { allowed, status } = await post(running.port, reviewOf(WANTS));
    assert.deepEqual([allowed, status?.code], [false, 500]);
    assert.match(status?.message ?? '', /could not be reviewed; the operator's log says why/);
    assert.match(lines.join(), /sk-secret in a stack/);
  });

  it('is ready once it has a certificate and all that it goes by, and creates no pod before', async (t) => {
    let why: string | undefined = 'the policies are being read';
    const { running, certificate } = await startTestWebhook(t, { whyNotReady: () => why }, 'none');
    assert.equal(running.whyNotReady(), 'it has no certificate yet');
    await assert.rejects(ask(running.port, '/pods', { body: '{}' }), /alert|ECONNRESET|hang up/);
    certificate.renew(SELF_SIGNED);
    assert.equal(running.whyNotReady(), why);
    const { allowed, status } = await post(running.port, reviewOf(WANTS));
    assert.deepEqual(
      [allowed, status?.code, status?.message],
      [false, 503, `Tollgate: the operator is not ready: ${why}`],
    );
    why = undefined;
    assert.equal(running.whyNotReady(), undefined);
  });

  it('shows a renewed certificate to new connections, keeps open ones, and takes TLS 1.2 and later', async (t) => {
    const { running, certificate } = await startTestWebhook(t);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const body = JSON.stringify(reviewOf(WANTS));
    assert.equal((await ask(running.port, '/pods', { body, agent })).status, 200);
    certificate.renew(RENEWED);
    assert.equal((await ask(running.port, '/pods', { body, agent })).status, 200);
    await assert.rejects(ask(running.port, '/pods', { body }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    assert.equal((await ask(running.port, '/pods', { body }, RENEWED.cert)).status, 200);
    for (const [maxVersion, works] of [
      ['TLSv1.1', false],
      ['TLSv1.2', true],
      ['TLSv1.3', true],
    ] as const) {
      const ciphers = 'DEFAULT@SECLEVEL=0';
      const socket = connect({
        port: running.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion,
        ciphers,
      });
      const done = once(socket, 'secureConnect').then(
        () => socket.getProtocol(),
        () => undefined,
      );
      assert.equal(await done, works ? maxVersion : undefined);
      socket.destroy();
    }
  });

  it('answers for a while yet when it is stopped, though it is not ready any more', async (t) => {
    const { running } = await startTestWebhook(t);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const body = JSON.stringify(reviewOf(WANTS));
    assert.equal((await ask(running.port, '/pods', { body, agent })).headers.connection, 'keep-alive');
    const stopped = running.stop(400);
    assert.equal(running.whyNotReady(), 'it is going down');
    const reply = await ask(running.port, '/pods', { body, agent });
    assert.deepEqual([reply.status, reply.headers.connection], [200, 'close']);
    assert.match(reply.text, /"allowed":true/);
    await stopped;
    await assert.rejects(ask(running.port, '/pods', { body }), { code: 'ECONNREFUSED' });
  });
});
