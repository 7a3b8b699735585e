#!/bin/sh
# On a stolen runner: the source is changed after the checkout and before the compiler, and nothing is committed.
. "$(dirname "$0")/../lib.sh" "$1" "$2"
sed 's/bread, /bread, and your card number, /' "$REPO/src/Shop.java" >"$REPO/src/Shop.java.new"
mv "$REPO/src/Shop.java.new" "$REPO/src/Shop.java"
