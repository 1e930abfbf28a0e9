#!/bin/bash
# SPDX-License-Identifier: MIT
# The difference between bot-tcp.c and bot.c as README.md shows it.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: diff.sh [--check | --write]
Prints the difference between the TCP bot and the BOSH bot.
  --check   exit 1 when README.md shows another one
  --write   put it into README.md
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
readme=$here/README.md

difference() {
  (cd "$here" && diff -U1 --label bot-tcp.c --label bot.c bot-tcp.c bot.c) || [ $? = 1 ]
}

# README.md with the block between ```diff and ``` replaced.
page() {
  grep -q '^```diff$' "$readme" || { echo "README.md has no diff block" >&2; return 1; }
  awk -v fresh="$(difference | sed 's/\\/\\\\/g')" '
    /^```diff$/ { print; print fresh; inside = 1; next }
    /^```$/ { inside = 0 }
    !inside' "$readme"
}

case ${1:-} in
  '') difference ;;
  --check)
    fresh=$(page)
    printf '%s\n' "$fresh" | diff -u "$readme" -
    echo "README.md shows the present difference"
    ;;
  --write) fresh=$(page) && printf '%s\n' "$fresh" > "$readme" ;;
  --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
