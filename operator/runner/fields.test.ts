/**
 * Each field of an AgentRunner does something: the table names where, in the very words of the code, and the test that sees
 * it. A new field without an entry fails here, and so does an entry whose code or test is gone.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { crdSchemas } from '../../core/policy/schema.generated.ts';
import type { SchemaNode } from '../../core/policy/schema.ts';

/** Code, in a file of this folder, and the test that fails without it: of the file's own tests unless one is named. */
type Effect = readonly [code: string, test: string];

const TEMPLATE: Readonly<Record<string, Effect>> = {
  agent: ["spec.agent === 'custom' ? 'sdk' : spec.agent", 'asks to be governed'],
  image: ['image = spec.image', 'runs the phase’s own program'],
  imagePullPolicy: ['imagePullPolicy: spec.imagePullPolicy', 'runs the phase’s own program'],
  'imagePullSecrets[].name': ['imagePullSecrets: spec.imagePullSecrets', 'has the resources, nodes'],
  toolProfile: ['[TOOL_PROFILE]: spec.toolProfile', 'asks to be governed'],
  serviceAccountName: ['serviceAccountName: spec.serviceAccountName', 'Pod Security "restricted"'],
  'labels{}': ['...spec.labels', 'asks to be governed'],
  user: ['runAsUser: spec.user', 'Pod Security "restricted"'],
  runtimeClassName: ['runtimeClassName: spec.runtimeClassName', 'has the resources, nodes'],
  'resources.requests{}': ['resources: spec.resources', 'has the resources, nodes'],
  'resources.limits{}': ['resources: spec.resources', 'has the resources, nodes'],
  'nodeSelector{}': ['nodeSelector: spec.nodeSelector', 'has the resources, nodes'],
  'workspace.size': ['storage: size', 'is as large as asked'],
  'workspace.storageClassName': ['{ storageClassName }', 'is as large as asked'],
  'workspace.mountPath': ['workingDir: mountPath', 'runs the phase’s own program'],
};

const PHASE: Readonly<Record<string, Effect>> = {
  image: ['image = spec.image', 'runs the phase’s own program'],
  'command[]': ['command: command.map(plain)', 'runs the phase’s own program'],
  'env[].name': ['return { name, value: plain(', 'has its variables as they are'],
  'env[].value': ['plain(value ??', 'has its variables as they are'],
  'env[].secret.name': ['name: secret.name', 'has its variables as they are'],
  'env[].secret.key': ['key: secret.key', 'has its variables as they are'],
};

const ELSEWHERE: Readonly<
  Record<string, readonly [file: string, code: string, tests: string, test: string]>
> = {
  mode: ['case.ts', "spec.mode === 'task'", 'service.test.ts', 'runs in one pod of a Deployment'],
  suspend: [
    'stop.ts',
    "if (c.spec.suspend) return { why: 'Suspended' }",
    'stop.test.ts',
    'begins that phase anew',
  ],
  kill: ['run.ts', 'if (spec.kill)', 'service.test.ts', 'gets a new image'],
  deadlineSeconds: ['case.ts', 'spec.deadlineSeconds', 'stop.test.ts', 'is for setup and work together'],
  ttlSecondsAfterFinished: [
    'finish.ts',
    'spec.ttlSecondsAfterFinished',
    'task.test.ts',
    'is followed by its deletion',
  ],
  timeoutSeconds: ['run.ts', 'timeoutSeconds', 'task.test.ts', 'when it takes too long'],
  retries: ['record.ts', '> retries', 'task.test.ts', 'ends the task when it has no try left'],
};

/** The git route of a sidecar acts on them, and asks control for what they say. */
const GIT = ['git[].name', 'git[].url', 'git[].secret.name', 'git[].secret.key', 'git[].push.branches[]'];

function leaves(schema: SchemaNode, path: string): string[] {
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      leaves(property, path === '' ? name : `${path}.${name}`),
    );
  if (schema.items) return leaves(schema.items, `${path}[]`);
  return [typeof schema.additionalProperties === 'object' ? `${path}{}` : path];
}

const PHASES = ['setup', 'work', 'teardown'];
const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8');

describe('every field of an AgentRunner', () => {
  it('has an effect that is named here', () => {
    const spec = crdSchemas().AgentRunner?.schema.properties?.spec;
    assert.ok(spec);
    const { timeoutSeconds: _, retries: __, ...others } = ELSEWHERE;
    const ofPhases = PHASES.flatMap((phase) =>
      [...Object.keys(PHASE), 'timeoutSeconds', 'retries'].map((field) => `${phase}.${field}`),
    );
    const named = [...Object.keys(TEMPLATE), ...Object.keys(others), ...GIT, ...ofPhases];
    assert.deepEqual(leaves(spec, '').sort(), named.sort());
  });

  it('has that effect in code that is there, seen by a test that is there', () => {
    const [code, tests] = [read('template.ts'), read('template.test.ts')];
    for (const [field, [text, test]] of [...Object.entries(TEMPLATE), ...Object.entries(PHASE)]) {
      assert.ok(code.includes(text), `${field}: template.ts has no ${text}`);
      assert.ok(tests.includes(test), `${field}: template.test.ts has no test ${test}`);
    }
    for (const [field, [file, text, testFile, test]] of Object.entries(ELSEWHERE)) {
      assert.ok(read(file).includes(text), `${field}: ${file} has no ${text}`);
      assert.ok(read(testFile).includes(test), `${field}: ${testFile} has no test ${test}`);
    }
  });
});
