#!/bin/sh
# Bob changes the pipeline as one may: signed by a declared signer, pinned by digest.
. "$(dirname "$0")/lib.sh" "$@"
branch good-pipeline
sed 's|      - run: ./pipeline.sh|      - run: ./pipeline.sh 2>\&1 \| tee build.log|' \
  "$REPO/.github/workflows/release.yml" >"$REPO/release.new"
mv "$REPO/release.new" "$REPO/.github/workflows/release.yml"
as bob signed_with bob commit -q -S -a -m "Keep the log of the build"
