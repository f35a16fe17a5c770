/** For tests: what must hold after every change, whoever does what and whenever the operator dies. */
import assert from 'node:assert/strict';
import { PHASE_LABEL, RUNNER_LABEL } from '../../core/cluster/names.ts';
import type { Pod, Runner } from './kinds.ts';
import { isOver } from './seen.ts';
import type { Any, Cluster } from './testing-cluster.ts';

interface PodSpec {
  readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
}

export class Promises {
  /** UIDs of claims on which a pod of work was created. */
  readonly used = new Set<string>();
  /** Pods that there have been, by phase. */
  readonly pods: Record<string, string[]> = { setup: [], work: [], teardown: [] };
  readonly #specs = new Map<string, string>();
  readonly #seen = new Set<string>();
  /** What is not the runner's: name → version. */
  readonly foreign = new Map<string, string>();

  changed(plural: string, object: Any, gone: boolean, cluster: Cluster): void {
    if (plural === 'agentrunners') this.#ofRunner(object as Runner);
    if (plural === 'pods' && !gone) this.#ofPods(object, cluster);
    for (const [key, version] of this.foreign) {
      const [kind = '', name = ''] = key.split('/');
      assert.equal(cluster.find(kind, name)?.metadata.resourceVersion, version, `${key} was touched`);
    }
  }

  /** People change a spec; the operator never does. */
  allow(runner: Runner): void {
    this.#specs.set(runner.metadata.uid, JSON.stringify(runner.spec));
  }

  #ofRunner(runner: Runner): void {
    const spec = JSON.stringify(runner.spec);
    const before = this.#specs.get(runner.metadata.uid) ?? spec;
    assert.equal(spec, before, 'the spec is its author’s');
    this.#specs.set(runner.metadata.uid, before);
    for (const one of runner.status?.conditions ?? [])
      assert.ok(one.reason !== '' && one.message.length <= 32_768, JSON.stringify(one));
  }

  #ofPods(pod: Any, cluster: Cluster): void {
    const runner = pod.metadata.labels?.[RUNNER_LABEL];
    const running = cluster
      .all('pods')
      .filter((one) => one.metadata.labels?.[RUNNER_LABEL] === runner && !isOver(one as Pod));
    assert.ok(
      running.length <= 1,
      `two at a time: ${running.map(({ metadata }) => metadata.name).join(', ')}`,
    );
    if (this.#seen.has(pod.metadata.uid)) return;
    this.#seen.add(pod.metadata.uid);
    const phase = pod.metadata.labels?.[PHASE_LABEL] ?? '';
    this.pods[phase]?.push(pod.metadata.name);
    const name = (pod.spec as PodSpec).volumes?.[0]?.persistentVolumeClaim?.claimName ?? '';
    const claim = cluster.find('persistentvolumeclaims', name)?.metadata.uid ?? '';
    if (phase === 'work') this.used.add(claim);
    if (phase === 'setup') assert.ok(!this.used.has(claim), `${name} is set up again after work`);
    if (phase === 'teardown') assert.ok(this.used.size > 0, 'a teardown before work began');
  }
}
