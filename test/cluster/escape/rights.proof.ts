/**
 * With control taken over: whoever speaks for it reads the keys of Providers, and nothing else that is secret.
 *
 *   node --test test/cluster/escape/rights.proof.ts
 *
 * The API server is asked what control's own ServiceAccount may do; the control of the test is the same ServiceAccount with
 * one right more.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../commands.ts';
import { NAMESPACE } from '../tollgate.ts';
import { SET_UP, setUp, TIMEOUT, type Yard } from './set-up.ts';

const WHO = `system:serviceaccount:${NAMESPACE}:tollgate-control`;
const SECRET = 'escape-rights';
const EXTRA = 'escape-rights-extra';
const OWN = ['tollgate-ca', 'tollgate-control-tls', 'tollgate-gateway-tls', 'tollgate-operator-tls'];

let yard: Yard;

before(async () => {
  yard = await setUp('rights', 68);
  await until('control may read the key of the Provider', async () => (await read(SECRET)) === '');
}, SET_UP);

after(async () => {
  await yard?.cluster.kubectl(['delete', 'rolebinding,role', '-n', NAMESPACE, EXTRA, '--ignore-not-found']);
  await yard?.close();
});

/** As control reads it. @returns why not; nothing: it can */
async function read(name: string | undefined): Promise<string> {
  const selector = name === undefined ? [] : [`--field-selector=metadata.name=${name}`];
  const list = ['get', 'secrets', '-n', NAMESPACE, '--as', WHO, '-o', 'name', ...selector];
  return yard.cluster.kubectl(list).then(
    (said) => (name === undefined || said.includes(`secret/${name}`) ? '' : 'there is none'),
    ({ message }: Error) => message,
  );
}

async function more(): Promise<void> {
  const { cluster } = yard;
  const of = ['-n', NAMESPACE, EXTRA];
  await cluster.kubectl(['create', 'role', ...of, '--verb=get,list,watch', '--resource=secrets']);
  const account = `--serviceaccount=${NAMESPACE}:tollgate-control`;
  await cluster.kubectl(['create', 'rolebinding', ...of, `--role=${EXTRA}`, account]);
}

describe('control reads', TIMEOUT, () => {
  const no = /cannot list resource "secrets"/;

  it('the Secrets that Providers name, by name', async () => assert.equal(await read(SECRET), ''));
  for (const name of OWN) it(`not ${name}`, async () => assert.match(await read(name), no));
  it('not what else is secret there, such as releases of helm', async () =>
    assert.match(await read(undefined), no));

  it('no key any more that no Provider names', async () => {
    await yard.cluster.kubectl(['delete', 'provider', SECRET]);
    await until('the right is taken back', async () => no.test(await read(SECRET)));
  });

  it('all of them with a right more: the tests above can fail', async () => {
    await more();
    await until('the right is there', async () => (await read(undefined)) === '');
    for (const name of OWN) assert.equal(await read(name), '');
  });
});
