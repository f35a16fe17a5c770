import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeAnswer } from './answer.ts';
import { readAsk } from './ask.ts';
import { basicCredential } from './credential.ts';
import { gitRefusal, gitSentence } from './refusals.ts';
import { ReportReader, refusedReport } from './report.ts';
import { readRepositories } from './repository.ts';
import { CAPABILITIES, NEW, OLD } from './testing.ts';

const code = (method: string, url: string) => {
  const ask = readAsk(method, url);
  return 'code' in ask ? ask.code : undefined;
};

describe('the git route knows', () => {
  it('three requests', () => {
    assert.deepEqual(readAsk('GET', '/git/app/info/refs?service=git-upload-pack'), {
      repository: 'app',
      service: 'git-upload-pack',
      step: 'refs',
    });
    assert.deepEqual(readAsk('POST', '/git/my-app/git-receive-pack'), {
      repository: 'my-app',
      service: 'git-receive-pack',
      step: 'exchange',
    });
  });

  it('nothing else', () => {
    for (const [method, url, why] of [
      ['GET', '/git/app/info/refs', 'dumb'],
      ['GET', '/git/app/HEAD', 'dumb'],
      ['GET', '/git/app/objects/info/packs', 'dumb'],
      ['POST', '/git/app/info/lfs/objects/batch', 'lfs'],
      ['POST', '/git/app.git/info/lfs/objects/batch', 'lfs'],
      ['GET', '/git/app/info/refs?service=git-upload-archive', 'unknown_path'],
      ['GET', '/git/app/info/refs?service=git-upload-pack&x=1', 'unknown_path'],
      ['GET', '/git/app/info/refs?x=1&service=git-upload-pack', 'unknown_path'],
      ['GET', '/git/app/%69nfo/refs?service=git-upload-pack', 'unknown_path'],
      ['GET', '/git/../app/info/refs?service=git-upload-pack', 'unknown_path'],
      ['POST', '/git/app//git-receive-pack', 'unknown_path'],
      ['POST', '/git/app/x/git-receive-pack', 'unknown_path'],
      ['POST', '/git/app/git-receive-pack?a=b', 'unknown_path'],
      ['POST', '/git/app/git-upload-archive', 'unknown_path'],
      ['POST', '/git/APP/git-upload-pack', 'unknown_path'],
      ['GET', '/git/app', 'unknown_path'],
      ['GET', '/git/', 'unknown_path'],
      ['GET', '/git/app/git-receive-pack', 'method'],
      ['POST', '/git/app/info/refs?service=git-receive-pack', 'method'],
      ['PUT', '/git/app/git-receive-pack', 'method'],
    ] as const)
      assert.equal(code(method, url), why, `${method} ${url}`);
  });
});

describe('a credential', () => {
  it('is a token, or user:token', () => {
    const pair = (text: string) => Buffer.from(basicCredential(text)?.slice(6) ?? '', 'base64').toString();
    assert.equal(pair('abc\n'), 'x-access-token:abc');
    assert.equal(pair('me:abc'), 'me:abc');
    assert.equal(pair('me:a:b'), 'me:a:b');
  });

  it('is one line of printable ASCII', () => {
    for (const text of ['', '\n', 'a b', 'a\nb', 'a\rb', ':a', 'a:', 'ä', 'a\0', 'x'.repeat(5_000)])
      assert.equal(basicCredential(text), undefined, JSON.stringify(text));
  });
});

const REPOSITORY = { name: 'app', url: 'https://git.example.com/a/b.git', branches: [] };

describe('an answer of the server', () => {
  const ask = { service: 'git-upload-pack', step: 'refs' } as const;
  const type = 'application/x-git-upload-pack-advertisement';
  const judged = (status: number, headers: Record<string, string>) =>
    judgeAnswer({ status, headers }, ask, REPOSITORY)?.code;

  it('passes when it is the one that was asked for', () => {
    assert.equal(judged(200, { 'content-type': type }), undefined);
    assert.equal(judged(200, { 'content-type': type, 'content-encoding': 'identity' }), undefined);
  });

  it('does not pass otherwise', () => {
    for (const [status, headers, why] of [
      [200, {}, 'not_smart'],
      [200, { 'content-type': `${type}; charset=x` }, 'not_smart'],
      [200, { 'content-type': 'application/x-git-upload-pack-result' }, 'not_smart'],
      [200, { 'content-type': type, 'content-encoding': 'gzip' }, 'not_smart'],
      [204, { 'content-type': type }, 'upstream_status'],
      [401, { 'content-type': type }, 'credential_refused'],
      [403, {}, 'credential_refused'],
      [404, {}, 'not_found'],
      [302, { location: '/x' }, 'redirected'],
      [503, {}, 'upstream_status'],
    ] as const)
      assert.equal(judged(status, headers), why);
  });

  it('that points elsewhere is told without what may be a secret in it', () => {
    const at = (location?: string) => {
      const headers = location === undefined ? {} : { location };
      const refused = judgeAnswer({ status: 301, headers }, ask, REPOSITORY);
      return refused?.params.location;
    };
    assert.equal(at('https://u:p@b.example/x.git/info/refs?t=1#f'), 'https://b.example/x.git');
    assert.equal(at('/new.git/git-upload-pack'), 'https://git.example.com/new.git');
    assert.equal(at(), 'another place');
    assert.equal(at('http://['), 'another place');
  });
});

describe('a report', () => {
  const refs = (...names: string[]) => names.map((ref) => ({ old: OLD, new: NEW, ref }));
  const why = () => gitRefusal('with_others');
  const reports = (capabilities: readonly string[], size: number) => {
    const bytes = refusedReport(refs('refs/heads/a', 'refs/heads/b'), capabilities, why, 'no');
    assert.ok(bytes);
    const reader = new ReportReader(capabilities);
    for (let at = 0; at < bytes.length; at += size) reader.feed(bytes.subarray(at, at + size));
    return [reader.result('refs/heads/a'), reader.result('refs/heads/b'), reader.result('refs/heads/c')];
  };

  it('is read as it was written, with side bands and without, in whatever pieces', () => {
    for (const capabilities of [CAPABILITIES.split(' '), ['report-status']])
      for (const size of [1, 7, 10_000])
        assert.deepEqual(reports(capabilities, size), ['ng', 'ng', undefined]);
  });

  it('has place for as many long names as a push may have', () => {
    const many = Array.from({ length: 100 }, (_, i) => `refs/heads/${i}${'é'.repeat(1_000)}`);
    const bytes = refusedReport(refs(...many), CAPABILITIES.split(' '), why, 'no');
    const reader = new ReportReader(['side-band-64k']);
    reader.feed(bytes ?? Buffer.alloc(0));
    assert.ok(many.every((ref) => reader.result(ref) === 'ng'));
  });

  it('is not made for a client that reads none', () => {
    assert.equal(refusedReport(refs('refs/heads/a'), ['side-band-64k'], why, 'no'), undefined);
  });

  it('says nothing where the server writes something else', () => {
    for (const text of ['nonsense', '0004', '0000', '0009\x01zzzz', '000eunpack ok\n0000']) {
      const reader = new ReportReader(['report-status', 'side-band-64k']);
      reader.feed(Buffer.from(text));
      assert.equal(reader.result('refs/heads/a'), undefined);
    }
  });
});

describe('a sentence', () => {
  it('is one line that steers no terminal, whatever others wrote', () => {
    const said = gitSentence(gitRefusal('gateway_refused', { host: 'h', why: 'a\r\nb\x1b[31m\0c' }));
    assert.match(said, /^The egress gateway does not open h: a b \[31m c$/);
  });
});

describe('repositories', () => {
  const read = (change: object) => readRepositories(JSON.stringify([{ ...REPOSITORY, ...change }]));
  it('are read as the operator writes them', () => {
    const secret = { name: 's', key: 'k' };
    assert.deepEqual(read({ secret, branches: ['a'] }), [{ ...REPOSITORY, secret, branches: ['a'] }]);
    assert.deepEqual(readRepositories('[]'), []);
  });

  it('are refused when anything of them is odd', () => {
    for (const change of [
      { name: '../x' },
      { name: 'a/b' },
      { name: '' },
      { url: 'http://git.example.com/a' },
      { url: 'https://u:p@git.example.com/a' },
      { url: 'https://git.example.com/a?b' },
      { url: 'https://git.example.com' },
      { url: 'https://git.example.com:99999/a' },
      { branches: 'main' },
      { branches: [1] },
      { secret: 's' },
      { secret: { name: 's' } },
    ])
      assert.throws(() => read(change), Error, JSON.stringify(change));
    assert.throws(() => readRepositories(JSON.stringify([REPOSITORY, REPOSITORY])), /the same name/);
    assert.throws(() => readRepositories('{}'), /have to be a list/);
    assert.throws(() => readRepositories('x'), SyntaxError);
  });
});
