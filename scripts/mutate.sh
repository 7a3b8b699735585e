#!/usr/bin/env bash
# Mutation tests: changes the code in small ways and asks whether a test notices. ./build mutate [MODULE [all]], else all
# libraries. Where MODULE/mutants.txt names classes, these are changed, or with `all` every class: a line a class, and exit
# 1 when one notices too little or a mutant lives without a reason. Else a line a module. The report of every mutant lies in
# target/mutate/MODULE.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/toolchain.sh
sallyport_need_jdk
sallyport_need_maven
modules=${1:-keys cedar tlog attest credential scan gate}
scope=${2:-listed}

mkdir -p target/mutate
log=target/mutate/build.log
mvn -B -ntp -q -Pmutate process-test-classes -pl "$(echo "$modules" | tr ' ' ,)" -am >"$log" 2>&1 || {
  grep -E '^\[ERROR\] .' "$log" | head -10 >&2
  exit 2
}
failed=0
for module in $modules; do
  folder=target/mutate/$module
  list=$module/mutants.txt
  package=dev.sallyport.$module
  classes=$package.*
  without=
  if [ -f "$list" ]; then
    without=$(awk -v package="$package" '$1 == "without" { printf "%s%s.%s", comma, package, $2; comma = "," }' "$list")
    if [ "$scope" != all ]; then
      classes=$(awk -v package="$package" '$1 == "class" { printf "%s%s.%s,%s.%s$*", comma, package, $2, package, $2; comma = "," }' "$list")
    fi
  fi
  path=$module/target/test-classes:$module/target/classes:$(cat "$module/target/mutate.classpath")
  set +e
  "$JAVA_HOME/bin/java" -cp "$path" org.pitest.mutationtest.commandline.MutationCoverageReport \
    --reportDir "$folder" --sourceDirs "$module/src/main/java" --targetClasses "$classes" \
    --targetTests "$package.*Test" ${without:+--excludedTestClasses "$without"} \
    --threads 2 --timestampedReports=false --outputFormats HTML,CSV \
    --jvmArgs "-Xmx2g,--enable-native-access=ALL-UNNAMED,-Dsallyport.root=$PWD" \
    --excludedGroups fuzz >"$folder.log" 2>&1
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    echo "mutate: $module could not be measured: $(grep -m1 -E 'Exception|did not pass' "$folder.log" || echo "see $folder.log")"
    failed=2
    continue
  fi
  if [ -f "$list" ]; then
    awk -v module="$module" -f scripts/mutants.awk "$list" FS=, "$folder/mutations.csv" || failed=1
  fi
  awk -F, -v module="$module" '
    { all++ } $6 == "KILLED" || $6 == "TIMED_OUT" { killed++ } $6 == "NO_COVERAGE" { bare++ }
    END { printf "mutate: %s: %d of %d mutants noticed (%.0f %%), %d in lines that no test runs\n", module, killed, all, all ? 100 * killed / all : 0, bare }' \
    "$folder/mutations.csv"
done
exit "$failed"
