#!/usr/bin/env bash
# Runs the packaged file service in a heap of 256 MiB and holds it to what it promises: files come back as they went in,
# whole and in parts; keys lead nowhere else; meters move; SIGTERM loses no byte that was answered; memory stays bounded.
# First on the disk, then on S3 and on HDFS: the same jar, switched by `conveyor.backend` to a server that this script starts.
# Needs Linux, curl and a JDK; `./mvnw package` makes the jars and the class path of the S3 server.
#
#   smoke-test.sh [jar]
#   JAVA_HOME         the JDK to run with, if not the one on the path
#   SMOKE_STORES=s3   only that store, or posix, or hdfs
#   SMOKE_LARGE=1     2 GiB in and out, too
#   SMOKE_SEED=<n>    repeats the random choices of an earlier run
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
max_resident_kib=$((640 * 1024))
seed=${SMOKE_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$((seed % 32768))

say() { printf 'smoke: %s\n' "$*"; }
fail() {
  printf 'smoke: FAILED: %s (SMOKE_SEED=%s)\n' "$*" "$seed" >&2
  if [[ -f ${log:-} ]]; then tail -n 40 "$log" >&2; fi
  exit 1
}

# ---- The application -------------------------------------------------------------------------------------------------

# find_jar <sample>
find_jar() {
  local found=("$here/../$1/target/$1"-*.jar)
  [[ -f ${found[0]} ]] || fail "no jar in $here/../$1/target: run ./mvnw package first"
  echo "${found[0]}"
}

cleanup() {
  local process
  for process in $(jobs -p); do
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}

# await_port <process> <what>: the port that the log names after "<what> started on port"
await_port() {
  local attempt
  touch "$log"
  for ((attempt = 0; attempt < 1800; attempt++)); do
    port=$(sed -nE "s/.*$2 started on port ([0-9]+).*/\1/p" "$log")
    if [[ -n $port ]]; then return; fi
    kill -0 "$1" 2>/dev/null || fail "$2 did not start"
    sleep 0.1
  done
  fail "$2 did not start within three minutes"
}

# start [property...]: the application
start() {
  log=$work/log
  (cd "$work/home" && exec "$java" -Xmx256m -jar "$jar" --server.port=0 "$@") >"$log" 2>&1 &
  server=$!
  await_port "$server" Tomcat
  url=http://localhost:$port/files
}

# ---- Stores: how the application is switched to each, and where its objects lie as files -----------------------------

start_on_posix() {
  stored=$work/home/data
  start
}

start_on_s3() {
  local class_path=$here/target/s3-server.classpath
  [[ -f $class_path ]] || fail "no $class_path: run ./mvnw package first"
  log=$work/s3.log
  stored=$work/s3/smoke
  mkdir -p "$stored"
  "$java" -Xmx256m -cp "$here/target/test-classes:$(<"$class_path")" \
    io.conveyor.samples.fileservice.S3Server "$work/s3" >"$log" 2>&1 &
  await_port $! 'S3 server'
  start --conveyor.backend=s3 --conveyor.s3.bucket=smoke "--conveyor.s3.endpoint=http://127.0.0.1:$port" \
    --conveyor.s3.access-key-id=smoke --conveyor.s3.secret-access-key=of-the-smoke-test
}

start_on_hdfs() {
  local cluster
  cluster=$(find_jar hdfs-cluster)
  libraries_of_hadoop_stay_inside
  log=$work/hdfs.log
  "$java" -Xmx512m -jar "$cluster" "$work/hdfs" >"$log" 2>&1 &
  await_port $! HDFS
  hdfs_port=$port
  start_on_that_hdfs
}

start_on_that_hdfs() { start --conveyor.backend=hdfs "--conveyor.hdfs.uri=hdfs://localhost:$hdfs_port"; }

# fetch_stored: on HDFS no object is a file here, so the application, started again, brings them
fetch_stored() {
  local key
  if [[ $store != hdfs ]]; then return; fi
  start_on_that_hdfs
  stored=$work/stored
  mkdir "$stored"
  for key in first second third upload; do
    curl --silent --fail --output "$stored/$key" "$url/$key" || true
  done
}

# ---- The jar ---------------------------------------------------------------------------------------------------------

# nested_classes <jar in BOOT-INF/lib>: the classes that the class loader of the application sees in it
nested_classes() {
  (cd "$work" && "$java_home/bin/jar" --extract --file="$jar" "BOOT-INF/lib/$1")
  "$java_home/bin/jar" --list --file="$work/BOOT-INF/lib/$1" | grep '\.class$' | grep -v '^META-INF/versions/'
}

libraries_of_hadoop_stay_inside() {
  local libraries library
  libraries=$("$java_home/bin/jar" --list --file="$jar" | sed -nE 's,^BOOT-INF/lib/(.+\.jar)$,\1,p')
  for library in $(grep '^hadoop-' <<<"$libraries"); do
    [[ $library =~ ^hadoop-client-(api|runtime)- ]] || fail "$library is not the shaded client"
    if nested_classes "$library" | grep -v '^org/apache/hadoop/' >"$work/body"; then
      fail "$library brings $(head -n 3 "$work/body" | xargs)"
    fi
  done
  if grep -E '^(guava|netty|protobuf|jetty|jersey|curator|log4j-(core|[0-9])|reload4j|slf4j-(reload4j|simple|jdk))' \
    <<<"$libraries"; then
    fail "nobody but Hadoop brings these"
  fi
  [[ $(grep -c '^logback-classic-' <<<"$libraries") == 1 ]] || fail "the log binding is not Boot's"
  say "of Hadoop nothing is in the jar but what lies below org.apache.hadoop"
}

# ---- Requests --------------------------------------------------------------------------------------------------------

# status <curl argument...>: the status code; the body goes to $work/body
status() { curl --silent --output "$work/body" --write-out '%{http_code}' "$@" || true; }

# expect <code or code|code> <curl argument...>
expect() {
  local wanted=$1 got
  shift
  got=$(status "$@")
  [[ "|$wanted|" == *"|$got|"* ]] || fail "expected $wanted, got $got: curl $*: $(head -c 500 "$work/body")"
}

# part <file> <offset> <length>
part() { dd if="$1" iflag=skip_bytes,count_bytes skip="$2" count="$3" bs=1M status=none; }

random_below() { echo $(((RANDOM << 45 | RANDOM << 30 | RANDOM << 15 | RANDOM) % $1)); }

meter() {
  curl --silent --fail "http://localhost:$port/actuator/metrics/$1" | sed -E 's/.*"value":([0-9.E]+).*/\1/' ||
    fail "there is no meter $1"
}

# ---- Checks ----------------------------------------------------------------------------------------------------------

comes_back_as_it_went_in() {
  local size first length i
  size=$(stat --dereference --format=%s "$modules")
  expect 201 --upload-file "$modules" "$url/jdk/modules"
  expect 200 "$url/jdk/modules"
  cmp "$work/body" "$modules" || fail "the file that came back differs"
  for ((i = 0; i < 10; i++)); do
    first=$(random_below "$size")
    length=$((1 + $(random_below 1048576)))
    if ((first + length > size)); then length=$((size - first)); fi
    expect 206 --range "$first-$((first + length - 1))" "$url/jdk/modules"
    cmp "$work/body" <(part "$modules" "$first" "$length") || fail "range $first+$length differs"
  done
  expect 416 --range "$size-" "$url/jdk/modules"
  say "$size bytes came back as they went in, whole and in ten ranges"
}

appends_and_lists() {
  expect 201 --data-binary 'one ' "$url/notes/log.txt"
  expect 204 --data-binary 'two ' "$url/notes/log.txt"
  expect 204 --data-binary 'three' "$url/notes/log.txt"
  expect 200 "$url/notes/log.txt"
  [[ $(<"$work/body") == "one two three" ]] || fail "appended: $(<"$work/body")"
  expect 200 "$url?prefix=notes/"
  [[ $(<"$work/body") == *'"key":"notes/log.txt","size":13'* ]] || fail "listed: $(<"$work/body")"
  expect 204 --request DELETE "$url/notes/log.txt"
  expect 404 "$url/notes/log.txt"
  say "appended, listed, deleted"
}

hostile_keys=(
  '../../etc/passwd' '../outside' 'a/../../outside' '..%2foutside' '%2e%2e/outside' '%2e%2e%2foutside'
  '%252e%252e%252foutside' '..%5coutside' '..\outside' '/etc/passwd' '%2fetc%2fpasswd' '..;/outside' '..%00/outside'
  '%c0%ae%c0%ae/outside' '%u002e%u002e/outside' 'a//b' '.' '..'
)

keys_lead_nowhere_else() {
  local key before after
  before=$(cd "$work" && find . \( -path ./home/data -o -path ./hdfs \) -prune -o -type f -not -name body -print | sort)
  echo secret >"$work/home/outside"
  before+=$'\n./home/outside'
  for key in "${hostile_keys[@]}"; do
    expect '400|404' --path-as-is "$url/$key"
    if grep -q -e secret -e root: "$work/body"; then fail "'$key' led out of the root"; fi
    expect '400|404' --path-as-is --data-binary evil "$url/$key"
    expect '400|404' --path-as-is --request PUT --data-binary evil "$url/$key"
    expect '400|404' --path-as-is --request DELETE "$url/$key"
  done
  after=$(cd "$work" && find . \( -path ./home/data -o -path ./hdfs \) -prune -o -type f -not -name body -print | sort)
  [[ $(sort <<<"$before") == "$after" && $(<"$work/home/outside") == secret ]] ||
    fail "something changed outside the root"
  say "${#hostile_keys[@]} hostile keys led nowhere"
}

meters_move() {
  local before
  before=$(meter conveyor.bytes.written)
  expect 201 --data-binary '0123456789' "$url/metered"
  awk -v before="$before" -v after="$(meter conveyor.bytes.written)" 'BEGIN { exit after != before + 10 }' ||
    fail "conveyor.bytes.written stands at $before"
  meter 'conveyor.backend.calls?tag=operation:pwrite&tag=outcome:SUCCESS' >/dev/null
  meter conveyor.write.stalls >/dev/null
  meter conveyor.readahead.hits >/dev/null
  say "meters move"
}

# large: 2 GiB of the JDK's modules, one after the other
large() {
  local copies=$(((2 << 30) / $(stat --dereference --format=%s "$modules") + 1)) i
  { for ((i = 0; i < copies; i++)); do cat "$modules"; done; } 2>/dev/null | head -c $((2 << 30)) || true
}

large_files_pass() {
  expect 201 --upload-file - "$url/large" < <(large)
  curl --silent --fail "$url/large" | cmp - <(large) || fail "2 GiB came back differently"
  expect 204 --request DELETE "$url/large"
  say "2 GiB went in and out"
}

memory_is_bounded() {
  local peak
  peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$server/status")
  ((peak < max_resident_kib)) || fail "resident memory peaked at $peak KiB, allowed are $max_resident_kib"
  say "resident memory peaked at $((peak / 1024)) MiB"
}

# append_lines <key>: appends numbered lines until the service refuses; remembers those that were answered
append_lines() {
  local line
  for ((line = 0; ; line++)); do
    curl --silent --fail --output /dev/null --data-binary "$1 $line"$'\n' "$url/$1" || return 0
    echo "$1 $line" >>"$work/answered-$1"
  done
}

sigterm_loses_nothing() {
  local writers=() writer key upload uploaded=0 exit_code=0
  for key in first second third; do
    append_lines "$key" &
    writers+=($!)
  done
  part "$modules" 0 $((3 << 20)) >"$work/upload"
  curl --silent --fail --output /dev/null --limit-rate 1M --upload-file "$work/upload" "$url/upload" &
  upload=$!
  sleep 1
  kill -TERM "$server"
  wait "$upload" && uploaded=1
  for writer in "${writers[@]}"; do wait "$writer"; done
  wait "$server" || exit_code=$?
  [[ $exit_code == 143 ]] || fail "the application ended with $exit_code instead of 143"
  fetch_stored
  for key in first second third; do
    [[ -s $work/answered-$key ]] || fail "nothing was appended to $key before SIGTERM"
    cmp "$work/answered-$key" <(head -n "$(wc -l <"$work/answered-$key")" "$stored/$key") ||
      fail "an answered byte of $key is missing"
  done
  if [[ $uploaded == 1 ]]; then
    cmp "$work/upload" "$stored/upload" || fail "the upload was answered and is not whole"
  elif [[ -e $stored/upload ]]; then
    fail "the upload was not answered and is there"
  fi
  say "SIGTERM in the middle of an upload: $(cat "$work"/answered-* | wc -l) answered appends are there," \
    "and the upload $([[ $uploaded == 1 ]] && echo 'was finished' || echo 'left no trace')"
}

jar=${1:-$(find_jar file-service)}
java_home=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")
modules=$java_home/lib/modules
for store in ${SMOKE_STORES:-posix s3 hdfs}; do
  work=$(mktemp -d)
  mkdir "$work/home"
  trap cleanup EXIT
  say "on $store"
  "start_on_$store"
  comes_back_as_it_went_in
  appends_and_lists
  if [[ $store != s3 ]]; then keys_lead_nowhere_else; fi
  meters_move
  if [[ ${SMOKE_LARGE:-} == 1 ]]; then large_files_pass; fi
  memory_is_bounded
  sigterm_loses_nothing
  cleanup
done
say "all is well"
