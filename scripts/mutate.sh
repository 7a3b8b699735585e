#!/usr/bin/env bash
# Mutation tests: changes the code in small ways and asks whether a test notices. ./build mutate [MODULE], else all
# libraries. One line a module; the report of every mutant lies in target/mutate/MODULE.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/toolchain.sh
sallyport_need_jdk
sallyport_need_maven
modules=${1:-keys cedar tlog attest credential scan gate}

mkdir -p target/mutate
log=target/mutate/build.log
mvn -B -ntp -q -Pmutate process-test-classes -pl "$(echo "$modules" | tr ' ' ,)" -am >"$log" 2>&1 || {
  grep -E '^\[ERROR\] .' "$log" | head -10 >&2
  exit 2
}
failed=0
for module in $modules; do
  folder=target/mutate/$module
  path=$module/target/test-classes:$module/target/classes:$(cat "$module/target/mutate.classpath")
  set +e
  "$JAVA_HOME/bin/java" -cp "$path" org.pitest.mutationtest.commandline.MutationCoverageReport \
    --reportDir "$folder" --sourceDirs "$module/src/main/java" --targetClasses "dev.sallyport.$module.*" \
    --targetTests "dev.sallyport.$module.*Test" --threads 2 --timestampedReports=false --outputFormats HTML,CSV \
    --jvmArgs "-Xmx2g,--enable-native-access=ALL-UNNAMED,-Dsallyport.root=$PWD" \
    --excludedGroups fuzz >"$folder.log" 2>&1
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    echo "mutate: $module could not be measured: $(grep -m1 -E 'Exception|did not pass' "$folder.log" || echo "see $folder.log")"
    failed=2
    continue
  fi
  awk -F, -v module="$module" '
    { all++ } $6 == "KILLED" || $6 == "TIMED_OUT" { killed++ } $6 == "NO_COVERAGE" { bare++ }
    END { printf "mutate: %s: %d of %d mutants noticed (%.0f %%), %d in lines that no test runs\n", module, killed, all, all ? 100 * killed / all : 0, bare }' \
    "$folder/mutations.csv"
done
exit "$failed"
