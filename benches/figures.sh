#!/usr/bin/env bash
# Measures what is promised of the release binary, in a terminal of 120×40: how soon the demo's first
# picture is there, what an idle demo costs, what an hour of demo keeps in memory, and the size of
# the binary. Says each figure with its limit; ends with 1 if one is missed.
#
#   cargo build --release && benches/figures.sh [BINARY]
#
# Not a timed test: figures depend on the machine, and a busy one must not fail a change. Needs Linux
# (/proc) and `script` of util-linux.
set -euo pipefail
cd "$(dirname "$0")/.."

binary="$(realpath "${1:-target/release/gcwatch}")"
runs=9            # first pictures; the median counts
idle_s=30         # how long the idle demo is watched
speed=60          # simulated seconds a second: an hour takes a minute
missed=0

# Starts the demo in a terminal of its own; $terminal and $program are its process ids.
start() {
  coproc PTY { exec script -qfec "stty columns 120 rows 40; exec '$binary' demo --seed 5 $*" /dev/null 2>&1; }
  terminal=$PTY_PID
  # a copy: what belongs to a coprocess isn't there in the background
  exec {output}<&"${PTY[0]}"
}

# Reads on and throws away: a terminal that nobody reads would stop the demo.
drain() { cat <&"$output" >/dev/null & }

# Sets $program once the shell between has become the demo.
find_program() {
  for _ in $(seq 200); do
    program="$(pgrep -P "$terminal" || true)"
    [ -n "$program" ] && [ "$(realpath "/proc/$program/exe")" = "$binary" ] && return
    sleep 0.02
  done
  echo "the demo did not start" >&2
  exit 2
}

stop() {
  kill "$program" 2>/dev/null || true
  wait "$terminal" 2>/dev/null || true
  exec {output}<&-
}

# $1 what, $2 figure, $3 limit, $4 unit
tell() {
  local verdict=reached
  awk -v figure="$2" -v limit="$3" 'BEGIN { exit !(figure < limit) }' || { verdict=MISSED; missed=1; }
  printf '%-46s %8s %-4s limit %s: %s\n' "$1" "$2" "$4" "$3" "$verdict"
}

milliseconds() {
  for _ in $(seq "$runs"); do
    local begun; begun="$(date +%s%N)"
    start
    # the first panel's title; nothing before it has that letter, and a picture arrives whole
    IFS= read -r -d Q <&"$output"
    echo $((($(date +%s%N) - begun) / 1000000))
    drain
    find_program
    stop
  done | sort -n
}

ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$program/stat"; }

echo "$binary, $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg)"
all="$(milliseconds)"
tell "first picture after the start (shell included)" "$(sed -n "$((runs / 2 + 1))p" <<<"$all")" 100 ms

start
drain
find_program
sleep 5
before="$(ticks)"
sleep "$idle_s"
after="$(ticks)"
tell "idle demo, of one processor" \
  "$(awk -v t=$((after - before)) -v s="$idle_s" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", 100 * t / hz / s }')" 3 %
stop

start --speed "$speed"
drain
find_program
sleep $((3600 / speed))
tell "resident memory after an hour of demo" \
  "$(awk '/^VmRSS/ { printf "%.1f", $2 / 1000 }' "/proc/$program/status")" 60 MB
stop

tell "size of the binary" "$(stat -c %s "$binary" | awk '{ printf "%.2f", $1 / 1000000 }')" 15 MB
exit "$missed"
