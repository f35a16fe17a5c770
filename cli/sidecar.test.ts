import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli, scratch } from './testing.ts';

describe('tollgate sidecar', () => {
  it('does not start with a key that may be another host’s, nor without one for its callers', async () => {
    const args = ['sidecar', '--state', scratch('sidecar')];
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://elsewhere.example/v1' };
    const wrong = await runCli(args, { ...env, TOLLGATE_KEY: 'key-of-callers' });
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(
      wrong.stderr,
      /OPENAI_BASE_URL sends .* to elsewhere\.example.* Tollgate would send it to api\.openai\.com/,
    );
    const none = await runCli(args, env);
    assert.deepEqual([none.code, /set TOLLGATE_KEY/.test(none.stderr)], [2, true]);
  });
});
