/** Where a budget's warnings can be sent from here: its URL, with what it is signed with; or why they can't. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import ipaddr from 'ipaddr.js';
import type { Budget } from '../../core/policy/budget.ts';
import { isPublic, publicLookup } from '../net/address.ts';
import { readSecret } from './signature.ts';

export interface Target {
  /** namespace/policy */
  readonly policy: string;
  readonly url: URL;
  readonly secret: Buffer;
  /** For its host's name, as net.connect takes it. */
  readonly lookup: typeof publicLookup;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a signing secret is looked for by, and what was found. */
export interface SecretFound {
  /** Undefined where it is not there. */
  readonly text: string | undefined;
  /** Where it has to be, for people: "SECRET" */
  readonly where: string;
  /** What is the matter when it is not there: "SECRET is not set" */
  readonly missing: string;
  /** What to do then, as a sentence begins: "Set it" */
  readonly remedy: string;
}

/** @returns undefined for a budget without a webhook; a sentence says why it can't be told, and never has the secret */
export function targetOf(budget: Budget, env: Environment): Target | string | undefined {
  const { webhook } = budget;
  if (webhook === undefined) return undefined;
  const { secretEnv: where } = webhook;
  const text = env[webhook.secretEnv];
  return targetWith(budget, { text, where, missing: `${where} is not set`, remedy: 'Set it' });
}

/** As targetOf(), with a secret that was looked for elsewhere. */
export function targetWith(
  { name, webhook }: Budget,
  { text, where, missing, remedy }: SecretFound,
): Target | string | undefined {
  if (webhook === undefined) return undefined;
  const url = new URL(webhook.url);
  const problem = hostProblem(url, webhook.privateAddresses);
  if (problem !== undefined) return `BudgetPolicy ${name}: its webhook is not told: ${problem}`;
  if (!text)
    return `BudgetPolicy ${name}: its webhook is not told: ${missing}, and without a secret nothing can be signed. ${remedy} to 24 to 64 random bytes in base64 (openssl rand -base64 32), here and at the receiver.`;
  const secret = readSecret(text);
  if (secret === undefined)
    return `BudgetPolicy ${name}: its webhook is not told: ${where} holds no signing secret. It takes 24 to 64 random bytes in base64 (openssl rand -base64 32), with or without whsec_ before them.`;
  return { policy: name, url, secret, lookup: isLocal(url) ? loopbackLookup : publicLookup };
}

/** A name could be pointed anywhere; only an address that the manifest itself names may be private. */
function hostProblem(url: URL, privateAddresses: boolean): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const named = ipaddr.isValid(host) || isLocal(url);
  if (named && !privateAddresses && !isPublic(host))
    return `${host} is not a public address. Set privateAddresses in it if that is meant.`;
  if (url.protocol === 'http:' && (!named || isPublic(host)))
    return `http:// is for private addresses, and ${host} is ${named ? 'public' : 'a name'}. Use https://.`;
  return undefined;
}

/** RFC 6761, 6.3: localhost is this machine. */
function isLocal({ hostname }: URL): boolean {
  return hostname === 'localhost';
}

/** Whoever writes /etc/hosts could make localhost another machine. */
function loopbackLookup(
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const own = addresses.filter(({ address }) => ipaddr.process(address).range() === 'loopback');
    const [first] = own;
    if (first === undefined) return callback(new Error(`${hostname} is another machine here`), []);
    if (options.all) callback(null, own);
    else callback(null, first.address, first.family);
  });
}
