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
{{- if not .Values.providers.spot.enabled }}
{{- fail "providers: enable at least one (providers.spot.enabled), as there is nothing to keep otherwise" }}
{{- end }}
{{- with .Values.leaderElection }}
{{- $least := addf (include "orgkeeper.seconds" $.Values.config.callTimeout | float64) (mulf 2.0 (include "orgkeeper.seconds" .leaseRenew | float64)) }}
{{- if lt (include "orgkeeper.seconds" .leaseDuration | float64) $least }}
{{- fail (printf "leaderElection.leaseDuration: must be at least config.callTimeout and twice leaderElection.leaseRenew together (%vs), as no vendor call would fit into a Lease otherwise" $least) }}
{{- end }}
{{- end }}
{{- end }}
