import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { codex } from '../core/agents/codex.ts';
import { openclaw } from '../core/agents/openclaw.ts';
import { writeRunConfig } from './run-config.ts';

const sidecar = { url: 'http://127.0.0.1:4141', key: 'dummy' };
const home = mkdtempSync(join(tmpdir(), 'run-config-'));
after(() => rmSync(home, { recursive: true }));

function written(env: Record<string, string>) {
  const config = writeRunConfig(openclaw, sidecar, env, home);
  assert.ok(config);
  const file = config.environment.OPENCLAW_CONFIG_PATH ?? '';
  return { config, file, text: JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> };
}

describe('the configuration file of a run', () => {
  it('is written for agents that need one', () => {
    assert.equal(writeRunConfig(codex, sidecar, {}, home), undefined);
  });

  it('is for this user alone, and gone afterwards', () => {
    const { config, file, text } = written({});
    assert.equal(text.$include, undefined);
    assert.equal(statSync(file).mode & 0o077, 0);
    assert.equal(statSync(dirname(file)).mode & 0o077, 0);
    config.remove();
    assert.ok(!existsSync(dirname(file)));
  });

  it('includes the own one of the user where there is one, and leaves that as it is', () => {
    const own = join(home, '.openclaw', 'openclaw.json');
    mkdirSync(dirname(own));
    writeFileSync(own, '{own: true}');
    for (const env of [{}, { OPENCLAW_CONFIG_PATH: '~/.openclaw/openclaw.json' }]) {
      const { config, text } = written(env);
      assert.equal(text.$include, own);
      assert.equal(config.environment.OPENCLAW_INCLUDE_ROOTS, dirname(own));
      config.remove();
    }
    assert.equal(readFileSync(own, 'utf8'), '{own: true}');
  });
});
