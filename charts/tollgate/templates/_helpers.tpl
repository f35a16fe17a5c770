{{- define "tollgate.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ $tag }}{{ end }}
{{- end }}

{{- /* Labels of an object of a part: (list $ "gateway") */}}
{{- define "tollgate.labels" -}}
{{- $root := index . 0 -}}
{{ include "tollgate.selector" . }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- with $root.Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "tollgate.selector" -}}
app.kubernetes.io/name: tollgate
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "tollgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "tollgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 64535
runAsGroup: 64535
fsGroup: 64535
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- /* What a Deployment of ours is like, around its containers: (list $ "gateway" .Values.gateway) */}}
{{- define "tollgate.scheduling" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $values := index . 2 -}}
serviceAccountName: tollgate-{{ $part }}
securityContext:
  {{- include "tollgate.podSecurity" $root | nindent 2 }}
{{- if gt (int $root.Values.priorityClass.value) 0 }}
priorityClassName: tollgate
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "tollgate.selector" (list $root $part) | nindent 8 }}
{{- end }}

{{- /* From the part's replicas up to its maxReplicas: (list $ "gateway" .Values.gateway) */}}
{{- define "tollgate.autoscaler" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $values := index . 2 -}}
{{- if $values.autoscaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: tollgate-{{ $part }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "tollgate.labels" (list $root $part) | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: tollgate-{{ $part }} }
  minReplicas: {{ $values.replicas }}
  maxReplicas: {{ max $values.replicas $values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ $values.autoscaling.targetCPUUtilizationPercentage }} }
{{- end }}
{{- end }}

{{- /* How a cluster's tokens are verified: with its own keys, which every ServiceAccount may read. */}}
{{- define "tollgate.tokens" -}}
tokens:
  {{- with .Values.cluster.issuer }}
  issuer: {{ . | quote }}
  {{- end }}
  jwks:
    url: https://kubernetes.default.svc/openid/v1/jwks
    ca: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
{{- end }}

{{- define "tollgate.checks" -}}
{{- if ne .Release.Namespace "tollgate-system" }}
{{- fail "Tollgate lives in the namespace tollgate-system: policies there are the whole cluster's. Install with -n tollgate-system --create-namespace." }}
{{- end }}
{{- if and .Values.certificates.certManager.enabled (not .Values.certificates.certManager.issuerRef.name) }}
{{- fail "certificates.certManager.issuerRef.name: name the Issuer that signs Tollgate's certificates." }}
{{- end }}
{{- end }}
