{{/* The kinds of what is in an organization, with a suffix such as "/status". */}}
{{- define "orgkeeper.below" -}}
{{- $kinds := list "spotaccounts" "spotusers" "spotusergroups" "accesspolicies" "cloudcredentials" "eventsubscriptions" }}
{{- join (printf "%s, " .) $kinds }}{{ . }}
{{- end }}

{{/* All kinds, likewise. */}}
{{- define "orgkeeper.kinds" -}}
spotorganizations{{ . }}, {{ include "orgkeeper.below" . }}
{{- end }}

{{/* What the operator may do where its objects are. config/rbac says what each rule is for. */}}
{{- define "orgkeeper.rules" -}}
- apiGroups: [spot.orgkeeper.dev]
  resources: [{{ include "orgkeeper.kinds" "" }}]
  verbs: [list, watch]
# Its finalizer; it never writes a spec, which RBAC cannot tell apart.
- apiGroups: [spot.orgkeeper.dev]
  resources: [{{ include "orgkeeper.kinds" "" }}]
  verbs: [patch]
- apiGroups: [spot.orgkeeper.dev]
  resources: [{{ include "orgkeeper.kinds" "/status" }}]
  verbs: [patch]
# Only metadata is asked for; RBAC cannot tell that from reading the values.
{{- $named := "" }}
{{- with .Values.rbac.secrets.names }}
{{- $named = printf "\n  resourceNames: [%s]" (join ", " .) }}
{{- end }}
- apiGroups: [""]
  resources: [secrets]{{ $named }}
  verbs: [list, watch]
# The values that manifests name, when they are needed.
- apiGroups: [""]
  resources: [secrets]{{ $named }}
  verbs: [get]
{{- if or .Values.config.holdSecrets .Values.rbac.secrets.writeTokens }}
# Its finalizer on token Secrets, and tokens of machine users.
- apiGroups: [""]
  resources: [secrets]{{ $named }}
  verbs: [patch]
{{- end }}
{{- if .Values.rbac.secrets.writeTokens }}
# The Secrets with tokens of machine users. It writes into none and deletes none that it has not made.
- apiGroups: [""]
  resources: [secrets]
{{- if $named }}
  # Cannot be limited by name.
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]{{ $named }}
  verbs: [delete]
{{- else }}
  verbs: [create, delete]
{{- end }}
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* Who the operator is, as the subject of a binding. */}}
{{- define "orgkeeper.subjects" -}}
- kind: ServiceAccount
  name: {{ include "orgkeeper.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
