/**
 * Writes every generated file of the project; with --check it writes nothing and fails when one is not fresh.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateChart } from './generate-chart.ts';
import { generatePolicy, type Output } from './generate-policy.ts';
import { generatePolicyDocs } from './generate-policy-docs.ts';
import { generatePrices } from './generate-prices.ts';
import { generateRefusals } from './generate-refusals.ts';

const root = join(import.meta.dirname, '..');

async function outputs(): Promise<Output[]> {
  return [
    ...(await generatePolicy(root)),
    ...generateChart(root),
    { path: 'core/money/prices.generated.ts', text: generatePrices() },
    { path: 'docs/refusals.md', text: generateRefusals() },
    { path: 'docs/policies.md', text: generatePolicyDocs() },
  ];
}

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

const check = process.argv.includes('--check');
const stale = (await outputs()).filter((output) => current(output.path) !== output.text);
for (const { path, text } of stale) {
  if (check) {
    console.error(`${path} is not fresh: run "make generate" and commit what changes`);
    continue;
  }
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
if (check && stale.length > 0) process.exitCode = 1;
