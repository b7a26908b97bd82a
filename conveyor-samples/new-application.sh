#!/usr/bin/env bash
# Makes an application as somebody would who has only read the README: outside the repository, with a pom of its own, one dependency, one
# property and ten lines of code. It writes and reads a file on the disk. Then it gets one more dependency and two properties, and does the same
# on S3; where that is and who may use it stands in the environment variables of the AWS SDKs.
# Needs Linux and a JDK; `./mvnw package` makes the jars and the class path of the S3 server.
#
#   new-application.sh
#   JAVA_HOME            the JDK to build and run with, if not the one on the path
#   MAVEN                the Maven to build with, if not ./mvnw
#   MAVEN_REPOSITORY     where Maven keeps what it downloaded, if not ~/.m2/repository; nothing of Conveyor is put there
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
house=$(dirname "$here")
maven=${MAVEN:-$house/mvnw}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
java_home=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")
downloaded=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
modules=(conveyor-api conveyor-core conveyor-backend-posix conveyor-backend-s3 conveyor-spring-boot-starter)
server=

say() { printf 'new application: %s\n' "$*"; }
fail() {
  printf 'new application: FAILED: %s\n' "$*" >&2
  if [[ -f $work/log ]]; then tail -n 40 "$work/log" >&2; fi
  exit 1
}

cleanup() {
  if [[ -n $server ]]; then
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}

# value <tag> <file>: of the first such element
value() { sed -nE "s,.*<$1>(.*)</$1>.*,\1,p" "$2" | head -n 1; }

# ---- A local repository of its own: links to what was downloaded, and the modules as they were built -----------------------------------------

# publish <artifact> <pom> [jar]
publish() {
  local place=$work/repository/io/conveyor/$1/$version
  mkdir -p "$place"
  cp "$2" "$place/$1-$version.pom"
  if [[ -n ${3:-} ]]; then
    [[ -f $3 ]] || fail "no $3: run ./mvnw package first"
    cp "$3" "$place/$1-$version.jar"
  fi
}

make_repository() {
  local entry module
  mkdir -p "$work/repository/io"
  for entry in "$downloaded"/* "$downloaded"/io/*; do
    case ${entry#"$downloaded"/} in
      io | io/conveyor | '*' | 'io/*') ;;
      *) ln -s "$entry" "$work/repository/${entry#"$downloaded"/}" ;;
    esac
  done
  publish conveyor-parent "$house/pom.xml"
  publish conveyor-bom "$house/conveyor-bom/pom.xml"
  for module in "${modules[@]}"; do
    publish "$module" "$house/$module/pom.xml" "$house/$module/target/$module-$version.jar"
  done
}

# ---- The application -----------------------------------------------------------------------------------------------------------------------

write_code() {
  mkdir -p "$work/application/src/main/java/outside" "$work/application/src/main/resources"
  cat >"$work/application/src/main/java/outside/Outside.java" <<'CODE'
package outside;

import io.conveyor.ConveyorFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class Outside {
    public static void main(String[] arguments) throws IOException {
        try (var context = SpringApplication.run(Outside.class, arguments)) {
            ConveyorFactory files = context.getBean(ConveyorFactory.class);
            files.write("greetings/hello.txt", out -> out.write(ByteBuffer.wrap("Hello, outside.".getBytes())));
            System.out.println("read: " + new String(files.newInputStream("greetings/hello.txt").readAllBytes()));
        }
    }
}
CODE
}

# depend_on <artifact...>
depend_on() {
  local artifact dependencies=
  for artifact in "$@"; do
    dependencies+="<dependency><groupId>io.conveyor</groupId><artifactId>$artifact</artifactId></dependency>"
  done
  cat >"$work/application/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <parent>
    <groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>
    <version>$(value spring-boot.version "$house/pom.xml")</version><relativePath/>
  </parent>
  <groupId>outside</groupId><artifactId>outside</artifactId><version>1</version>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>io.conveyor</groupId><artifactId>conveyor-bom</artifactId>
        <version>$version</version><type>pom</type><scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>$dependencies</dependencies>
  <build>
    <plugins>
      <plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin>
    </plugins>
  </build>
</project>
POM
}

# configure <line...>
configure() { printf '%s\n' "$@" >"$work/application/src/main/resources/application.properties"; }

# build_and_run <where the store keeps its objects as files>
build_and_run() {
  (cd "$work/application" && "$maven" -B -ntp -q "-Dmaven.repo.local=$work/repository" -DskipTests package) >"$work/log" 2>&1 ||
    fail "the application cannot be built"
  (cd "$work" && exec "$java" -jar application/target/outside-1.jar) >"$work/log" 2>&1 || fail "the application ended with $?"
  grep -qx 'read: Hello, outside.' "$work/log" || fail "the application did not read what it wrote"
  [[ $(<"$1/greetings/hello.txt") == 'Hello, outside.' ]] || fail "the store has something else"
}

# ---- The S3 server -------------------------------------------------------------------------------------------------------------------------

start_s3() {
  local class_path=$here/file-service/target/s3-server.classpath attempt port=
  [[ -f $class_path ]] || fail "no $class_path: run ./mvnw package first"
  mkdir -p "$work/s3/outside"
  touch "$work/s3.log"
  "$java" -Xmx256m -cp "$here/file-service/target/test-classes:$(<"$class_path")" \
    io.conveyor.samples.fileservice.S3Server "$work/s3" >"$work/s3.log" 2>&1 &
  server=$!
  for ((attempt = 0; attempt < 1200; attempt++)); do
    port=$(sed -nE 's/.*S3 server started on port ([0-9]+).*/\1/p' "$work/s3.log")
    if [[ -n $port ]]; then break; fi
    kill -0 "$server" 2>/dev/null || fail "the S3 server did not start: $(tail -n 5 "$work/s3.log")"
    sleep 0.1
  done
  [[ -n $port ]] || fail "the S3 server did not start within two minutes"
  export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=eu-central-1
  export AWS_ACCESS_KEY_ID=smoke AWS_SECRET_ACCESS_KEY=of-the-smoke-test
}

version=$(value version "$house/pom.xml")
work=$(mktemp -d)
trap cleanup EXIT
"$maven" -v >/dev/null 2>&1 || maven=mvn
make_repository
write_code

depend_on conveyor-spring-boot-starter
configure "conveyor.posix.root=$work/files"
build_and_run "$work/files"
if "$java_home/bin/jar" --list --file="$work/application/target/outside-1.jar" | grep -E 'BOOT-INF/lib/(conveyor-backend-(s3|hdfs)|hadoop|sdk-core)'; then
  fail "nobody asked for these"
fi
say "one dependency, one property, ten lines: written to the disk and read"

start_s3
depend_on conveyor-spring-boot-starter conveyor-backend-s3
configure conveyor.backend=s3 conveyor.s3.bucket=outside
build_and_run "$work/s3/outside"
say "one more dependency, two properties: written to S3 and read"
