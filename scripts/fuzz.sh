#!/usr/bin/env bash
# Fuzzes the parsers that read what strangers send, guided by coverage, and asks cedar-java what our engine is asked:
# ./build fuzz [--seconds N | --forever] [--seed N] [MODULE]; a minute a target unless told otherwise.
# A crash or a hang leaves its input in target/fuzz/MODULE and ends with 1; what differs leaves its seed in
# cedar/src/test/seeds.txt, where it is a test from then on.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/toolchain.sh
sallyport_need_jdk
sallyport_need_maven
seconds=60
only=
forever=false
seed=$(date +%s)
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift ;;
    --seed) seed=$2; shift ;;
    --forever) forever=true; seconds=600 ;;
    [0-9]*) seconds=$1 ;;
    -*) echo "fuzz: no option \`$1\`: --seconds N, --forever, --seed N, or a module" >&2; exit 2 ;;
    *) only=$1 ;;
  esac
  shift
done
targets="attest:EvidenceFuzz cedar:PolicyFuzz scan:ScanFuzz tlog:NoteFuzz credential:TokenFuzz"

mkdir -p target/fuzz
log=target/fuzz/build.log
mvn -B -ntp -q -Pfuzz process-test-classes -pl "${only:-attest,cedar,scan,tlog,credential}" -am >"$log" 2>&1 || {
  grep -E '^\[ERROR\] .' "$log" | head -20 >&2
  exit 2
}
failed=0
round() {
  for target in $targets; do
    module=${target%%:*}
    class=dev.sallyport.$module.${target##*:}
    if [ -n "$only" ] && [ "$only" != "$module" ]; then
      continue
    fi
    folder=target/fuzz/$module
    mkdir -p "$folder/corpus"
    path="$module/target/test-classes:$module/target/classes:$(cat "$module/target/fuzz.classpath")"
    "$JAVA_HOME/bin/java" -Dsallyport.root="$PWD" -cp "$path" "$class" "$folder/corpus"
    set +e
    "$JAVA_HOME/bin/java" -Xmx2g --enable-native-access=ALL-UNNAMED -XX:+EnableDynamicAgentLoading -cp "$path" \
      -Dsallyport.root="$PWD" com.code_intelligence.jazzer.Jazzer --target_class="$class" \
      --instrumentation_includes='dev.sallyport.**' --reproducer_path="$folder" \
      -max_total_time="$seconds" -timeout=10 -rss_limit_mb=6000 -max_len=65536 -artifact_prefix="$folder/" \
      "$folder/corpus" >"$folder/log" 2>&1
    code=$?
    set -e
    runs=$(grep -oE 'Done [0-9]+ runs' "$folder/log" | grep -oE '[0-9]+' | tail -1 || true)
    if [ "$code" -eq 0 ]; then
      echo "fuzz: $class held, ${runs:-?} runs in $seconds s"
    else
      failed=1
      echo "fuzz: $class FELL (exit $code); the input lies in $folder:"
      grep -E -A6 'Java Exception|ERROR: libFuzzer|== Java' "$folder/log" | head -14
    fi
  done
  if [ -z "$only" ] || [ "$only" = cedar ]; then
    path="cedar/target/test-classes:cedar/target/classes:$(cat cedar/target/fuzz.classpath)"
    "$JAVA_HOME/bin/java" -Xmx2g --enable-native-access=ALL-UNNAMED -cp "$path" -Dsallyport.root="$PWD" \
      dev.sallyport.cedar.DifferentialFuzz "$seed" "$seconds" 2>/dev/null || failed=1
    seed=$((seed + 1000000))
  fi
}

round
while $forever && [ "$failed" -eq 0 ]; do
  round
done
exit "$failed"
