#!/bin/sh
# Alice sells one more ware on main, signed: sell.sh REPO KEYS WARE [DEPENDENCY==VERSION]
. "$(dirname "$0")/lib.sh" "$1" "$2"
sed "s/bread, /bread, $3, /" "$REPO/src/Shop.java" >"$REPO/src/Shop.java.new"
mv "$REPO/src/Shop.java.new" "$REPO/src/Shop.java"
if [ -n "${4:-}" ]; then
  # What the till needs, pinned; the hash is made up like the package.
  printf '%s --hash=sha256:%064d\n' "$4" 7 >"$REPO/requirements.txt"
fi
git -C "$REPO" add -A
as alice signed_with alice commit -q -S -m "Sell $3"
