#!/usr/bin/env python3
"""The house rules that a program can check.

  house_rules_test.py ROOT          checks the tree, prints every breach, ends with 1 if there is one
  house_rules_test.py --self-test   checks that each rule notices a breach of it
"""
import re
import sys
import tempfile
from pathlib import Path

MAX_LINES = 600
CODE = (".h", ".cpp", ".cu", ".inc", ".py", ".sh", ".cmake", ".js", ".css", ".in")
SOURCES = ("base", "kernels", "tensor", "optim", "nn", "tune", "apps", "tests", "fuzz")

# Which rooms a room may include. base < kernels < tensor < optim < nn; tune stands on
# base alone, and tune/training is the one bridge.
TOWER = ["base", "kernels", "tensor", "optim", "nn"]
ALLOWED = {room: set(TOWER[: i + 1]) for i, room in enumerate(TOWER)}
ALLOWED["tune"] = {"base", "tune"}
ALLOWED["tune/training"] = set(TOWER) | {"tune", "tune/training"}
ALLOWED["apps"] = ALLOWED["tune/training"] | {"apps", "hone.h"}
ALLOWED["tests"] = ALLOWED["apps"] | {"tests"}
ALLOWED["fuzz"] = ALLOWED["apps"] | {"fuzz"}
ALLOWED["hone.h"] = ALLOWED["tune/training"]

# hone_bench measures the ops of the one table of op cases, which belongs to the tests.
EXCEPTIONS = (("apps/bench/", "tests/ops/"),)

# Siblings that must not know each other: backends. cpu may fall back on ref for what it leaves out.
STRANGERS = {"kernels/ref": ("kernels/cpu",), "base": ("kernels/ref", "kernels/cpu")}


def room_of(path):
    """The room of a file or an include path, None when it is none of ours."""
    for room in ("base", "tune/training"):
        if path.startswith(room + "/"):
            return room
    first = path.split("/")[0]
    return first if first in ALLOWED else None


# What the C library's locale, which belongs to the process, changes. The libraries use base/numbers.h and fmt.
LIBRARIES = ("base/", "kernels/", "tensor/", "optim/", "nn/", "tune/", "apps/report/", "hone.h")
LOCALE = re.compile(
    r"\b(strto(d|f|ld|l|ul|ll|ull)|ato(i|l|ll|f)|std::sto(i|l|ll|ul|ull|f|d|ld)|v?s?n?printf|v?f?s?scanf"
    r"|setlocale|localeconv|is(alpha|alnum|digit|space|upper|lower|punct|print|xdigit|cntrl|graph|blank)"
    r"|to(lower|upper)|strftime|std::[io]?stringstream|std::to_string|std::locale|imbue)\s*[(<]?"
)


def check_locale(name, lines):
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        match = LOCALE.search(code)
        if match:
            yield f"{name}:{number}: {match.group(1)} depends on the locale; use base/numbers.h or fmt"


# What device code takes from CUDA it takes from one header, which the emulation has, too.
BUILT_IN = re.compile(
    r"\b(threadIdx|blockIdx|blockDim|gridDim|warpSize|__shared__|__constant__|__sync\w+|__shfl\w+|__ballot\w+"
    r"|__activemask|__ldg|__f\w+_r[nzud]|__threadfence\w*|atomic[A-Z]\w+|cooperative_groups|cudaLaunch\w+)\b|<<<"
)
DEVICE_HEADERS = ("kernels/cuda/device_api.h", "kernels/cuda/launch.h")


def check_built_ins(name, lines):
    for number, line in enumerate(lines, 1):
        match = BUILT_IN.search(line.split("//")[0])
        if match:
            yield f"{name}:{number}: {match.group(0)} belongs into kernels/cuda/device_api.h or launch.h"


def project_files(root):
    for top in SOURCES + ("cmake", "scripts"):
        for path in sorted((root / top).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    for path in sorted(root.glob("*")):
        if path.is_file() and path.suffix in CODE:
            yield path


def check_includes(name, lines):
    room = room_of(name)
    if room is None:
        return
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match:
            continue
        included = match.group(1)
        if included == "report_assets.h":  # generated
            continue
        target = room_of(included)
        where = f"{name}:{number}: "
        if target is None:
            yield where + f'"{included}" is not a path from the repository root'
        elif any(name.startswith(a) and included.startswith(b) for a, b in EXCEPTIONS):
            continue
        elif target not in ALLOWED[room]:
            yield where + f"{room} must not include {target} ({included})"
        else:
            for folder, others in STRANGERS.items():
                if name.startswith(folder + "/") and included.startswith(tuple(o + "/" for o in others)):
                    yield where + f"{folder} must not include {included}"


def check_file(name, text):
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        yield f"{name}: {len(lines)} lines; split it ({MAX_LINES} is the limit)"
    if not name.endswith((".h", ".cpp", ".cu")):
        return
    if name.endswith(".h") and "#pragma once" not in lines:
        yield f"{name}: no #pragma once"
    if not text.startswith("//"):
        yield f"{name}: the file does not open with its purpose"
    if re.search(r"\b(TODO|FIXME|XXX)\b", text):
        yield f"{name}: unfinished work is left out or done, not marked"
    yield from check_includes(name, lines)
    if name.startswith(LIBRARIES):
        yield from check_locale(name, lines)
    if name.startswith("kernels/cuda/") and name not in DEVICE_HEADERS:
        yield from check_built_ins(name, lines)


def check(root):
    breaches = []
    for path in project_files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix in CODE or path.name == "CMakeLists.txt":
            breaches.extend(check_file(name, path.read_text(encoding="utf-8")))
    return breaches


def self_test():
    good = "// Purpose.\n#pragma once\n"
    cases = {  # file: (text, what the message must hold)
        "nn/long.cpp": ("// Purpose.\n" * 601, "601 lines"),
        "nn/guard.h": ("// Purpose.\n", "no #pragma once"),
        "nn/silent.h": ("#pragma once\n", "purpose"),
        "nn/later.h": (good + "// TO" "DO\n", "unfinished"),
        "tensor/up.h": (good + '#include "nn/model.h"\n', "tensor must not include nn"),
        "base/up.h": (good + '#include "kernels/view.h"\n', "must not include kernels"),
        "tune/side.h": (good + '#include "tensor/tensor.h"\n', "tune must not include tensor"),
        "tune/bridge.h": (good + '#include "tune/training/job.h"\n', "must not include tune/training"),
        "kernels/ref/side.h": (good + '#include "kernels/cpu/gemm.h"\n', "kernels/ref must not"),
        "tune/locale.cpp": ("// Purpose.\nauto x = std::strtod(text, nullptr);\n", "strtod depends"),
        "apps/report/locale.cpp": ("// Purpose.\nauto x = std::to_string(1.5);\n", "to_string depends"),
        "nn/relative.h": (good + '#include "../tensor/tensor.h"\n', "repository root"),
        "nn/short.h": (good + '#include "model.h"\n', "repository root"),
        "apps/report/test.h": (good + '#include "tests/ops/op_case.h"\n', "must not include tests"),
        "kernels/cuda/built_in.cu": ("// Purpose.\nint i = threadIdx.x;\n", "threadIdx belongs"),
        "kernels/cuda/arrows.cu": ("// Purpose.\nkernel<<<1, 1>>>();\n", "belongs into"),
        "optim/app.h": (good + '#include "apps/report/report.h"\n', "must not include apps"),
    }
    fine = {
        "nn/fine.h": good + '#include "tensor/tensor.h"\n#include <vector>\n',
        "tune/training/fine.h": good + '#include "nn/model.h"\n#include "tune/trial.h"\n',
        "apps/bench/fine.h": good + '#include "tests/ops/op_case.h"\n',
        "tests/nn/fine.cpp": '// Purpose.\n#include "nn/model.h"\n',
        "base/fine.cpp": "// Not strtod( but from_chars.\nbool b = isatty(1); auto t = fmt::to_string(1);\n",
        "apps/bench/fine.cpp": "// Purpose.\nint n = std::snprintf(text, 9, format);\n",
        "kernels/cuda/device_api.h": good + "inline int thread() { return threadIdx.x; }\n",
        "hone.h": good + '#include "tune/trial.h"\n',
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in {**{n: t for n, (t, _) in cases.items()}, **fine}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        found = check(root)
        for name, (_, message) in cases.items():
            hits = [b for b in found if b.startswith(name) and message in b]
            assert len(hits) == 1, (name, message, found)
        assert len(found) == len(cases), found
    print(f"{len(cases)} rules notice their breach")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    breaches = check(Path(sys.argv[1]).resolve())
    print("\n".join(breaches) if breaches else "No breach of the house rules")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
