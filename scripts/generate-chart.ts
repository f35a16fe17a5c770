/**
 * The CRDs as the chart has them: templates, so that an upgrade changes them (Helm installs a chart's crds/ folder once),
 * and kept on uninstall, since deleting a CRD deletes everything of its kind.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Output } from './generate-policy.ts';

interface Crd {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** @returns charts/tollgate/templates/crds/*.yaml */
export function generateChart(root: string): Output[] {
  return globSync('crds/*.yaml', { cwd: root })
    .sort()
    .map((path) => {
      const crd = parse(readFileSync(join(root, path), 'utf8')) as Crd;
      const kept = {
        ...crd,
        metadata: { ...crd.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } },
      };
      const yaml = stringify(kept, { lineWidth: 0, aliasDuplicateObjects: false });
      // Braces are Helm's.
      const escaped = yaml.replaceAll('{{', '{{ "{{" }}');
      const text = `# Generated from ${path} by scripts/generate.ts. Do not edit.\n${escaped}`;
      return { path: `charts/tollgate/templates/crds/${basename(path)}`, text };
    });
}
