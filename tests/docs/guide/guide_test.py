#!/usr/bin/env python3
"""What a page of the guide shows is what its program prints.

  guide_test.py page PAGE.md PROGRAM [FOLDER...]  runs the program (-: none) in an empty folder, then the page's
                                                  shell blocks
  guide_test.py install PAGE.md BUILD CXX         installs hone from a build folder under a HOME of its own, makes the
                                                  page's project, and types what the page says
  guide_test.py names PAGE.md ROOT                checks that the names of hone in a page's tables are in public headers
  guide_test.py --self-test                       checks that each kind of breach is noticed

The line before a block says what is done with it:

    <!-- output -->                 ```text  these lines stand, one after the other, in what the last shell block
                                             printed, or else in what the program did
    <!-- output, within 10% -->     the same; numbers may differ by so much
    <!-- output, any numbers -->    the same; numbers may be any (times, for example)
    <!-- run -->                    ```sh    typed in the folder of the program
    <!-- file: CMakeLists.txt -->   the block is a file of the reader's project
    <!-- compiled: FILE, as NAME --> the same for C++

A picture `![...](NAME.svg)` is one that the program writes. A line `...` in a block of output stands for lines left out. FOLDER...: where commands of the page are found.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^<!-- (?P<mark>[^\n]*) -->\n```(?P<kind>\w*)[^\n]*\n(?P<text>.*?)^```", re.M | re.S)
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d*)?(?:e[-+]?\d+)?")


def words_and_numbers(line):
    """The line with `#` for each number, blanks as one, and the numbers."""
    numbers = [float(n.replace(",", "")) for n in NUMBER.findall(line)]
    return " ".join(NUMBER.sub("#", line).split()), numbers


def alike(shown, printed, tolerance):
    """Whether a printed line is the shown one. tolerance: 0 exact, inf any numbers."""
    if tolerance == 0:
        return shown.rstrip() == printed.rstrip()
    words, numbers = words_and_numbers(shown)
    other_words, others = words_and_numbers(printed)
    close = all(abs(a - b) <= tolerance * max(abs(a), abs(b)) for a, b in zip(numbers, others))
    return words == other_words and (tolerance == float("inf") or close)


def pieces(block):
    result = [[]]
    for line in block.splitlines():
        if line.strip() == "...":
            result.append([])
        else:
            result[-1].append(line)
    return [piece for piece in result if piece]


def find(block, output, start, tolerance):
    """The line behind the block in the output, None when it is not there."""
    lines = output.splitlines()
    for piece in pieces(block):
        for at in range(start, len(lines) - len(piece) + 1):
            if all(alike(a, b, tolerance) for a, b in zip(piece, lines[at:])):
                start = at + len(piece)
                break
        else:
            return None
    return start


def tolerance_of(mark):
    if mark == "output":
        return 0
    if mark == "output, any numbers":
        return float("inf")
    match = re.fullmatch(r"output, within (\d+)%", mark)
    return int(match[1]) / 100 if match else None


def blocks(page):
    return [(m["mark"], m["text"]) for m in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def run(command, folder, environment):
    done = subprocess.run(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=280)
    return done.returncode, done.stdout


def write_files(page, folder):
    for mark, text in blocks(page):
        name = re.fullmatch(r"file: (\S+)|compiled: \S+, as (\S+)", mark)
        if name:
            (folder / (name[1] or name[2])).write_text(text, encoding="utf-8")


def check(page, output, folder, environment):
    """Goes through the page; returns what is wrong."""
    breaches, seen = [], 0
    streams = [["", 0], [output, 0]]  # of the last shell block, of the program: text, lines that were shown
    for mark, text in blocks(page):
        if mark == "run":
            code, printed = run(["bash", "-euc", text], folder, environment)
            streams[0] = [printed, 0]
            if code != 0:
                breaches.append(f"{page.name}: the shell ends with {code}:\n{text}{printed}")
        if not mark.startswith("output"):
            continue
        seen += 1
        tolerance = tolerance_of(mark)
        if tolerance is None:
            breaches.append(f"{page.name}: what does `{mark}` mean?")
            continue
        for stream in streams:
            end = find(text, stream[0], stream[1], tolerance)
            if end is not None:
                stream[1] = end
                break
        else:
            shown = "\n".join(stream[0] for stream in streams)
            breaches.append(f"{page.name}: this is not what is printed:\n{text}\nbut:\n{shown}")
    for name in re.findall(r"\]\(([\w-]+\.svg)\)", page.read_text(encoding="utf-8")):
        if not (Path(folder) / name).is_file():
            breaches.append(f"{page.name}: the program writes no {name}")
    if not seen:
        breaches.append(f"{page.name}: shows no output")
    return breaches


def headers(root):
    """The text of hone.h and of all that it includes."""
    pending, seen, text = ["hone.h", "apps/report/report.h", "apps/report/inside.h"], set(), ""
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        source = (root / name).read_text(encoding="utf-8")
        text += source
        pending += re.findall(r'^#include "([^"]+)"', source, re.M)
    return text


def unknown_names(page, known):
    """Names `a::b::c` of the last column of the page's tables, and members `.x` set there, that no header has."""
    missing = []
    for line in page.splitlines():
        cells = line.split("|")
        if len(cells) < 4 or not line.startswith("|"):
            continue
        code = " ".join(re.findall(r"`([^`]*)`", cells[-2]))
        names = re.findall(r"::(\w+)", code) + re.findall(r"(?<![\w)])\.(\w+)", code) + re.findall(r"(\w+)\(", code)
        missing += [n for n in names if not re.search(rf"\b{n}\b", known)]
    return missing


def self_test():
    page = "<!-- output -->\n```text\na 1\n...\nb 2.5 ms\n```\n"
    cases = [  # page, output, whether it is right
        (page, "a 1\nx\nb 2.5 ms\n", True),
        (page, "a 1\nx\nb 2.6 ms\n", False),
        (page, "b 2.5 ms\na 1\n", False),
        (page.replace("output", "output, within 10%"), "a 1\nb 2.6 ms\n", True),
        (page.replace("output", "output, within 10%"), "a 1\nb 2.9 ms\n", False),
        (page.replace("output", "output, any numbers"), "a 7\nb   290 ms\n", True),
        (page.replace("output", "output, any numbers"), "a 7\nb 290 s\n", False),
        (page.replace("output", "output, perhaps"), "a 1\nb 2.5 ms\n", False),
        (page + "![A](b.svg)\n", "a 1\nb 2.5 ms\n", False),
        ("no block\n", "a 1\n", False),
        ("<!-- run -->\n```sh\necho c 3\n```\n<!-- output -->\n```text\nc 3\n```\n", "", True),
        ("<!-- run -->\n```sh\nfalse\n```\n<!-- output -->\n```text\nc 3\n```\n", "c 3\n", False),
    ]
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "page.md"
        for text, output, right in cases:
            file.write_text(text, encoding="utf-8")
            found = check(file, output, name, dict(os.environ))
            assert (not found) == right, (text, output, found)
    table = "| a | `nn::Conv2d{.out = 1}`, `ops::none(x)` |\n"
    assert unknown_names(table, "struct Conv2d { int out; };") == ["none", "none"]
    print(f"{len(cases)} pages are judged rightly")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) == 4 and sys.argv[1] == "names":
        missing = unknown_names(Path(sys.argv[2]).read_text(encoding="utf-8"), headers(Path(sys.argv[3])))
        print("not in a public header: " + ", ".join(missing) if missing else "every name is in a public header")
        sys.exit(1 if missing else 0)
    if len(sys.argv) < 4 or sys.argv[1] not in ("page", "install"):
        sys.exit(__doc__)
    page = Path(sys.argv[2])
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if sys.argv[1] == "page":
            path = [str(Path(f).resolve()) for f in sys.argv[4:]]
            environment["PATH"] = os.pathsep.join(path + [environment["PATH"]])
            program = sys.argv[3]
            code, output = (0, "") if program == "-" else run([str(Path(program).resolve())], folder, environment)
            if code != 0:
                sys.exit(f"{sys.argv[3]} ends with {code}:\n{output}")
        else:
            environment.update(HOME=name, CXX=sys.argv[4])
            code, output = run(["cmake", "--install", str(Path(sys.argv[3]).resolve()), "--prefix", f"{name}/.local", "--component",
                                "hone_libraries"], folder, environment)
            if code != 0:
                sys.exit(output)
            folder = folder / "shapes"
            folder.mkdir()
            write_files(page, folder)
        breaches = check(page, output, folder, environment)
    print("\n".join(breaches) if breaches else f"{page.name} shows what is printed")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
