#!/usr/bin/env python3
"""Population case finding on Apache Spark: the same findings as `sir-cds screen`, for exports bigger than one machine.

    spark-submit deploy/spark/screen.py --input 'hdfs:///export/*.ndjson.gz' --out hdfs:///found [--today 2026-06-15]

Spark does what it is good at, and the judgement stays in one program:

  1. each partition of lines goes through `sir-cds screen --extract`, which keeps what some criterion can use, cut down
     to what is read, as KEY TAB RESOURCE;
  2. Spark brings together what has the same key (the person), sorted;
  3. each partition goes through `sir-cds screen --grouped`, which answers a line for each person who is flagged.

The program must lie at the same path on every worker (--binary). A task that fails, or whose worker is lost, is done
again by Spark: the program keeps nothing between tasks.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import threading
import zlib

from pyspark.sql import SparkSession


def piped(lines, command):
    """Sends lines through a program and yields what it answers; a status other than 0 fails the task."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        try:
            for line in lines:
                process.stdin.write(line.encode() + b"\n")
            process.stdin.close()
        except BrokenPipeError:
            pass  # its status tells why

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    for line in process.stdout:
        yield line.decode().rstrip("\n")
    feeder.join()
    if process.wait() != 0:
        raise RuntimeError("%s answered status %d" % (command[0], process.returncode))


def key_of(line):
    return line.split("\t", 1)[0]


def identifiers_of(line):
    """("iSYSTEM|VALUE", "pID") for each identifier of a Patient."""
    key, text = line.split("\t", 1)
    for identifier in json.loads(text).get("identifier", []):
        yield "i%s|%s" % (identifier.get("system", ""), identifier.get("value", "")), key


def screened(lines, binary, today, partitions):
    """The findings, as an RDD of lines."""
    extract = [binary, "screen", "--extract"]
    kept = lines.mapPartitions(lambda part: piped(part, extract)).persist()
    shared = kept.filter(lambda line: line.startswith("s")).collect()
    named = set(kept.filter(lambda line: line.startswith("i")).map(key_of).distinct().collect())
    owners = {}
    if named:  # resources that name their person by an identifier only
        owners = dict(kept.filter(lambda line: line.startswith("p") and '"resourceType":"Patient"' in line)
                      .flatMap(identifiers_of).filter(lambda pair: pair[0] in named).distinct().collect())

    def with_owner(line):
        key, text = line.split("\t", 1)
        return (owners.get(key, key), text)

    people = (kept.filter(lambda line: not line.startswith("s")).map(with_owner)
              .filter(lambda pair: pair[0].startswith("p"))
              .repartitionAndSortWithinPartitions(partitions, lambda key: zlib.crc32(key.encode())))

    def judge(part):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in shared)
            file.flush()
            command = [binary, "screen", "--grouped", "--shared", file.name] + (["--today", today] if today else [])
            yield from piped(("%s\t%s" % pair for pair in part), command)

    return people.mapPartitions(judge)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--input", required=True, help="files of NDJSON, as Spark names them")
    words.add_argument("--out", required=True, help="folder for the findings; must not exist")
    words.add_argument("--binary", default="/usr/bin/sir-cds")
    words.add_argument("--today", default="", help="YYYY-MM-DD")
    words.add_argument("--partitions", type=int, default=0, help="of people; default: as many as there are of lines")
    asked = words.parse_args()
    spark = SparkSession.builder.appName("sir-cds screen").getOrCreate()
    lines = spark.sparkContext.textFile(asked.input)
    partitions = asked.partitions or lines.getNumPartitions()
    screened(lines, asked.binary, asked.today, partitions).saveAsTextFile(asked.out)
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
