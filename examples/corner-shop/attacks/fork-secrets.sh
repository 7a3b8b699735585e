#!/bin/sh
# R12: a privileged trigger that checks out and runs what a stranger sent.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-fork
cat >"$REPO/.github/workflows/preview.yml" <<'YAML'
name: preview
on: pull_request_target
permissions: {}
jobs:
  preview:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          ref: ${{ github.event.pull_request.head.sha }}
          persist-credentials: false
      - run: ./pipeline.sh
        env:
          DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}
YAML
git -C "$REPO" add -A
as bob signed_with bob commit -q -S -m "Preview every change"
