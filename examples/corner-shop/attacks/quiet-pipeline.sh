#!/bin/sh
# R31: a feature branch changes the pipeline in passing, by somebody who may not.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-quiet
sed 's|run: ./pipeline.sh|run: ./pipeline.sh \&\& ./upload.sh|' \
  "$REPO/.github/workflows/release.yml" >"$REPO/release.new"
mv "$REPO/release.new" "$REPO/.github/workflows/release.yml"
as mallory signed_with mallory commit -q -S -a -m "Nicer wording"
