#!/bin/sh
# A program for the probe type exec: how full the disk is. What to do is on standard input as one line of JSON:
#   {"version":1,"target":{"name":…,"url":…,"labels":{}},"params":{},"agent":{"id":…,"region":…},"secrets":{}}
# What it prints is the result; see probes/own/result.ts. Anything but exit code 0 and a result is a fault of the program.
set -eu
mount=${1:-/}
df -Pk "$mount" | awk -v mount="$mount" '
  NR == 2 && $2 > 0 {
    printf "{\"version\": 1, \"outcome\": \"ok\", "
    printf "\"metrics\": {\"own_ratio\": %.6f, \"own_bytes\": %.0f}, ", $4 / $2, $4 * 1024
    printf "\"attributes\": {\"mount\": \"%s\"}}\n", mount
    found = 1
  }
  END { exit !found }'
