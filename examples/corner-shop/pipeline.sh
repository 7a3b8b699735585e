#!/bin/sh
# The shop's pipeline: compile, test, package. Needs JAVA_HOME. Writes out/shop.jar.
set -eu
rm -rf out
mkdir -p out/classes
"$JAVA_HOME/bin/javac" -d out/classes src/Shop.java
"$JAVA_HOME/bin/java" -cp out/classes Shop --self-test
"$JAVA_HOME/bin/jar" --create --file out/shop.jar --date 2026-01-01T00:00:00Z --main-class Shop -C out/classes .
