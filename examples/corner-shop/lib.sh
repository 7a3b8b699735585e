# Shared by the scripts here: who somebody is to git, and how they sign.
set -eu
REPO=$1
KEYS=$2
HERE=$(cd "$(dirname "$0")" && pwd)
HERE=${HERE%/attacks}

# The machine's own configuration has no say in this story.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

as() { # as NAME COMMAND...: act under a name
  who=$1
  shift
  GIT_AUTHOR_NAME=$who GIT_AUTHOR_EMAIL=$who@shop.example \
    GIT_COMMITTER_NAME=$who GIT_COMMITTER_EMAIL=$who@shop.example "$@"
}

signed_with() { # signed_with KEY GIT-ARGUMENTS...: git, signing with a key of KEYS
  key=$1
  shift
  git -C "$REPO" -c gpg.format=ssh -c user.signingkey="$KEYS/$key" "$@"
}

branch() {
  git -C "$REPO" checkout -q -B "$1" main
}
