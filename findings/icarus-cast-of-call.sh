#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Icarus Verilog 11.0 (Debian 12): a size cast of what a function of a package returns, of type int, or of a shift of
# it, is refused: "Cast base expression must be a vector type". With the function in the module it is taken, and so is
# a sum with such a call.
#
# Remedy: cast a sum with 0, as rtl_templates/memory/hg_plane_address.sv does.
#
# Output seen: call refused, shift refused, sum 6
set -euo pipefail
command -v iverilog >/dev/null || { echo "iverilog: not found (Debian package iverilog)" >&2; exit 2; }
version=$(iverilog -V 2>/dev/null | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
[ "$version" = 11.0 ] || { echo "Icarus is $version, this is about 11.0" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

try() {
  cat >t.sv <<SV
package p;
  function automatic int triple(input int n);
    triple = n * 3;
  endfunction
endpackage
module t;
  wire [3:0] a = 4'($1);
  initial #1 \$display("%0d", a);
endmodule
SV
  if iverilog -g2012 -s t -o t.vvp t.sv 2>said; then
    vvp -n t.vvp
  else
    grep -q 'Cast base expression must be a vector type' said && echo refused
  fi
}
seen="call $(try 'p::triple(2)'), shift $(try 'p::triple(2) >> 1'), sum $(try '0 + p::triple(2)')"
echo "$seen"
[ "$seen" = "call refused, shift refused, sum 6" ] || { echo "the behaviour has changed" >&2; exit 1; }
