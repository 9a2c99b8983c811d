#!/usr/bin/env python3
"""Every public header, as a stranger's program includes it.

  headers_test.py together COMPILER ROOT [INCLUDE_FOLDER...]   after the macros of Qt and X11
  headers_test.py alone COMPILER ROOT [INCLUDE_FOLDER...]      each one first in a file of its own
  headers_test.py list ROOT                                    prints their names

The first two without a warning under the WARNINGS below. Headers of other libraries are system headers here:
their warnings are theirs.
"""
import concurrent.futures
import re
import subprocess
import sys
import tempfile
from pathlib import Path

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wpedantic", "-Werror"]

# Qt's keywords and what X.h and Xlib.h define. Standard headers come first: they are not ours to protect.
MACROS = """
#define slots
#define signals public
#define emit
#define foreach(a, b) for (a : b)
#define forever for (;;)
#define None 0L
#define Bool int
#define True 1
#define False 0
#define Status int
#define Success 0
#define Always 2
#define Never 0
#define Complex 0
#define Above 0
#define Below 1
#define Unsorted 0
#define CursorShape 0
#define KeyPress 2
#define FocusIn 9
#define FocusOut 10
#define Expose 12
"""
STANDARD = """
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>
#include <fmt/format.h>
"""


def public_headers(root):
    """The headers that are installed: what these reach (cmake/hone_install.cmake has the same rule)."""
    queue, seen = ["hone.h", "apps/report/report.h", "apps/report/inside.h", "kernels/plugin.h",
                   "kernels/any_verb.h"], []
    while queue:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.append(name)
        queue += re.findall(r'^#include "([^"]+)"', (root / name).read_text(encoding="utf-8"), re.MULTILINE)
    return sorted(seen)


def main():
    if sys.argv[1] == "list":
        print("\n".join(public_headers(Path(sys.argv[2]))))
        return
    mode, compiler, root, folders = sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve(), sys.argv[4:]
    command = [compiler, "-std=c++20", "-fsyntax-only", f"-I{root}", *WARNINGS]
    command += [word for f in folders if f not in ("", "/usr/include") for word in ("-isystem", f)]
    headers = public_headers(root)
    assert len(headers) > 30, "the list of headers is wrong"
    include = [f'#include "{header}"\n' for header in headers]
    texts = include if mode == "alone" else [STANDARD + MACROS + "".join(include)]
    with tempfile.TemporaryDirectory() as scratch:

        def problem(numbered):
            number, text = numbered
            source = Path(scratch) / f"{number}.cpp"
            source.write_text(text, encoding="utf-8")
            done = subprocess.run(command + [str(source)], capture_output=True, text=True)
            return done.stderr if done.returncode else ""

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            problems = [p for p in pool.map(problem, enumerate(texts)) if p]
    print("\n".join(problems) if problems else f"{len(headers)} headers compile without a warning")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
