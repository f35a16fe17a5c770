/** What a request to the API server came to. Errors are values: what to do about one is the caller's judgement. */

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ApiError };

export interface Cause {
  readonly reason: string;
  readonly message: string;
  /** Path of the field that is wrong, if one is. */
  readonly field: string;
}

export interface ApiError {
  /**
   * status: the server said no. network: it was not reached, or the connection broke. timeout: no answer in time.
   * unreadable: what it sent is not what it has to be. credentials: ours could not be read. stopped: we broke it off.
   */
  readonly kind: 'status' | 'network' | 'timeout' | 'unreadable' | 'credentials' | 'stopped';
  /** HTTP status, or that of a Status in a watch; 0 if there was none. */
  readonly code: number;
  /** metav1.StatusReason such as NotFound, or a word of ours. */
  readonly reason: string;
  /** For people: what was tried and what came of it. Never a credential. */
  readonly message: string;
  readonly causes: readonly Cause[];
  /** How long the server wants to be left alone. */
  readonly retryAfterMs?: number;
}

const MOST_CAUSES = 20;
const MOST_CHARACTERS = 2_000;

/** @param retryAfter the header: seconds, or a date (RFC 9110, 10.2.3) */
export function statusError(what: string, code: number, body: unknown, retryAfter?: string): ApiError {
  const status = isRecord(body) && body.kind === 'Status' ? body : {};
  const details = isRecord(status.details) ? status.details : {};
  const reason = text(status.reason) || REASONS[code] || `HTTP ${code}`;
  const said = text(status.message);
  const causes = Array.isArray(details.causes) ? details.causes.slice(0, MOST_CAUSES).filter(isRecord) : [];
  const wait = waitOf(retryAfter, details.retryAfterSeconds);
  return {
    kind: 'status',
    code,
    reason,
    message: `${what}: ${reason}${said === '' ? '' : `: ${said}`}`,
    causes: causes.map((cause) => ({
      reason: text(cause.reason),
      message: text(cause.message),
      field: text(cause.field),
    })),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

/** An error that is not a Status of the server. */
export function localError(
  kind: Exclude<ApiError['kind'], 'status'>,
  reason: string,
  what: string,
  why: string,
): ApiError {
  return { kind, code: 0, reason, message: `${what}: ${why.slice(0, MOST_CHARACTERS)}`, causes: [] };
}

export function failed(error: ApiError): { readonly ok: false; readonly error: ApiError } {
  return { ok: false, error };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : '';
}

function waitOf(header: string | undefined, seconds: unknown): number | undefined {
  if (header !== undefined && /^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = header === undefined ? Number.NaN : Date.parse(header);
  if (!Number.isNaN(date)) return Math.max(0, date - Date.now());
  return typeof seconds === 'number' && seconds >= 0 && seconds < 1e9 ? seconds * 1000 : undefined;
}

/** Of answers without a Status, such as those of a load balancer. */
const REASONS: Readonly<Record<number, string>> = {
  0: 'Unknown',
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
