#!/bin/sh
# Makes the shop's repository in $1 and the keys of its people in $2.
. "$(dirname "$0")/lib.sh" "$@"

mkdir -p "$REPO" "$KEYS"
for person in alice bob carol mallory; do
  ssh-keygen -q -t ed25519 -N '' -C "$person" -f "$KEYS/$person"
done
git -c init.defaultBranch=main init -q "$REPO"

mkdir -p "$REPO/src" "$REPO/.github/workflows" "$REPO/.sallyport/trust/build"
cp "$HERE/src/Shop.java" "$REPO/src/"
cp "$HERE/pipeline.sh" "$REPO/"
printf 'out/\n' >"$REPO/.gitignore"
cat >"$REPO/.github/workflows/release.yml" <<'YAML'
name: release
on:
  push:
    branches: [main]
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - run: ./pipeline.sh
YAML
for person in alice bob; do
  printf '%s@shop.example namespaces="git" %s\n' "$person" "$(cut -d' ' -f1,2 "$KEYS/$person.pub")"
done >"$REPO/.sallyport/signers"
# Carol left at the end of 2024.
printf 'carol@shop.example namespaces="git",valid-before="20250101Z" %s\n' "$(cut -d' ' -f1,2 "$KEYS/carol.pub")" \
  >>"$REPO/.sallyport/signers"
echo strict >"$REPO/.sallyport/profile"
cp "$KEYS/ci.key.pub.pem" "$REPO/.sallyport/trust/build/ci.pem"

git -C "$REPO" add -A
as alice signed_with alice commit -q -S -m "Open the shop"
sed 's/milk, batteries/milk, batteries, stamps/' "$HERE/src/Shop.java" >"$REPO/src/Shop.java"
as bob signed_with bob commit -q -S -a -m "Sell stamps"
