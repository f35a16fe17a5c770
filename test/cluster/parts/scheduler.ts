/** Which node a pod runs on: there is one, but taints, resources and volumes are heeded. */
import { kubeconfig } from '../certificates.ts';
import { answers, flags, type Part } from './part.ts';

export const scheduler: Part = {
  name: 'kube-scheduler',
  command: ({ program }) => [
    program('kube-scheduler'),
    ...flags({ kubeconfig: kubeconfig('scheduler'), 'leader-elect': false }),
  ],
  isReady: (setting) => answers(setting, 'https://127.0.0.1:10259/healthz'),
};
