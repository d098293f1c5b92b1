#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# OpenSTA 2.0.17 (Debian 12, opensta 0~20191111): `sta -exit SCRIPT` runs nothing, says nothing and exits with 0 where
# the script does not exist, or has a blank or an accent anywhere in its path; and it goes on after an error in the
# script, with 0.
#
# Remedy: a script by a relative plain name, that ends in a line of its own for which the caller looks (hwgen's
# flows/sta does, and hwgen synth looks for lines that begin with Error).
#
# Output seen:
#   plain.tcl: exit code 0, ran
#   two words/x.tcl: exit code 0, said nothing
#   ä.tcl: exit code 0, said nothing
#   absent.tcl: exit code 0, said nothing
#   wrong.tcl: exit code 0, ran
set -euo pipefail
command -v sta >/dev/null || { echo "sta: not found (Debian package opensta)" >&2; exit 2; }
[ "$(sta -version)" = 2.0.17 ] || { echo "sta is $(sta -version), this is about 2.0.17" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir "two words"
echo 'puts ran' | tee plain.tcl ä.tcl >"two words/x.tcl"
printf 'no_such_command\nputs ran\n' >wrong.tcl

seen=""
for script in plain.tcl "two words/x.tcl" ä.tcl absent.tcl wrong.tcl; do
  code=0
  sta -no_splash -exit "$script" </dev/null >said 2>&1 || code=$?
  what="said something"
  [ -s said ] || what="said nothing"
  grep -q '^ran$' said && what="ran"
  echo "$script: exit code $code, $what"
  seen="$seen$code $what;"
done
[ "$seen" = "0 ran;0 said nothing;0 said nothing;0 said nothing;0 ran;" ] ||
  { echo "the behaviour has changed" >&2; exit 1; }
