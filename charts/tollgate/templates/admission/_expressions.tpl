{{- /* Who may do what only Tollgate does. */}}
{{- define "tollgate.operatorUser" -}}
system:serviceaccount:{{ .Release.Namespace }}:tollgate-operator
{{- end }}

{{- define "tollgate.controlUser" -}}
system:serviceaccount:{{ .Release.Namespace }}:tollgate-control
{{- end }}

{{- /* Whether an update of an Approval is its decision. */}}
{{- define "tollgate.decides" -}}
has(object.spec.decision) && !has(oldObject.spec.decision)
{{- end }}

{{- /* A policy that is in force: (list $ NAME). Denied is what its validations find. */}}
{{- define "tollgate.binding" -}}
{{- $root := index . 0 -}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ index . 1 }}
  labels:
    {{- include "tollgate.labels" (list $root "admission") | nindent 4 }}
spec:
  policyName: {{ index . 1 }}
  validationActions: [Deny]
{{- end }}
