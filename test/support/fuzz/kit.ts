/** What requests of one wire are made of, before chance changes them. */
export interface Kit {
  /** Good requests, most of them. */
  readonly bodies: readonly string[];
  /** Names for `model`: some allowed, some not, some no names. */
  readonly models: readonly string[];
  /** Fields whose number says how much output there may be, in quotes. */
  readonly caps: readonly string[];
  /** For `type`, anywhere. */
  readonly types: readonly string[];
  /** New keys, anywhere. */
  readonly keys: readonly string[];
  /** What may be put into a list, by the list's key in quotes. */
  readonly more: Readonly<Record<string, readonly string[]>>;
  /** The usual path, others of the same endpoints, and such as there are none. */
  readonly path: string;
  readonly targets: readonly string[];
  readonly badTargets: readonly string[];
  readonly betaHeader: string;
  readonly betas: readonly string[];
}
