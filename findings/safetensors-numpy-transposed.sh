#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# safetensors 0.8.0 (Python package, with NumPy 2.3.5): safetensors.numpy.save and save_file take the
# memory of an array in the order in which it lies, whatever its strides. A transposed, stepped or
# Fortran-ordered array is stored with its shape and the wrong order of elements, without a word.
# 0.7.0 stores all of them right.
#
# Remedy: numpy.ascontiguousarray before saving.
#
# Installs both versions with pip in a temporary folder and prints what each stores. Exits with 1 if
# what it sees is not what stands above.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" --disable-pip-version-check -q "$@"; }

cat >"$folder/show.py" <<'PY'
import numpy as np
import safetensors
from safetensors.numpy import load, load_file, save, save_file
import sys

print(f"safetensors {safetensors.__version__}, numpy {np.__version__}")
a = np.arange(6, dtype=np.float32).reshape(2, 3)
wrong = set()
for name, x in {
    "contiguous": a,
    "transposed": a.T,
    "stepped": a[:, ::2],
    "Fortran": np.asfortranarray(a),
}.items():
    save_file({"x": x}, sys.argv[1])
    stored = [load_file(sys.argv[1])["x"], load(save({"x": x}))["x"]]
    same = all(np.array_equal(x, y) for y in stored)
    if not same:
        wrong.add(name)
    print(f"  {name:<11} {x.tolist()} -> {stored[0].tolist()}{'' if same else '  WRONG'}")
    assert np.array_equal(load(save({"x": np.ascontiguousarray(x)}))["x"], x), "the remedy"
expected = {"0.7.0": set(), "0.8.0": {"transposed", "stepped", "Fortran"}}
if wrong != expected[safetensors.__version__]:
    sys.exit(f"changed: wrong are {sorted(wrong)}")
PY

for version in 0.7.0 0.8.0; do
  pip install numpy==2.3.5 "safetensors==$version"
  "$folder/venv/bin/python" "$folder/show.py" "$folder/x.safetensors"
done
