/**
 * The name of a model without the date of its snapshot: claude-opus-5-20260612, claude-opus-5@20260612 and
 * gpt-5.9-2026-03-01 name the models claude-opus-5 and gpt-5.9 at one state, which the provider bills alike. Nothing
 * else is taken off: gpt-5.9-mini, claude-sonnet-5-1 and claude-sonnet-latest are models of their own.
 * @returns the name in lower case, as providers' own lists differ in case only
 */
export function undatedName(model: string): string {
  return model.toLowerCase().replace(DATE, '');
}

const DATE =
  /(?:[-@]20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|-20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))$/;
