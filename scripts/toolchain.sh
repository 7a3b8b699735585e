# Finds a JDK 25 and a Maven, or says in one sentence what to install. Sourced by ./build and ./sallyport.

# The release file names the version without starting a JVM.
sallyport_is_jdk25() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] && grep -q '^JAVA_VERSION="25[."-]' "$1/release"
}

# SALLYPORT_SYSTEM_ROOT stands before the system's own folders, so that a test can show a machine without a JDK.
sallyport_find_jdk() {
  local root=${SALLYPORT_SYSTEM_ROOT:-}
  for candidate in "${SALLYPORT_JAVA_HOME:-}" "${JAVA_HOME:-}" \
    "$root"/usr/lib/jvm/* "$root"/usr/java/* "$root"/opt/java/* "$root"/opt/jdk* "$root"/opt/openjdk* \
    "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* "$HOME"/.jdks/* "$HOME"/.jabba/jdk/* \
    "${ASDF_DATA_DIR:-$HOME/.asdf}"/installs/java/* "${MISE_DATA_DIR:-$HOME/.local/share/mise}"/installs/java/* \
    "$root"/opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home \
    "$root"/usr/local/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home \
    "$root"/Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$candidate" ] && sallyport_is_jdk25 "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  # Last: what `java` on the PATH really is.
  on_path=$(command -v javac 2>/dev/null) || return 1
  on_path=$(readlink -f "$on_path" 2>/dev/null) || return 1
  on_path=${on_path%/bin/javac}
  sallyport_is_jdk25 "$on_path" && printf '%s\n' "$on_path"
}

sallyport_need_jdk() {
  JAVA_HOME=$(sallyport_find_jdk) || {
    echo "sallyport: no JDK 25 found in JAVA_HOME, the system's JVM folder or SDKMAN; install one (Debian: apt install openjdk-25-jdk or temurin-25-jdk; SDKMAN: sdk install java 25-tem) or point SALLYPORT_JAVA_HOME at it" >&2
    exit 2
  }
  export JAVA_HOME
}

sallyport_need_maven() {
  command -v mvn >/dev/null 2>&1 || {
    echo "sallyport: no Maven on the PATH; install Maven 3.8 or newer (Debian: apt install maven; SDKMAN: sdk install maven)" >&2
    exit 2
  }
}
