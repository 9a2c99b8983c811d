#!/usr/bin/env python3
"""What including hone.h costs and drags in.

  umbrella_test.py COMPILER ROOT [INCLUDE_FOLDER...]

Fails when a header of a private dependency is reachable, or one of the standard library that brings the whole of
its streams and locales (a third of the time to compile; file names are strings in public headers), or when the compiler needs more processor
time than LIMIT for a file that holds nothing else. The aim on a quiet machine is 1.5 s; the limit
leaves room for slow ones.
"""
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 4.0
PRIVATE = ("omp.h", "cblas.h", "f77blas.h", "openblas_config.h", "sqlite3.h", "zlib.h", "xxhash.h",
           "stb_image.h", "immintrin.h", "json.hpp", "json_fwd.hpp", "CLI.hpp")

HEAVY = ("filesystem", "chrono", "iostream", "sstream", "regex", "thread", "future", "random")


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    compiler, root, folders = sys.argv[1], sys.argv[2], sys.argv[3:]
    command = [compiler, "-std=c++20", "-O0", f"-I{root}"]
    command += [f"-I{f}" for f in folders if f not in ("", "/usr/include")]
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "umbrella.cpp"
        source.write_text('#include "hone.h"\n', encoding="utf-8")
        rule = subprocess.run(command + ["-M", str(source)], check=True, capture_output=True, text=True).stdout
        reached = {Path(word).name: word for word in rule.replace("\\\n", " ").split()}
        assert "tensor.h" in reached and "vector" in reached, "the compiler listed no headers"
        best = float("inf")
        for _ in range(3):
            before = children_seconds()
            subprocess.run(command + ["-c", str(source), "-o", str(source.with_suffix(".o"))], check=True)
            best = min(best, children_seconds() - before)
            if best < 1.5:
                break
    print(f"including hone.h: {best:.2f} s of processor time, {len(reached)} headers")
    leaks = [reached[name] for name in PRIVATE if name in reached]
    if leaks:
        sys.exit("hone.h reaches headers of private dependencies: " + ", ".join(leaks))
    heavy = [name for name in HEAVY if name in reached]
    if heavy:
        sys.exit("hone.h reaches heavy standard headers: " + ", ".join(heavy))
    if best > LIMIT:
        sys.exit(f"including hone.h costs {best:.2f} s; the limit is {LIMIT} s")


if __name__ == "__main__":
    main()
