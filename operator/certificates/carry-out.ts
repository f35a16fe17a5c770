/** A step that was decided on → what is written into which Secret, and what people are told. One step is one write. */
import type { Server } from '../../core/cluster/names.ts';
import { type Held, KEYS, type Step, type Terms } from './decide.ts';
import { mintAuthority, mintLeaf } from './mint.ts';
import { isUsable, readAuthority } from './read.ts';

export interface Write {
  readonly into: 'ca' | Server;
  /** Text of each key; null: it goes. */
  readonly data: Readonly<Record<string, string | null>>;
  readonly reason: 'AuthorityCreated' | 'AuthorityRotated' | 'CertificateIssued';
  /** A sentence for people. */
  readonly note: string;
}

/** @throws Error when what is held is not what the step was decided on */
export async function carryOut(step: Step, held: Held, { now, times, namesOf }: Terms): Promise<Write> {
  const rotated = (data: Write['data'], note: string): Write => ({
    into: 'ca',
    data,
    reason: 'AuthorityRotated',
    note,
  });
  const time = new Date(now).toISOString();
  switch (step.kind) {
    case 'authority': {
      const { cert, key } = await mintAuthority(now, times);
      const { crt, key: keyName } = KEYS[step.slot];
      const data = {
        [crt]: cert,
        [keyName]: key,
        [KEYS.published]: null,
        [KEYS.previous]: step.previous === '' ? null : step.previous,
        [KEYS.unused]: null,
      };
      const note = `A new authority was made: ${step.why}.`;
      return { into: 'ca', data, reason: 'AuthorityCreated', note };
    }
    case 'published':
      return rotated({ [KEYS.published]: time }, 'The new authority stands in every trust bundle.');
    case 'promote': {
      const { crt, key } = KEYS.next;
      const data = {
        [KEYS.ca.crt]: held.ca[crt] ?? '',
        [KEYS.ca.key]: held.ca[key] ?? '',
        [crt]: null,
        [key]: null,
        [KEYS.published]: null,
        [KEYS.previous]: step.previous === '' ? null : step.previous,
        [KEYS.unused]: null,
      };
      return rotated(data, 'The new authority signs from now on.');
    }
    case 'unused':
      return rotated({ [KEYS.unused]: time }, 'No server has a certificate of the previous authority.');
    case 'used':
      return rotated({ [KEYS.unused]: null }, 'A server has a certificate of the previous authority again.');
    case 'drop': {
      const data = { [KEYS.previous]: null, [KEYS.unused]: null };
      return rotated(data, 'The previous authority is trusted no more.');
    }
    case 'leaf': {
      const { crt, key } = KEYS[step.from];
      const pem = held.ca[crt] ?? '';
      const authority = readAuthority(pem, held.ca[key] ?? '', now);
      if (!isUsable(authority)) throw new Error('there is no authority that can sign');
      const leaf = await mintLeaf(authority, namesOf(step.server), now, times);
      return {
        into: step.server,
        // With its authority's, so that it stays trusted should that be lost.
        data: { 'tls.crt': leaf.cert, 'tls.key': leaf.key, [KEYS.ca.crt]: authority.pem },
        reason: 'CertificateIssued',
        note: `A new certificate was issued: ${step.why}.`,
      };
    }
  }
}
