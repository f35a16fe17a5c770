/** Values of flags, checked. */
import type { AgentKind } from '../core/agents/agent.ts';
import { AGENTS, agentNamed, sdk } from '../core/agents/agents.ts';
import { UsageError } from './output.ts';

/** @param labels NAME=VALUE each */
export function parseLabels(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => {
      const match = /^([A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?)=([A-Za-z0-9._-]{0,63})$/.exec(label);
      if (!match)
        throw new UsageError(`--label takes NAME=VALUE as Kubernetes has it, not ${JSON.stringify(label)}`);
      return [match[1], match[3]];
    }),
  );
}

/** @returns 0 (any free port) to 65535; @throws UsageError that names the flag */
export function parsePort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65535) return port;
  throw new UsageError(`${flag} takes a number from 0 (any free port) to 65535, not ${JSON.stringify(text)}`);
}

/** Workloads are named in budgets and in the audit log, so their names are short and plain. */
export function workloadName(text: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(text)) return text;
  throw new UsageError(
    `${JSON.stringify(text)} can't name a workload: use letters, digits, dots and dashes (--name)`,
  );
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws UsageError that names the kinds there are */
export function agentKind(text: string): AgentKind {
  const kind = agentNamed(text);
  if (kind !== undefined) return kind;
  const known = [...AGENTS, sdk].map(({ id }) => id).join(', ');
  throw new UsageError(`--agent takes ${known}, not ${JSON.stringify(text)}`);
}

/** @returns ms of "90d", "12h" or "30m"; undefined for anything else */
function readAge(text: string): number | undefined {
  const age = /^(\d{1,5})([mhd])$/.exec(text);
  return age ? Number(age[1]) * UNITS[age[2] as keyof typeof UNITS] : undefined;
}

/**
 * @param least the youngest age that makes sense, ms
 * @returns ms of an age such as 90d, 12h or 30m
 */
export function parseAge(text: string, flag: string, least = 1): number {
  const age = readAge(text);
  if (age !== undefined && age >= least) return age;
  throw new UsageError(`${flag} takes an age such as 90d, 12h or 30m, not ${JSON.stringify(text)}`);
}

const SPANS = { s: 1_000, ...UNITS } as const;

/** @returns ms of a span such as 25s, 24h or 90d, from 0 up */
export function parseSpan(text: string, flag: string): number {
  const span = /^(\d{1,6})([smhd])$/.exec(text);
  if (span) return Number(span[1]) * SPANS[span[2] as keyof typeof SPANS];
  throw new UsageError(`${flag} takes a time such as 30s, 24h or 90d, not ${JSON.stringify(text)}`);
}

/** @returns epoch ms of "7d", "12h", "30m" ago, or of a date such as 2026-11-22 */
export function parseSince(text: string, now = Date.now()): number {
  const age = readAge(text);
  if (age !== undefined) return now - age;
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(date)) return date;
  throw new UsageError(
    `--since takes an age such as 7d, 12h or 30m, or a date such as 2026-11-22, not ${JSON.stringify(text)}`,
  );
}

/** @param flag for the message */
export function parseCount(text: string, flag: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new UsageError(`${flag} takes a number from 1 up, not ${JSON.stringify(text)}`);
}
