/** Looking for credentials as a program of a pod can that has a shell. */
import { SECRETS } from './site.ts';

const DECOY = 'decoy-in-plain-sight';

/** In front of a command that searches: what is found then shows that the search finds. */
export const WITH_DECOY = ['env', `DECOY=${DECOY}`];

/**
 * A script that looks for credentials in the environment and command lines of all processes, and in all files but those
 * of the image, with regular expressions that do not match themselves. It writes two lines: where the decoy is, and
 * where a credential is.
 */
export const SEARCH = `
  look() {
    for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
      if tr '\\0' '\\n' 2>/dev/null < "$file" | grep -qE "$1"; then echo "$file"; fi
    done
    for folder in /*; do
      case $folder in /proc|/sys|/dev|/usr|/bin|/lib*) continue ;; esac
      grep -rlsE "$1" "$folder" || true
    done
  }
  echo "$DECOY" > /tmp/decoy
  echo decoy: $(look '${hidden(DECOY)}')
  echo credentials: $(look '${Object.values(SECRETS).map(hidden).join('|')}')`;

/** @returns whether what a searching script wrote says that it finds, and found nothing */
export function foundNothing(written: string): boolean {
  return (
    /^decoy:.* \/proc\/\d+\/environ.* \/tmp\/decoy$/m.test(written) && /^credentials:\s*$/m.test(written)
  );
}

function hidden(text: string): string {
  return `${text.slice(0, -1)}[${text.slice(-1)}]`;
}
