#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# pyslang 12.1.0 (PyPI): Driver.reportCompilation returns None, for clean and for wrong sources alike; in 8.1.0 it told
# whether they are clean. So `ok = driver.reportCompilation(...) and ok` of an older script is never true any more, and
# `if driver.reportCompilation(...) is False` never stops; nothing is raised. (9.1.0 returns None, too.)
#
# Remedy: diagEngine.numErrors afterwards, which both have (hwgen's tests/two_bundles.rs), or reportDiagnostics.
#
# Output seen:
#   8.1.0, clean: reportCompilation True, numErrors 0
#   8.1.0, wrong: reportCompilation False, numErrors 1
#   12.1.0, clean: reportCompilation None, numErrors 0
#   12.1.0, wrong: reportCompilation None, numErrors 1
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
echo 'module m; wire x = 1; endmodule' >clean.sv
echo 'module m; wire x = nothing; endmodule' >wrong.sv
cat >show.py <<'PY'
import sys
import pyslang

if "12" in sys.argv[1]:
    import pyslang.driver as pyslang
for name in "clean", "wrong":
    driver = pyslang.Driver()
    driver.addStandardArgs()
    assert driver.parseCommandLine(f"slang {name}.sv") and driver.processOptions() and driver.parseAllSources()
    answer = driver.reportCompilation(driver.createCompilation(), True)
    print(f"{sys.argv[1]}, {name}: reportCompilation {answer}, numErrors {driver.diagEngine.numErrors}")
PY
for version in 8.1.0 12.1.0; do
  venv/bin/pip install --quiet --disable-pip-version-check "pyslang==$version"
  venv/bin/python3 show.py "$version" 2>/dev/null | tee -a seen
done
printf '%s: reportCompilation %s, numErrors %s\n' "8.1.0, clean" True 0 "8.1.0, wrong" False 1 \
  "12.1.0, clean" None 0 "12.1.0, wrong" None 1 | cmp -s - seen || { echo "the behaviour has changed" >&2; exit 1; }
