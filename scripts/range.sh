#!/usr/bin/env bash
# Plays the known attacks for real, one line each; exit 1 when one is let through, 2 when something else went wrong.
set -euo pipefail
exec "$(dirname "$(readlink -f "$0")")/../sallyport" range --play "$@"
