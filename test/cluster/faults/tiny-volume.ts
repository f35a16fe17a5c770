/** A workspace that is soon full: no volume of this cluster has a bound of its own. */
import type { Cluster } from '../cluster.ts';
import { IMAGES } from '../images.ts';

/** A volume of one megabyte, with a StorageClass that has it alone. */
export async function tinyVolume(cluster: Cluster): Promise<void> {
  const host = { path: '/var/lib/faults-tiny', type: 'DirectoryOrCreate' };
  const mount = 'mountpoint -q /tiny || mount -t tmpfs -o size=1m,mode=777 tiny /tiny';
  await cluster.kubectl(['delete', 'pv', 'faults-tiny', '--ignore-not-found', '--timeout=30s']);
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'tiny', namespace: 'default' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'mount',
            image: IMAGES.busybox,
            command: ['sh', '-ec', mount],
            securityContext: { privileged: true },
            volumeMounts: [{ name: 'tiny', mountPath: '/tiny', mountPropagation: 'Bidirectional' }],
          },
        ],
        volumes: [{ name: 'tiny', hostPath: host }],
      },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'faults-tiny' },
      provisioner: 'kubernetes.io/no-provisioner',
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'faults-tiny' },
      spec: {
        capacity: { storage: '1Mi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'faults-tiny',
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: host,
      },
    },
  ]);
  await cluster.kubectl(['wait', 'pod/tiny', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s'], {
    timeout: 70_000,
  });
  await cluster.kubectl(['delete', 'pod', 'tiny', '--now']);
}
