/**
 * Each field of an Approval's spec is held to something: the table names the rule, in its very words, and the test that sees
 * it. What control alone reads, once it holds calls, says so here; until then it is shown and never changes.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { crdSchemas } from '../../core/policy/schema.generated.ts';
import type { SchemaNode } from '../../core/policy/schema.ts';

type Effect = readonly [file: string, rule: string, tests: string, test: string];

const CRD = 'crds/tollgate.dev_approvals.yaml';
const POLICY = 'charts/tollgate/templates/admission/approvals.yaml';
const [WHAT, WHO] = ['approvals', 'decisions'].map((name) => `operator/admission/${name}.slow.test.ts`) as [
  string,
  string,
];

const shown: Effect = [CRD, 'jsonPath: .spec.held.', WHAT, 'is shown, described and decided by kubectl'];
/** Nothing in this release makes Approvals, and nothing reads these. */
const forControl: Effect = [CRD, 'self.held == oldSelf.held', WHAT, 'what is held, and until when, never'];
const stamped: Effect = [
  'operator/admission/decision.ts',
  'const decidedBy: DecidedBy',
  WHO,
  'is stamped by admission',
];

const EFFECTS: Readonly<Record<string, Effect>> = {
  'held.exchange': forControl,
  'held.session': forControl,
  'held.workload': shown,
  'held.serviceAccount': forControl,
  'held.runner': [POLICY, 'object.spec.held.runner', WHO, 'is refused to each author of the run'],
  'held.authors[]': [POLICY, 'in object.spec.held.authors', WHO, 'is refused to each author of the run'],
  'held.stage': forControl,
  'held.code': forControl,
  'held.what': shown,
  'held.tool.name': forControl,
  'held.tool.arguments': forControl,
  'held.model': forControl,
  'held.digest': forControl,
  expiresAt: [CRD, 'self.decidedBy.at < self.expiresAt', WHO, 'comes too late after its end'],
  decision: [CRD, 'self.decision == oldSelf.decision', WHO, 'is made once'],
  reason: [CRD, 'self.reason == oldSelf.reason', WHO, 'is made once'],
  'decidedBy.username': stamped,
  'decidedBy.uid': stamped,
  'decidedBy.groups[]': stamped,
  'decidedBy.at': [POLICY, 'variables.by.at == variables.now[0]', WHO, 'has the time of the request'],
};

function leaves(schema: SchemaNode, path: string): string[] {
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      leaves(property, path === '' ? name : `${path}.${name}`),
    );
  return schema.items ? leaves(schema.items, `${path}[]`) : [path];
}

describe('every field of an Approval', () => {
  it('is held to a rule that is there, seen by a test that is there', () => {
    const spec = crdSchemas().Approval?.schema.properties?.spec;
    assert.ok(spec);
    assert.deepEqual(leaves(spec, '').sort(), Object.keys(EFFECTS).sort());
    const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
    for (const [field, [file, rule, tests, test]] of Object.entries(EFFECTS)) {
      assert.ok(read(file).includes(rule), `${field}: ${file} has no ${rule}`);
      assert.ok(read(tests).includes(test), `${field}: ${tests} has no test ${test}`);
    }
  });
});
