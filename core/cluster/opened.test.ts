import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whatOpens } from './opened.ts';

describe('what a NetworkPolicy opens', () => {
  const opens = (rule: object, words: string) => assert.equal(whatOpens([rule]), words);

  it('is any address at any port where a rule names neither', () => {
    opens({}, 'any address at any port');
    opens({ to: [], ports: [] }, 'any address at any port');
  });

  it('is named by ranges, with what is left out of them', () => {
    opens({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }, '10.0.0.0/8 at any port');
    opens(
      { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '::/0'] } }] },
      '0.0.0.0/0 without 10.0.0.0/8, ::/0 at any port',
    );
  });

  it('is named by pods and namespaces; without a namespace it is the own one', () => {
    const dns = { matchLabels: { 'k8s-app': 'kube-dns' } };
    opens({ to: [{ podSelector: {} }] }, 'any pod of its namespace at any port');
    opens({ to: [{ podSelector: dns }] }, 'pods k8s-app=kube-dns of its namespace at any port');
    opens({ to: [{ namespaceSelector: {} }] }, 'any pod of any namespace at any port');
    opens(
      {
        to: [
          {
            podSelector: dns,
            namespaceSelector: {
              matchExpressions: [
                { key: 'a', operator: 'Exists' },
                { key: 'b', operator: 'DoesNotExist' },
                { key: 'c', operator: 'NotIn', values: ['x', 'y'] },
              ],
            },
          },
        ],
      },
      'pods k8s-app=kube-dns of namespaces a,!b,c notin (x,y) at any port',
    );
  });

  it('is named by ports, ranges of them, and protocols', () => {
    opens(
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 'https' },
          { port: 1, endPort: 9 },
          { protocol: 'SCTP' },
        ],
      },
      'any address at UDP 53, TCP https, TCP 1-9, any port of SCTP',
    );
  });

  it('is all rules, and of long lists how many more there are', () => {
    const rules = Array.from({ length: 7 }, (_, n) => ({ ports: [{ port: n + 1 }] }));
    assert.equal(
      whatOpens(rules),
      `${[1, 2, 3, 4, 5].map((n) => `any address at TCP ${n}`).join('; ')}; 2 more`,
    );
    assert.equal(whatOpens(), '');
  });
});
