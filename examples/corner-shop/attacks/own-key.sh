#!/bin/sh
# R51: one push brings mallory's key, a permit for everything and the code that both are for.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-own-key
printf 'mallory@shop.example %s\n' "$(cut -d' ' -f1,2 "$KEYS/mallory.pub")" >>"$REPO/.sallyport/signers"
mkdir -p "$REPO/.sallyport/policy"
echo 'permit (principal, action, resource);' >"$REPO/.sallyport/policy/mine.cedar"
echo '// mallory was here' >>"$REPO/src/Shop.java"
git -C "$REPO" add -A
as mallory signed_with mallory commit -q -S -m "Join the team"
