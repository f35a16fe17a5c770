/** How much a git request may take, and how long. Tests shorten what they wait for. */

export interface GitLimits {
  /** Requests at the same time. */
  readonly requests: number;
  /** Bytes that are pushed in one request, and bytes of what a fetch says it has and wants, both decoded. */
  readonly push: number;
  readonly wants: number;
  /** Bytes of a refused request that are read and dropped, so that its sender reads why. */
  readonly skipped: number;
  /** Bytes of one answer. */
  readonly answer: number;
  /** One request in all, ms. */
  readonly total: number;
  /** Without a byte, ms: the client packs before it sends, and servers check what was pushed before they answer. */
  readonly silence: number;
}

export const GIT_LIMITS: GitLimits = {
  requests: 16,
  push: 4 * 1024 ** 3,
  wants: 64 * 1024 ** 2,
  skipped: 8 * 1024 ** 3,
  answer: 8 * 1024 ** 3,
  total: 3_600_000,
  silence: 600_000,
};
