/** Volumes for claims, in folders of the node; as `local` volumes, so that fsGroup works as it does with real storage. */
import { kubeconfig } from '../certificates.ts';
import { IMAGES } from '../images.ts';
import { configure, flags, type Part } from './part.ts';

const NAMESPACE = 'local-path-storage';
const PROVISIONER = 'tollgate.test/local-path';

const CONFIG = {
  nodePathMap: [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: ['/var/lib/volumes'] }],
};

/** The pod that makes and removes a volume's folder. */
const HELPER = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'helper-pod' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'helper-pod', image: IMAGES.busybox, imagePullPolicy: 'Never' }],
  },
};

/** What is applied before it starts. */
export const storageClass: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'local-path-config', namespace: NAMESPACE },
    data: {
      'config.json': JSON.stringify(CONFIG),
      'helperPod.yaml': JSON.stringify(HELPER),
      setup: 'set -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
      teardown: 'set -eu\nrm -rf "$VOL_DIR"\n',
    },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'standard',
      annotations: {
        'storageclass.kubernetes.io/is-default-class': 'true',
        defaultVolumeType: 'local',
      },
    },
    provisioner: PROVISIONER,
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: 'Delete',
  },
];

export const storage: Part = {
  name: 'local-path-provisioner',
  command: ({ program }) => [
    program('local-path-provisioner'),
    'start',
    ...flags({
      kubeconfig: kubeconfig('admin'),
      'provisioner-name': PROVISIONER,
      namespace: NAMESPACE,
      'service-account-name': 'default',
      'configmap-name': 'local-path-config',
      config: configure('local-path/config.json', CONFIG),
      'helper-image': IMAGES.busybox,
      'helper-pod-file': configure('local-path/helperPod.yaml', HELPER),
    }),
  ],
  // It says nothing about itself; claims wait until it is there.
  isReady: async () => true,
};
