#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Verilator 5.006 (Debian 12): $countones of an input that a parent ties to a constant is refused with "Unsupported:
# 4-state numbers in this context", though no x is anywhere, once the count goes into a vector that is wider than it
# needs. The same of a constant in the module itself is accepted, and so is a tied input where the count is cast to few
# bits. So a module that lints alone, and under one parent, is refused under another.
#
# Remedy: add the bits up in a loop (hwgen's RTL does).
#
# Output seen:
#   16 bits, constant in the module: accepted
#   16 bits, input of the top: accepted
#   16 bits, tied input: refused
#   4 bits, tied input: accepted
set -euo pipefail
command -v verilator >/dev/null || { echo "verilator: not found (Debian package verilator)" >&2; exit 2; }
[[ "$(verilator --version)" = "Verilator 5.006 "* ]] || { echo "this is about Verilator 5.006" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# A counter of `$2` bits of the input or constant `$3`, under a parent that gives `$4` to the input.
seen=""
try() {
  cat >t.sv <<SV
module t (input wire [7:0] i, output wire [$2-1:0] y);
  counter u (.a($4), .y(y));
endmodule
module counter (input wire [7:0] a, output wire [$2-1:0] y);
  assign y = $2'(\$countones($3));
endmodule
SV
  verilator --lint-only --top-module t t.sv >said 2>&1 && answer=accepted || answer=refused
  [ "$answer" = accepted ] || grep -q '%Error-UNSUPPORTED: .*4-state numbers' said
  echo "$1: $answer"
  seen="$seen$answer "
}
try "16 bits, constant in the module" 16 "8'h0f" i
try "16 bits, input of the top" 16 a i
try "16 bits, tied input" 16 a "8'h0f"
try "4 bits, tied input" 4 a "8'h0f"
[ "$seen" = "accepted accepted refused accepted " ] || { echo "the behaviour has changed" >&2; exit 1; }
