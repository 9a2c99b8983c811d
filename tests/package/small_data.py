#!/usr/bin/env python3
"""Writes a tiny data set in the files of Fashion-MNIST: small_data.py FOLDER

Each class is a bright bar in a row of its own, so that a network learns it at once.
"""
import random
import struct
import sys
from pathlib import Path

SIDE = 28


def image(label, noise):
    pixels = bytearray(noise.randrange(40) for _ in range(SIDE * SIDE))
    for row in (2 * label + 3, 2 * label + 4):
        for column in range(4, SIDE - 4):
            pixels[row * SIDE + column] = 200 + noise.randrange(50)
    return bytes(pixels)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    noise = random.Random(1)
    for part, count in (("train", 512), ("t10k", 128)):
        labels = bytes(i % 10 for i in range(count))
        images = b"".join(image(label, noise) for label in labels)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)
        header = struct.pack(">IIII", 0x803, count, SIDE, SIDE)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + images)


if __name__ == "__main__":
    main()
