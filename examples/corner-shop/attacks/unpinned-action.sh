#!/bin/sh
# R04: the pipeline takes an action by a tag that its owner can move.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-unpinned
sed 's|      - run: ./pipeline.sh|      - uses: fast-tools/changed-files@v45\n      - run: ./pipeline.sh|' \
  "$REPO/.github/workflows/release.yml" >"$REPO/release.new"
mv "$REPO/release.new" "$REPO/.github/workflows/release.yml"
as bob signed_with bob commit -q -S -a -m "Build only what changed"
