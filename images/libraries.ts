/** Which shared libraries a program can't run without, found in folders of packages and not in this machine. */
import { type Elf, readElf } from './elf.ts';
import { ImageError } from './error.ts';

export interface Library {
  /** By which others ask for it, such as libc.so.6. */
  readonly name: string;
  /** Where it belongs, from the root. */
  readonly path: string;
  readonly content: Buffer;
}

/** @returns the library of a name, if there is one */
export type Find = (name: string) => Library | undefined;

/**
 * @param program  the file of it
 * @param architecture  as in GOARCH; whatever is for another is refused
 * @returns what it needs, and what that needs, by name; and the path by which the kernel looks for what loads them
 * @throws ImageError for a library that is missing, is for another machine, or is too old
 */
export function librariesOf(
  program: Buffer,
  architecture: string,
  find: Find,
): { readonly libraries: readonly Library[]; readonly interpreter: string } {
  const found = new Map<string, Library & { readonly elf: Elf }>();
  const add = (of: string, elf: Elf) => {
    if (elf.machine !== architecture)
      throw new ImageError(`${of} is for ${elf.machine}, and the image for ${architecture}`);
    for (const name of elf.needed) {
      if (found.has(name)) continue;
      const library = find(name);
      if (library === undefined)
        throw new ImageError(
          `${of} needs ${name}, which is in none of the packages of images/packages.json: add the one that has it`,
        );
      const needed = readElf(library.content);
      found.set(name, { ...library, elf: needed });
      add(name, needed);
    }
    for (const [name, versions] of elf.versions)
      for (const version of versions)
        if (!found.get(name)?.elf.defines.includes(version))
          throw new ImageError(
            `${of} needs ${version} of ${name}, and that library is too old: ` +
              'take the packages of images/packages.json from a newer release of Debian',
          );
  };
  const elf = readElf(program);
  add('the program', elf);
  if (elf.interpreter === undefined) throw new ImageError('the program says nothing of what loads it');
  const libraries = [...found.values()].map(({ name, path, content }) => ({ name, path, content }));
  return { libraries, interpreter: elf.interpreter };
}
