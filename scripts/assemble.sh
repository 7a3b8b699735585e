#!/usr/bin/env bash
# Builds what ./sallyport runs and lays it out in target/run: jars, class paths, an AOT cache. Prints its progress.
# With --built it lays out the jars that the calling build has just made, and starts no Maven of its own.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$here"
. scripts/toolchain.sh
sallyport_need_jdk
sallyport_need_maven
mkdir -p target

# One builder at a time; who waited finds the work done.
exec 9>target/.assemble.lock
if command -v flock >/dev/null 2>&1; then
  flock 9
fi
if [ -f target/run/stamp ] && [ "$(cat target/run/java-home)" = "$JAVA_HOME" ] &&
  [ -z "$(find pom.xml */pom.xml */src/main -newer target/run/stamp -type f -print -quit)" ]; then
  exit 0
fi

if [ "${1:-}" != --built ]; then
  echo "sallyport: building, once ($JAVA_HOME)" >&2
fi
started=$(date +%s)
touch target/.stamp.next
log=target/assemble.log
if [ "${1:-}" = --built ]; then
  # What was edited while that build ran is newer than its beginning, and is built on the next start.
  if [ -f target/.build-started ]; then
    touch -r target/.build-started target/.stamp.next
  fi
else
  # copy-dependencies adds and never takes away: what a module no longer asks for must not stay on its class path.
  rm -rf cli/target/lib server/target/lib
  set +e
  mvn -B -ntp package -Dmaven.test.skip=true -Dspotless.check.skip -pl cli,server -am 2>&1 | tee "$log" |
    awk 'match($0, /\[[0-9]+\/[0-9]+\]$/) && $2 == "Building" { printf "sallyport: %s %s\n", substr($0, RSTART), $3; fflush() }' >&2
  code=${PIPESTATUS[0]}
  set -e
  if [ "$code" -ne 0 ]; then
    grep -E '^\[ERROR\] .' "$log" | grep -vE 'Help 1|Re-run Maven|full stack trace|For more information|After correcting|mvn <args>' | head -12 >&2 || true
    echo "sallyport: the build failed; the whole of it is in $here/$log" >&2
    exit 2
  fi
fi

# Staged beside and moved into place, so that a running command never sees half a folder.
next=target/.run.next
rm -rf "$next"
mkdir -p "$next"
for part in cli server; do
  mkdir -p "$next/$part"
  cp "$part"/target/lib/*.jar "$next/$part/"
  cp "$part/target/$part"-[0-9]*.jar "$next/$part/00-$part.jar"
  # In a fixed order: the AOT cache holds for exactly one class path.
  for jar in "$next/$part"/*.jar; do
    printf '%s:' "$here/target/run/$part/$(basename "$jar")"
  done | sed 's/:$//' >"$next/$part.classpath"
done
printf '%s' "$JAVA_HOME" >"$next/java-home"
rm -rf target/.run.old
[ -d target/run ] && mv target/run target/.run.old
mv "$next" target/run
rm -rf target/.run.old

echo "sallyport: warming up the start" >&2
# The whole command, and the client of a job's process, which is to start in no time.
rehearse() {
  local cache=$1
  shift
  "$JAVA_HOME/bin/java" -XX:AOTCacheOutput="$cache" -Xlog:aot=off -Xlog:cds=off -XX:+UseSerialGC -XX:-UsePerfData \
    --enable-native-access=ALL-UNNAMED -Dsallyport.run="$here/target/run" -Dsallyport.checkout="$here" \
    -cp "$(cat target/run/cli.classpath)" "$@" >/dev/null 2>&1 </dev/null || rm -f "$cache"
}
# The server, on an empty folder of its own, until it is ready. Where it cannot start it does without.
rehearse_server() {
  local cache=target/run/server.aot data said pid tries=0
  data=$(mktemp -d) # 0700, as the server wants it
  said=$data.out
  "$JAVA_HOME/bin/java" -XX:AOTCacheOutput="$cache" -Xlog:aot=off -Xlog:cds=off -XX:+UseSerialGC -Xmx512m \
    --enable-native-access=ALL-UNNAMED \
    -cp "$(cat target/run/server.classpath)" dev.sallyport.server.Main --data "$data" --port 0 >"$said" 2>/dev/null </dev/null &
  pid=$!
  while [ ! -s "$said" ] && kill -0 "$pid" 2>/dev/null && [ $((tries += 1)) -lt 600 ]; do
    sleep 0.1
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" || true
  rm -rf "$data" "$said"
}
rehearse_server &
server_rehearsal=$!
rehearse target/run/cli.aot dev.sallyport.cli.Main warm-up
rehearse target/run/job.aot dev.sallyport.cli.JobMain job-rehearsal
wait "$server_rehearsal" || rm -f target/run/server.aot
mv target/.stamp.next target/run/stamp
echo "sallyport: built in $(($(date +%s) - started)) s" >&2
