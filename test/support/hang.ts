/**
 * How long tests wait for what has to come, ms: a bound that ends a hang and no measurement, so that a machine ten times
 * slower, or one that stands still for some seconds, breaks nothing. TOLLGATE_TEST_HANG_MS sets it: where tests are meant to
 * fail, nobody wants to wait so long.
 */
export const HANG_MS: number = Number(process.env.TOLLGATE_TEST_HANG_MS ?? 90_000);
