#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# ml_dtypes 0.6.0 (with NumPy 2.3.5): numpy.save writes arrays of its types without the name of the
# type. bfloat16 is saved as '<V2', all types of a byte or less as '<V1', but float8_e5m2 as '<f1',
# which numpy.load refuses. What is loaded of the others is bytes ('|V2', '|V1').
#
# Remedy: array.view(dtype) after loading (hwgen: --dtype), or save array.view(numpy.uint8).
#
# Installs both with pip in a temporary folder and prints what is saved and loaded. Exits with 1 if
# what it sees is not what stands above.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --disable-pip-version-check -q install numpy==2.3.5 ml_dtypes==0.6.0

cat >"$folder/show.py" <<'PY'
import sys
import ml_dtypes
import numpy as np

print(f"ml_dtypes {ml_dtypes.__version__}, numpy {np.__version__}")
names = """bfloat16 float8_e3m4 float8_e4m3 float8_e4m3fn float8_e4m3fnuz float8_e4m3b11fnuz float8_e5m2
float8_e5m2fnuz float8_e8m0fnu float6_e2m3fn float6_e3m2fn float4_e2m1fn int4 uint4 int2 uint2""".split()
expected = dict.fromkeys(names, ("<V1", "|V1"))
expected["bfloat16"] = ("<V2", "|V2")
expected["float8_e5m2"] = ("<f1", "ValueError")
changed = []
for name in names:
    dtype = np.dtype(getattr(ml_dtypes, name))
    array = np.array([1, 1], dtype=dtype)
    np.save(sys.argv[1], array)
    with open(sys.argv[1], "rb") as file:
        saved = file.read(128).split(b"'descr': '")[1].split(b"'")[0].decode()
    try:
        back = np.load(sys.argv[1])
        loaded, remedy = back.dtype.str, np.array_equal(back.view(dtype), array)
    except ValueError as error:
        loaded, remedy = "ValueError", True
        message = str(error)
    print(f"  {name:<18} saved as {saved}, loaded as {loaded}")
    if (saved, loaded) != expected[name] or not remedy:
        changed.append(name)
print(f"  numpy.load of float8_e5m2: {message}")
if changed:
    sys.exit(f"changed: {', '.join(changed)}")
PY

"$folder/venv/bin/python" "$folder/show.py" "$folder/x.npy"
