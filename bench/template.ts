/** Configurations in which {name} stands for what a run decides: ports, folders, replies. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Writes a filled-in copy of a template.
 * @param folder where to; the name stays
 * @returns the copy
 * @throws Error when the template has a name that has no value
 */
export function fillIn(
  template: string,
  folder: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const name = basename(template);
  const text = readFileSync(template, 'utf8').replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name} names {${key}}, which nobody knows`);
    return String(value);
  });
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
