/** An error of any API here, before it is put into that API's form. */
export type ApiError = {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** The parameter that is wrong, where the API names it. */
  readonly param?: string;
};

/** A 400 of type `invalid_request_error`. */
export function badRequest(message: string): ApiError {
  return { status: 400, type: 'invalid_request_error', message };
}
