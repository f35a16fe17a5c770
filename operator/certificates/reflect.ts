/**
 * What the library for certificates asks of Reflect before it can be imported: its container for dependencies reads types
 * that decorators left there (the proposal behind the package reflect-metadata). None of what it makes asks for any.
 */
const NOTHING = { configurable: true, writable: true, value: () => undefined };
if (!('getMetadata' in Reflect))
  Object.defineProperties(Reflect, { getMetadata: NOTHING, getOwnMetadata: NOTHING });
