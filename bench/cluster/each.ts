/** Many times the same, some of them at once. */

/** @returns what `work` made of 0 to count - 1, in that order; @throws the first error, when all under way have ended */
export async function each<T>(atOnce: number, count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < count && !failed) {
      const n = next++;
      try {
        made[n] = await work(n);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, count) }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return made;
}
