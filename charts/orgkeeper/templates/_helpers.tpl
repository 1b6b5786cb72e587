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

{{/* The vendors that are on, apart by commas. */}}
{{- define "orgkeeper.vendors" -}}
{{- $on := list }}
{{- range $name, $vendor := .Values.providers }}
{{- if $vendor.enabled }}{{ $on = append $on $name }}{{ end }}
{{- end }}
{{- join "," $on }}
{{- end }}

{{/* With global.imageRegistry in place of the registry that the repository begins with: a first part with
a dot or a port, or localhost, as Docker tells it. */}}
{{- define "orgkeeper.image" -}}
{{- $repository := .Values.image.repository }}
{{- with dig "imageRegistry" "" (default (dict) .Values.global) }}
{{- $repository = printf "%s/%s" . (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") }}
{{- end }}
{{- with .Values.image }}
{{- $repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* As JSON: those of the charts above, which may give bare names, and our own. */}}
{{- define "orgkeeper.imagePullSecrets" -}}
{{- $all := list }}
{{- range concat (dig "imagePullSecrets" (list) (default (dict) .Values.global)) (default (list) .Values.imagePullSecrets) }}
{{- $all = append $all (kindIs "string" . | ternary (dict "name" .) .) }}
{{- end }}
{{- $all | uniq | toJson }}
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

{{/* Labels and annotations of an object. Its own (.labels, .annotations) go before common ones, and the
chart's labels before both. */}}
{{- define "orgkeeper.metadata" -}}
{{- $values := .root.Values }}
{{- $own := include "orgkeeper.ownLabels" .root | fromYaml -}}
labels: {{- merge (dict) $own (default (dict) .labels) (default (dict) $values.commonLabels) | toYaml | nindent 2 }}
{{- with merge (dict) (default (dict) .annotations) (default (dict) $values.commonAnnotations) }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The objects of a file that is shipped as it is (.text), with our labels, and .annotations if
there are any. Such a file is read and never a template: what looks like one in it stays as it is. */}}
{{- define "orgkeeper.shipped" -}}
{{- range regexSplit "(?m)^---$" .text -1 }}
{{- $object := fromYaml . }}
{{- $annotations := merge (dict) (default (dict) $.annotations) (default (dict) $object.metadata.annotations) }}
{{- $metadata := include "orgkeeper.metadata" (dict "root" $.root "annotations" $annotations) | fromYaml }}
{{- $_ := set $object "metadata" (merge $metadata $object.metadata) }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
