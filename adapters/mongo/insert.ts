/** Documents that are inserted, and left where they are there already. */
import { type Collection, type Document, MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb';

const DUPLICATE_KEY = 11_000;

/**
 * Inserts documents of a collection with a unique index; the order does not matter.
 *
 * @returns the places of those whose key was there already
 * @throws what the driver throws when it can't be said that all others are stored
 */
export async function insertNew<Row extends Document>(
  rows: Collection<Row>,
  documents: readonly OptionalUnlessRequiredId<Row>[],
): Promise<ReadonlySet<number>> {
  try {
    // The driver adds an _id to what it is given.
    await rows.insertMany(
      documents.map((document) => ({ ...document })),
      { ordered: false },
    );
    return new Set();
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failed = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    // A lost connection, or a write that not enough servers have, comes as this error too, with no document that failed.
    const isOnlyKnown = failed.length > 0 && failed.every(({ code }) => code === DUPLICATE_KEY);
    if (!isOnlyKnown || error.result.getWriteConcernError() !== undefined) throw error;
    return new Set(failed.map(({ index }) => index));
  }
}
