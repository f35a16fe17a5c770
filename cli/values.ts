/** Values of flags, checked. */
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

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65535) return port;
  throw new UsageError(`a port is a number from 0 (any free one) to 65535, not ${JSON.stringify(text)}`);
}

/** Workloads are named in budgets and in the audit log, so their names are short and plain. */
export function workloadName(text: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(text)) return text;
  throw new UsageError(
    `${JSON.stringify(text)} can't name a workload: use letters, digits, dots and dashes (--name)`,
  );
}

/** @returns ms of "90d" or "12h" */
export function parseAge(text: string): number {
  const age = /^(\d{1,5})([hd])$/.exec(text);
  if (age && Number(age[1]) > 0) return Number(age[1]) * (age[2] === 'd' ? 86_400_000 : 3_600_000);
  throw new UsageError(
    `an age is a number of days or hours, such as 90d or 12h, not ${JSON.stringify(text)}`,
  );
}

/** @returns epoch ms of "7d", "12h", "30m" ago, or of a date such as 2026-11-22 */
export function parseSince(text: string, now = Date.now()): number {
  const ago = /^(\d{1,5})([mhd])$/.exec(text);
  if (ago)
    return now - Number(ago[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[ago[2] as 'm' | 'h' | 'd'];
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(date)) return date;
  throw new UsageError(
    `a time is 30m, 12h or 7d ago, or a date such as 2026-11-22, not ${JSON.stringify(text)}`,
  );
}
