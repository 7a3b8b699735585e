#!/usr/bin/env bash
# One bench, built fresh; its last line is one JSON object.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/toolchain.sh
sallyport_need_jdk
sallyport_need_maven
log=target/bench-build.log
mkdir -p target
rm -rf bench/target/lib
mvn -B -ntp -q package -Dmaven.test.skip=true -Dspotless.check.skip -pl bench -am >"$log" 2>&1 || {
  grep -E '^\[ERROR\] .' "$log" | head -20 >&2
  exit 2
}
echo "load: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || true)" >&2
exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp "bench/target/classes:bench/target/lib/*" dev.sallyport.bench.Main "$@"
