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

{{- /*
Whether an AgentRunner does something else from now on. Not only references count: another command, image or URL would get the
value of a Secret that was named by somebody else. To stop it, everybody may who may change it at all.
*/}}
{{- define "tollgate.doesOther" -}}
oldObject == null || dyn(object.spec).exists(f, !(f in ['kill', 'suspend']) && !(f in dyn(oldObject.spec) && dyn(object.spec)[f] == dyn(oldObject.spec)[f])) || dyn(oldObject.spec).exists(f, !(f in ['kill', 'suspend']) && !(f in dyn(object.spec)))
{{- end }}

{{- /* Who is recorded as its authors, a user name a line: of "object" or "oldObject". */}}
{{- define "tollgate.authorsOf" -}}
{{ . }} != null && has({{ . }}.metadata.annotations) && 'tollgate.dev/authors' in {{ . }}.metadata.annotations ? {{ . }}.metadata.annotations['tollgate.dev/authors'] : ''
{{- end }}

{{- /* Whether it gets another author, or somebody writes down who they are. */}}
{{- define "tollgate.authored" -}}
{{ include "tollgate.doesOther" . }} || ({{ include "tollgate.authorsOf" "oldObject" }}) != ({{ include "tollgate.authorsOf" "object" }})
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
