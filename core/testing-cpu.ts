/**
 * How much work something is, for tests of what has to stay cheap: time of the processor, which does not pass while the
 * machine is busy with something else. Bounds are ten times what it may take and more: a slow machine is no fault, and what
 * grows with the square of its input, or backtracks, takes thousands of times as long.
 */

/** @returns ms of processor time */
export function cpuMs(work: () => void): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
