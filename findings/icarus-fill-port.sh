#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Icarus Verilog 11.0 (Debian 12): '1 at a port is a single one, padded with zeros, not ones in every bit as in an
# assignment. It says so only as a warning about the width of the port, and exits with 0.
#
# Remedy: a literal of the port's width, 4'hf (hwgen's docs/flows.md says so to users).
#
# Output seen: at a port 0001, through a wire 1111, warnings 1
set -euo pipefail
command -v iverilog >/dev/null || { echo "iverilog: not found (Debian package iverilog)" >&2; exit 2; }
version=$(iverilog -V 2>/dev/null | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
[ "$version" = 11.0 ] || { echo "Icarus is $version, this is about 11.0" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >t.sv <<'SV'
module leaf (input wire [3:0] a, output wire [3:0] y);
  assign y = a;
endmodule
module t;
  wire [3:0] through, at_port, by_wire;
  assign through = '1;
  leaf u_port (.a('1), .y(at_port));
  leaf u_wire (.a(through), .y(by_wire));
  initial #1 $display("at a port %b, through a wire %b", at_port, by_wire);
endmodule
SV
iverilog -g2012 -s t -o t.vvp t.sv 2>said
seen="$(vvp -n t.vvp), warnings $(grep -c 'warning:' said || true)"
echo "$seen"
[ "$seen" = "at a port 0001, through a wire 1111, warnings 1" ] || { echo "the behaviour has changed" >&2; exit 1; }
