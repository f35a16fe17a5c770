/**
 * The operator dies at every single write there is, before it is made and after (its answer is lost), and another one goes
 * on from what stands in the API server. What comes of the runner is the same as without.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE_LABEL } from '../../core/cluster/names.ts';
import type { Pod } from './kinds.ts';
import type { Program } from './testing-actors.ts';
import type { Fault } from './testing-cluster.ts';
import { Drive } from './testing-drive.ts';

const WHOLE = { setup: { command: ['clone'] }, teardown: { command: ['push'] } };
const phaseOf = (pod: Pod) => pod.metadata.labels?.[PHASE_LABEL] ?? '';
const OK: Program = () => ({ exitCode: 0 });
const serving: Program = (pod) => (phaseOf(pod) === 'work' ? 'runs' : { exitCode: 0 });

interface Story {
  readonly spec: object;
  /** @returns once it has come to its end */
  run(drive: Drive): Promise<void>;
}

const over = (drive: Drive) => () => drive.status.finishedAt !== undefined;

const STORIES: Readonly<Record<string, Story>> = {
  'a task': {
    spec: WHOLE,
    run: (drive) => drive.until(OK, over(drive)),
  },
  'a task whose first setup and first work fail': {
    spec: { ...WHOLE, setup: { ...WHOLE.setup, retries: 1 }, work: { command: ['a'], retries: 1 } },
    run: (drive) => {
      const first = (pod: Pod) => /-(setup|work)-1-/.test(pod.metadata.name);
      return drive.until((pod) => ({ exitCode: first(pod) ? 1 : 0 }), over(drive));
    },
  },
  'a task that is suspended in work, and resumed': {
    spec: WHOLE,
    run: async (drive) => {
      await drive.until(serving, () => drive.status.phase === 'Work');
      drive.edit({ suspend: true });
      await drive.quiet(serving);
      drive.edit({ suspend: false });
      await drive.until(OK, over(drive));
    },
  },
  'a task that is deleted in work': {
    spec: WHOLE,
    run: async (drive) => {
      await drive.until(serving, () => drive.status.phase === 'Work');
      drive.delete();
      await drive.until(serving, () => drive.runner === undefined);
    },
  },
  'a task with a time to live': {
    spec: { ...WHOLE, ttlSecondsAfterFinished: 60 },
    run: (drive) => drive.until(OK, () => drive.runner === undefined),
  },
  'a service that is suspended, resumed, changed and deleted': {
    spec: { ...WHOLE, mode: 'service' },
    run: async (drive) => {
      await drive.until(serving, () => drive.status.phase === 'Work');
      for (const change of [{ suspend: true }, { suspend: false }, { image: 'agent:2' }]) {
        drive.edit(change);
        await drive.quiet(serving);
      }
      drive.delete('Foreground');
      await drive.until(serving, () => drive.runner === undefined);
    },
  },
};

/** What has come of it: the pods that there were, and how it ended. */
function outcome(drive: Drive): object {
  const { status, cluster } = drive;
  const counts = Object.entries(cluster.promises.pods).map(([phase, names]) => `${phase}: ${names.length}`);
  const left = ['jobs', 'persistentvolumeclaims', 'deployments'].map((plural) => [
    plural,
    drive.runner === undefined ? 0 : cluster.all(plural).length,
  ]);
  const tries = (status.phases ?? []).map(({ name, attempt, reason }) => `${name} ${attempt} ${reason}`);
  return { counts, left, tries, phase: status.phase, outcomes: status.outcomes };
}

async function told({ spec, run }: Story, fault?: { at: number; kind: Fault }, lag = 0): Promise<Drive> {
  const drive = new Drive(spec);
  drive.cluster.fault = fault;
  drive.cluster.lag = lag;
  await run(drive);
  return drive;
}

describe('an operator that dies in the middle of', () => {
  for (const [name, story] of Object.entries(STORIES)) {
    it(`${name}, at each write in turn, is followed by one that brings it to the same end`, async () => {
      const calm = await told(story);
      const { writes } = calm.cluster;
      assert.ok(writes > 10, String(writes));
      for (let at = 1; at <= writes; at++) {
        for (const kind of ['before', 'after'] as const) {
          const drive = await told(story, { at, kind });
          assert.equal(drive.crashes, 1, `${kind} write ${at}`);
          assert.deepEqual(outcome(drive), outcome(calm), `${kind} write ${at}`);
        }
      }
    });

    it(`${name}, and sees everything late, comes to the same end`, async () => {
      const calm = await told(story);
      for (const lag of [1, 2, 5, 20]) {
        const late = await told(story, undefined, lag);
        assert.deepEqual(outcome(late), outcome(calm), `${lag} changes late`);
        // People's own edits are what it may be late for.
        assert.ok(late.faults <= 1, `${late.faults} of its writes came too late`);
      }
    });
  }
});
