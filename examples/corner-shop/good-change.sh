#!/bin/sh
# Alice adds a ware, on a branch, signed.
. "$(dirname "$0")/lib.sh" "$@"
branch good-change
sed 's/bread, milk/bread, eggs, milk/' "$REPO/src/Shop.java" >"$REPO/src/Shop.java.new"
mv "$REPO/src/Shop.java.new" "$REPO/src/Shop.java"
as alice signed_with alice commit -q -S -a -m "Sell eggs"
