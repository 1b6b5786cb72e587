{{- define "orgkeeper.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "orgkeeper.fullname" -}}
{{- $name := include "orgkeeper.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "orgkeeper.serviceAccountName" -}}
{{- default (ternary (include "orgkeeper.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "orgkeeper.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* What pods are selected by: never changed, as a Deployment's selector cannot be. */}}
{{- define "orgkeeper.selectorLabels" -}}
app.kubernetes.io/name: {{ include "orgkeeper.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "orgkeeper.ownLabels" -}}
{{ include "orgkeeper.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: orgkeeper
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "orgkeeper.labels" -}}
{{ include "orgkeeper.ownLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The objects of a file that is shipped as it is (.text), with our labels, and .annotations if
there are any. Such a file is read and never a template: what looks like one in it stays as it is. */}}
{{- define "orgkeeper.shipped" -}}
{{- range regexSplit "(?m)^---$" .text -1 }}
{{- $object := fromYaml . }}
{{- $_ := set $object.metadata "labels" (include "orgkeeper.labels" $.root | fromYaml) }}
{{- with $.annotations }}
{{- $_ := set $object.metadata "annotations" (merge (dict) . (default (dict) $object.metadata.annotations)) }}
{{- end }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
