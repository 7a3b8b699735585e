#!/bin/sh
# R20: a cloud key committed, and taken out again in the next commit: it is still in the history.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-leaked
# Put together here, so that this script holds no key; the value is made up.
printf 'aws_access_key_id = %s%s\naws_secret_access_key = %s%s\n' AKIA 3QZ7XK5MPLW2VNRT \
  'q7Yx2Lm9' 'Vb4Nc8Kd1Zf6Ths0WpRg3Eju5Ai+oQ/2' >"$REPO/deploy.ini"
git -C "$REPO" add -A
as bob signed_with bob commit -q -S -m "Deploy by hand"
git -C "$REPO" rm -q deploy.ini
as bob signed_with bob commit -q -S -m "Remove the deploy file again"
