#!/usr/bin/env bash
# Copies into lib/ by Maven what an HDFS of one machine needs: 90 MB. What is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")"

MAVEN_COPY=org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies

# The pom that the jars were copied for lies beside them.
cmp -s pom.xml lib/pom.xml && exit
rm -rf lib
mvn --quiet --batch-mode -Dstyle.color=never --file pom.xml "$MAVEN_COPY" -DincludeScope=runtime -DoutputDirectory=lib
cp pom.xml lib/pom.xml
printf 'test/system/hadoop/setup.sh: Hadoop is in %s\n' "$PWD/lib"
