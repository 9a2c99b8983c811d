#!/usr/bin/env python3
"""Opens a model file of hone with the safetensors package and prints what is in it.

    pip install safetensors numpy
    scripts/read_model.py model.safetensors
"""
import hashlib
import json
import sys

from safetensors import safe_open


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: read_model.py MODEL_FILE")
    with safe_open(sys.argv[1], framework="numpy") as file:
        metadata = file.metadata() or {}
        for key in sorted(metadata):
            print(f"{key}: {metadata[key]}")
        if "network" in metadata:
            layers = [layer["layer"] for layer in json.loads(metadata["network"])]
            print(f"layers: {' '.join(layers)}")
        total = 0
        for name in sorted(file.keys()):
            array = file.get_tensor(name)
            total += array.size
            digest = hashlib.sha256(array.tobytes()).hexdigest()[:16]
            print(f"{name:24} {str(array.dtype):8} {str(list(array.shape)):20} sha256 {digest}")
        print(f"{total} values")


if __name__ == "__main__":
    main()
