{{/* The kinds, by vendor. */}}
{{/* begin kinds (make generate): chart */}}
{{- define "orgkeeper.kinds" -}}
spot:
  group: spot.orgkeeper.dev
  organizations: [spotorganizations]
  below: [spotaccounts, accesspolicies, spotusergroups, spotusers, cloudcredentials, eventsubscriptions, notificationpolicies]
{{- end }}
{{/* end kinds */}}

{{/* Those of the vendors that are on; with "off", of the others. */}}
{{- define "orgkeeper.kindsOn" -}}
{{- $on := include "orgkeeper.vendors" .root | splitList "," }}
{{- $kinds := dict }}
{{- range $vendor, $of := include "orgkeeper.kinds" .root | fromYaml }}
{{- if ne (has $vendor $on) ($.off | default false) }}{{ $_ := set $kinds $vendor $of }}{{ end }}
{{- end }}
{{- toYaml $kinds }}
{{- end }}

{{/* Rules for kinds, one for each API group: "of" organizations, below (what is in them) or all, with "part", such as
"/status", and "verbs"; "root" is what the chart knows, and "off" asks for the vendors that are off. */}}
{{- define "orgkeeper.kindRules" -}}
{{- range $_, $kinds := include "orgkeeper.kindsOn" . | fromYaml }}
{{- $resources := list }}
{{- range eq $.of "all" | ternary (list "organizations" "below") (list $.of) }}
{{- range get $kinds . }}
{{- $resources = append $resources (printf "%s%s" . ($.part | default "")) }}
{{- end }}
{{- end }}
- apiGroups: [{{ $kinds.group }}]
  resources: [{{ join ", " $resources }}]
  verbs: [{{ $.verbs }}]
{{- end }}
{{- end }}

{{/* What the operator may do where its objects are. config/rbac says what each rule is for. */}}
{{- define "orgkeeper.rules" -}}
{{ include "orgkeeper.kindRules" (dict "root" . "of" "all" "verbs" "list, watch") | trim }}
# Its finalizer; it never writes a spec, which RBAC cannot tell apart.
{{- include "orgkeeper.kindRules" (dict "root" . "of" "all" "verbs" "patch") }}
{{- include "orgkeeper.kindRules" (dict "root" . "of" "all" "part" "/status" "verbs" "patch") }}
{{- with include "orgkeeper.kindRules" (dict "root" . "off" true "of" "all" "verbs" "list") }}
# Of a vendor that is off: to say so on what exists of it.
{{- . }}
{{- include "orgkeeper.kindRules" (dict "root" $ "off" true "of" "all" "part" "/status" "verbs" "patch") }}
{{- end }}
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
