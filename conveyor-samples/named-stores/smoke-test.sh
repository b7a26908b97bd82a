#!/usr/bin/env bash
# Runs the packaged sample with two named stores: what has come in is in the archive afterwards, byte for byte, and only there; a second run
# finds nothing to do; an archive that cannot be written ends it, and nothing is lost where the files came in.
# Needs a JDK; `./mvnw package` makes the jar.
#
#   smoke-test.sh [jar]
#   JAVA_HOME   the JDK to run with, if not the one on the path
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=${1:-$(echo "$here"/target/named-stores-*.jar)}
[[ -f $jar ]] || { echo "smoke: no jar in $here/target: run ./mvnw package first" >&2; exit 1; }
jar=$(readlink -f "$jar")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log

fail() {
  printf 'smoke: FAILED: %s\n' "$*" >&2
  tail -n 40 "$log" >&2
  exit 1
}

# run [property...]: the application, which ends when it has moved everything
run() {
  (cd "$work" && "$java" -Xmx128m -jar "$jar" "$@") >"$log" 2>&1
}

mkdir -p "$work/data/incoming/of/today"
head -c 3000000 /dev/urandom >"$work/data/incoming/large"
echo "a line" >"$work/data/incoming/of/today/small"
: >"$work/data/incoming/empty"
cp -r "$work/data/incoming" "$work/before"

run || fail "it did not end well"
grep -q "3 files moved to the archive" "$log" || fail "it did not say what it has moved"
(cd "$work" && diff -r before data/archive) || fail "the archive differs from what has come in"
[[ -z $(find "$work/data/incoming" -type f) ]] || fail "something stayed where it came in"
echo "smoke: three files are in the archive as they came in, and only there"

run || fail "it did not end well when nothing had come in"
grep -q "0 files moved to the archive" "$log" || fail "it has moved something that is not there"
echo "smoke: a second run finds nothing to do"

echo "again" >"$work/data/incoming/again"
: >"$work/no-folder"
if run --conveyor.stores.archive.posix.root="$work/no-folder/archive"; then
  fail "it ended well though the archive cannot be written"
fi
[[ $(cat "$work/data/incoming/again") == again ]] || fail "a file is lost that could not be archived"
echo "smoke: what could not be archived is still where it came in"
