#!/bin/sh
# R18: carol's key, whose time is over, and a commit dated inside that time. git takes the commit's word for it.
. "$(dirname "$0")/../lib.sh" "$@"
branch attack-backdated
echo '// from long ago' >>"$REPO/src/Shop.java"
GIT_AUTHOR_DATE='1704110400 +0000' GIT_COMMITTER_DATE='1704110400 +0000' \
  as carol signed_with carol commit -q -S -a -m "From long ago"
