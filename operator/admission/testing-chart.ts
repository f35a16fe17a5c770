/** For tests: objects of the chart as helm renders them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../adapters/kube/object.ts';
import { binary } from '../../test/cluster/binaries.ts';

const CHART = join(import.meta.dirname, '../../charts/tollgate');

/** @param template path below templates/ */
export async function rendered(template: string): Promise<KubeObject[]> {
  const args = ['template', 'tollgate', CHART, '-n', 'tollgate-system', '-s', `templates/${template}`];
  const text = execFileSync(await binary('helm'), args, { encoding: 'utf8' });
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
}
