#!/bin/sh
# R17: bob's own valid key under alice's name. git itself calls this a good signature.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-forged
echo '// as alice would' >>"$REPO/src/Shop.java"
as alice signed_with bob commit -q -S -a -m "Tidy up"
