/** Redis and MongoDB as their Secrets say where they are. No error has anything of what stands in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../adapters/config/config.ts';
import { MongoAudit } from '../adapters/mongo/audit.ts';
import type { RedisConfig, TlsOptions } from '../adapters/redis/config.ts';
import { redisPlace } from '../adapters/redis/url.ts';
import type { ControlConfig, StoreConfig } from './config.ts';

/** @throws ConfigError for a Secret that can't be used */
export function redisConfig({ minReplicas, ...store }: ControlConfig['redis']): RedisConfig {
  return { ...redisPlace(urlOf(store), certificatesOf(store)), minReplicas };
}

/** @throws LedgerUnavailable when MongoDB can't be reached; ConfigError for a Secret that can't be used */
export async function openAudit(store: StoreConfig): Promise<MongoAudit> {
  const certificates = certificatesOf(store);
  // Who gives certificates means TLS, whatever the URL says.
  if (Object.keys(certificates).length === 0) return MongoAudit.open(urlOf(store));
  return MongoAudit.open(withoutTls(urlOf(store)), { ...certificates, tls: true });
}

/** The driver takes no URL that contradicts what it is told beside it. */
function withoutTls(url: string): string {
  const [place = '', ...query] = url.split('?');
  const options = query.join('?').split('&');
  const kept = options.filter((option) => option !== '' && !/^(?:tls|ssl)=/i.test(option));
  return kept.length === 0 ? place : `${place}?${kept.join('&')}`;
}

function urlOf({ urlFile }: StoreConfig): string {
  const url = read(urlFile);
  if (url === undefined || url === '')
    throw new ConfigError(`${urlFile} is missing or empty: the Secret has no URL`);
  return url;
}

/** @returns by the names that node:tls has for them; those that there are */
function certificatesOf({ tlsFolder }: StoreConfig): TlsOptions {
  if (tlsFolder === undefined) return {};
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) => read(join(tlsFolder, name)));
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError(
      `${tlsFolder} has one of tls.crt and tls.key: a certificate and its key go together`,
    );
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

/** @returns undefined for what is not there */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigError(`${file} can't be read (${code})`);
  }
}
