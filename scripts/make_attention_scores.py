#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes data/attention_scores.safetensors: raw attention scores of real models.

Reads quantised tensors NAME.q and NAME.k (int16, [heads, n, d], 12 significant bits) and writes the
integer products q.k, one row a query, as int32 [heads * queries, n]. Queries are taken evenly over
the text, so that the file stays small. Needs numpy and safetensors.

Usage: make_attention_scores.py IN_DIR OUT
"""

import pathlib
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

# File, model, sample, queries a head. Decoder samples hold the last query of the text only.
SAMPLES = [
    ("attn_real", "minilm", "a0.l5", 4),
    ("minilm_long", "minilm", "b1.l1", 24),
    ("minilm_long", "minilm", "b1.l4", 24),
    ("mpnet", "mpnet", "c0.l0", 8),
    ("mpnet", "mpnet", "c0.l5", 8),
    ("mpnet", "mpnet", "c0.l11", 8),
    ("stories260k_decode", "stories260k", "d0.l2", 1),
    ("stories260k_decode", "stories260k", "d1.l0", 1),
    ("stories260k_decode", "stories260k", "d1.l1", 1),
    ("stories260k_decode", "stories260k", "d1.l2", 1),
    ("stories260k_decode", "stories260k", "d1.l3", 1),
    ("stories260k_decode", "stories260k", "d1.l4", 1),
    ("owngpt_decode", "owngpt", "e0.l0", 1),
    ("owngpt_decode", "owngpt", "e0.l2", 1),
    ("owngpt_decode", "owngpt", "e1.l1", 1),
    ("owngpt_decode", "owngpt", "e1.l3", 1),
]


def scores(q: np.ndarray, k: np.ndarray, queries: int) -> np.ndarray:
    """Returns q.k for evenly spread queries of each head, as [heads * queries, n]."""
    picked = np.linspace(0, q.shape[1] - 1, queries).round().astype(int)
    # 64 products of 12 by 12 bits fit 31 bits with room to spare.
    rows = np.einsum("hqd,hnd->hqn", q[:, picked].astype(np.int64), k.astype(np.int64))
    # safetensors 0.8.0 stores other arrays in the wrong order (findings/README.md).
    return np.ascontiguousarray(rows.reshape(-1, k.shape[1]).astype(np.int32))


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, out = pathlib.Path(sys.argv[1]), sys.argv[2]
    tensors = {}
    for file, model, sample, queries in SAMPLES:
        with safe_open(folder / f"{file}.safetensors", "np") as f:
            q, k = f.get_tensor(f"{sample}.q"), f.get_tensor(f"{sample}.k")
        tensors[f"{model}.{sample}"] = scores(q, k, queries)
    save_file(tensors, out)
    for name, tensor in sorted(tensors.items()):
        print(f"{name}: {tensor.shape[0]} rows of {tensor.shape[1]}, {tensor.min()} to {tensor.max()}")


if __name__ == "__main__":
    main()
