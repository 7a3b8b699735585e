#!/bin/sh
# The shop's pipeline: compile, test, package. Needs JAVA_HOME. Writes out/shop.jar and out/TEST-shop.xml.
#
#   pipeline.sh          all of it
#   pipeline.sh build    compile and package
#   pipeline.sh test     test what was built, with the result as JUnit XML
set -eu
if [ "${1:-build}" = build ]; then
  rm -rf out
  mkdir -p out/classes
  "$JAVA_HOME/bin/javac" -d out/classes src/Shop.java
  "$JAVA_HOME/bin/jar" --create --file out/shop.jar --date 2026-01-01T00:00:00Z --main-class Shop -C out/classes .
fi
if [ "${1:-test}" = test ]; then
  "$JAVA_HOME/bin/java" -cp out/shop.jar Shop --self-test
  printf '<testsuite name="shop" tests="1" failures="0" errors="0" skipped="0"><testcase classname="Shop" name="self-test"/></testsuite>\n' >out/TEST-shop.xml
fi
