#!/bin/sh
# Alice declares the key of dora, who joins: trust changes by somebody who is trusted already.
. "$(dirname "$0")/lib.sh" "$@"
branch good-trust
[ -f "$KEYS/dora" ] || ssh-keygen -q -t ed25519 -N '' -C dora -f "$KEYS/dora"
printf 'dora@shop.example namespaces="git" %s\n' "$(cut -d' ' -f1,2 "$KEYS/dora.pub")" >>"$REPO/.sallyport/signers"
as alice signed_with alice commit -q -S -a -m "Welcome dora"
