{{/* A duration (1h30m) in seconds. */}}
{{- define "orgkeeper.seconds" -}}
{{- $seconds := 0.0 }}
{{- range regexFindAll "[0-9.]+(h|ms|m|s)" . -1 }}
{{- $unit := regexFind "[a-z]+" . }}
{{- $seconds = addf $seconds (mulf (trimSuffix $unit . | float64) (get (dict "h" 3600.0 "m" 60.0 "s" 1.0 "ms" 0.001) $unit)) }}
{{- end }}
{{- $seconds }}
{{- end }}

{{/* What values have to say of each other. The program would refuse to start, where nobody looks. */}}
{{- define "orgkeeper.checks" -}}
{{- if not (include "orgkeeper.vendors" .) }}
{{- fail (printf "providers: enable at least one (%s), as there is nothing to keep otherwise" (include "orgkeeper.kinds" . | fromYaml | keys | sortAlpha | join ", ")) }}
{{- end }}
{{- with .Values.leaderElection }}
{{- $least := addf (include "orgkeeper.seconds" $.Values.config.callTimeout | float64) (mulf 2.0 (include "orgkeeper.seconds" .leaseRenew | float64)) }}
{{- if lt (include "orgkeeper.seconds" .leaseDuration | float64) $least }}
{{- fail (printf "leaderElection.leaseDuration: must be at least config.callTimeout and twice leaderElection.leaseRenew together (%vs), as no vendor call would fit into a Lease otherwise" $least) }}
{{- end }}
{{- end }}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) .Values.rbac.create }}
{{- fail "serviceAccount.name: say which one gets the operator's rights, as serviceAccount.create is false; without a name that would be \"default\", which every pod of the namespace runs as" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) }}
{{- fail "metrics.serviceMonitor.enabled: needs metrics.service.enabled, as it finds pods by the Service" }}
{{- end }}
{{- range $value := list "commonLabels" "podLabels" }}
{{- range $label := include "orgkeeper.ownLabels" $ | fromYaml | keys | sortAlpha }}
{{- if hasKey (get $.Values $value) $label }}
{{- fail (printf "%s: %s is one of the chart's own labels, and pods are found by some of them" $value $label) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $_ := .Values.commonAnnotations }}
{{- if regexMatch "^(helm\\.sh/|argocd\\.argoproj\\.io/hook)" $name }}
{{- fail (printf "commonAnnotations: %s is not for all objects: as hooks, the kinds would be deleted with all their objects and made anew; crds.keep says what stays" $name) }}
{{- end }}
{{- end }}
{{- with .Values.strategy.rollingUpdate }}
{{- if and (has (toString .maxSurge) (list "0" "0%")) (has (toString .maxUnavailable) (list "0" "0%")) }}
{{- fail "strategy.rollingUpdate: of maxSurge and maxUnavailable one has to be more than 0, as no pod could be replaced otherwise" }}
{{- end }}
{{- end }}
{{- if and (eq .Values.dnsPolicy "None") (not .Values.dnsConfig.nameservers) }}
{{- fail "dnsConfig.nameservers: needed where dnsPolicy is None, as no name is found otherwise" }}
{{- end }}
{{- range .Values.extraEnv }}
{{- if has .name (list "POD_NAME" "POD_NAMESPACE") }}
{{- fail (printf "extraEnv: %s is the chart's own, as it says where the Lease is and who holds it" .name) }}
{{- end }}
{{- end }}
{{- $volumes := list }}
{{- range .Values.extraVolumes }}
{{- $volumes = append $volumes .name }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- if not (has .name $volumes) }}
{{- fail (printf "extraVolumeMounts: extraVolumes has no %s" .name) }}
{{- end }}
{{- end }}
{{- $flags := dict "read-only" "config.readOnly" "no-hold-secrets" "config.holdSecrets" "allowed-endpoints" "config.allowedEndpoints" "otlp-endpoint" "config.otlpEndpoint" "watch-namespaces" "watch.namespaces" "secret-names" "rbac.secrets.names" }}
{{- range .Values.extraArgs }}
{{- with get $flags (splitList "=" . | first | trimPrefix "--") }}
{{- fail (printf "extraArgs: set %s instead, as rights, replicas and ports go by it" .) }}
{{- end }}
{{- end }}
{{- end }}
