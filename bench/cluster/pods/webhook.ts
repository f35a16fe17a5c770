/** How long the webhook takes while 50 pods a second are created, as the API server and the operator themselves count it. */
import { join } from 'node:path';
import type { Cluster } from '../../../test/cluster/cluster.ts';
import { IMAGES } from '../../../test/cluster/images.ts';
import { NAMESPACE as SYSTEM } from '../../../test/cluster/tollgate.ts';
import { quantile } from '../../statistics.ts';
import { countOf, difference, type Histogram, quantileOf, readHistogram, sum } from '../histogram.ts';
import { withCluster, withNamespace } from '../in-cluster.ts';
import { askInside } from '../inside.ts';
import type { Measuring } from '../measuring.ts';
import { ms, type Result } from '../result.ts';
import type { Paced, WebhookOrders } from './webhook-inside.ts';

const NAMESPACE = 'bench-webhook';
const PER_SECOND = 50;
const SECONDS = 20;
/** The API server counts by webhook; it has buckets of 5, 25 and 100 ms, and between them this is interpolated. */
const API_METRIC = 'apiserver_admission_webhook_admission_duration_seconds';
const OWN_METRIC = 'tollgate_admission_seconds';

export function measureWebhook(measuring: Measuring): Promise<Result[]> {
  return withCluster(measuring, (cluster) =>
    withNamespace(cluster, NAMESPACE, async () => {
      measuring.say(`webhook: ${PER_SECOND} pods a second for ${SECONDS} s`);
      const paced = await askInside<WebhookOrders, Paced>(
        cluster,
        join(import.meta.dirname, 'webhook-inside.ts'),
        {
          ...{ namespace: NAMESPACE, image: IMAGES.busybox },
          ...{ perSecond: PER_SECOND, seconds: SECONDS, operators: await operatorsOf(cluster) },
        },
      );
      const [problem] = paced.problems;
      if (problem !== undefined)
        throw new Error(`${paced.problems.length} pods were not admitted: ${problem}`);
      return resultsOf(paced);
    }),
  );
}

function resultsOf({ ms: times, took, before, after }: Paced): Result[] {
  const webhook = { name: 'pods.tollgate.dev' };
  const api = difference(
    readHistogram(after.api, API_METRIC, webhook),
    readHistogram(before.api, API_METRIC, webhook),
  );
  const own = sum(
    after.operators.map((text, n) =>
      difference(readHistogram(text, OWN_METRIC), readHistogram(before.operators[n] ?? '', OWN_METRIC)),
    ),
  );
  const p = (histogram: Histogram, q: number) => quantileOf(histogram, q) * 1_000;
  const described = (histogram: Histogram) =>
    `p50 ${p(histogram, 0.5).toFixed(1)} ms, ${countOf(histogram)} reviews`;
  return [
    {
      ...{ what: `webhook p99 at ${PER_SECOND} pods/s`, value: p(api, 0.99), unit: 'ms', limit: 20 },
      // Who does not keep the pace is in need of the machine that others have.
      waited: Math.max(0, 1 - (SECONDS + 1) / took),
      of: `as the API server counts it, connection and JSON included; ${described(api)}`,
    },
    { what: '– of it in the operator, p99', value: p(own, 0.99), unit: 'ms', of: described(own) },
    {
      ...{ what: '– the whole creation (dry run), p99', value: quantile(times, 0.99), unit: 'ms' },
      of: `p50 ${ms(quantile(times, 0.5))}, since it was due; ${(times.length / took).toFixed(0)} pods/s`,
    },
  ];
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly status: { readonly podIP?: string };
  }[];
}

/** Not those of a release before, which are ending. */
async function operatorsOf(cluster: Cluster): Promise<string[]> {
  const selector = ['-l', 'app.kubernetes.io/component=operator', '--field-selector=status.phase=Running'];
  const { items } = await cluster.get<Pods>(['pods', '-n', SYSTEM, ...selector]);
  return items.flatMap(({ metadata, status: { podIP } }) =>
    podIP === undefined || metadata.deletionTimestamp !== undefined ? [] : [`${podIP}:9090`],
  );
}
