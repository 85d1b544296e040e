#!/usr/bin/env bash
# Runs a command with a real Secret Service of its own: new home, new bus, unlocked keyring.
set -euo pipefail
home="$(mktemp -d)"
trap 'rm -rf "$home"' EXIT
# cargo and rustup stay where they are
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_DATA_HOME="$home/data"
mkdir -m 700 "$XDG_RUNTIME_DIR"
dbus-run-session -- bash -euc '
  eval "$(printf "secret of a test" | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"
  export GCWATCH_TEST_SECRET_SERVICE=1
  GCWATCH_TEST_SECRET_SERVICE_PID="$(pgrep -n -u "$(id -u)" -f "gnome-keyring-daemon --unlock")"
  export GCWATCH_TEST_SECRET_SERVICE_PID
  status=0
  "$@" || status=$?
  kill "$GCWATCH_TEST_SECRET_SERVICE_PID" 2>/dev/null || true
  exit $status
' -- "$@"
