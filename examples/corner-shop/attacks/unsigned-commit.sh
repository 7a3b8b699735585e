#!/bin/sh
# R17: a change that nobody signed.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-unsigned
echo '// small fix' >>"$REPO/src/Shop.java"
as bob git -C "$REPO" commit -q -a -m "Small fix"
