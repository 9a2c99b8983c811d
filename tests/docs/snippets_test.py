#!/usr/bin/env python3
"""Every C++ block of the documents is code that is compiled.

  snippets_test.py ROOT COMPILE_COMMANDS   checks the documents of the tree
  snippets_test.py --self-test             checks that each kind of breach is noticed

The line before a block of C++ names the file that holds it:

    <!-- compiled: apps/train_lenet.cpp -->
    ```cpp
    nn::Model model(...);
    ```

A page of the guide may add `, as main.cpp`: how the reader's file is called (tests/docs/guide/guide_test.py).
The block's lines must stand in that file, in one piece and literally but for the indentation; a line
`// ...` in the block stands for lines left out. The file must be one that the build compiles.
"""
import json
import re
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"(?:^(?P<before>[^\n]*)\n)?^```(?:cpp|c\+\+|C\+\+)[^\n]*\n(?P<code>.*?)^```", re.M | re.S)
MARK = re.compile(r"<!-- compiled: (\S+?)(?:, as \S+)? -->")


def pieces(lines):
    """The lines of a block in pieces, split at `// ...`; blank lines and indentation do not count."""
    result = [[]]
    for line in lines:
        if line.strip() == "// ...":
            result.append([])
        elif line.strip():
            result[-1].append(line.strip())
    return [piece for piece in result if piece]


def holds(source, block):
    """Whether the pieces of the block stand in the source one after the other."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    start = 0
    for piece in pieces(block.splitlines()):
        for at in range(start, len(lines) - len(piece) + 1):
            if lines[at : at + len(piece)] == piece:
                start = at + len(piece)
                break
        else:
            return False
    return True


def documents(root):
    return sorted(root.glob("*.md")) + sorted((root / "docs").glob("**/*.md"))


def check(root, compiled):
    breaches, count = [], 0
    for page in documents(root):
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            count += 1
            number = text.count("\n", 0, match.start("code"))
            where = f"{page.relative_to(root)}:{number}: "
            mark = MARK.fullmatch((match["before"] or "").strip())
            if mark is None:
                breaches.append(where + "the block does not say which compiled file holds it")
                continue
            source = (root / mark[1]).resolve()
            if not source.is_file():
                breaches.append(where + f"there is no {mark[1]}")
            elif source not in compiled:
                breaches.append(where + f"{mark[1]} is not compiled")
            elif not holds(source.read_text(encoding="utf-8"), match["code"]):
                breaches.append(where + f"the block is not literally in {mark[1]}")
    return breaches, count


def compiled_files(root, commands):
    """The sources of the build and the headers of the tree that they include."""
    entries = json.loads(Path(commands).read_text(encoding="utf-8"))
    found = set()
    pending = [(Path(entry["directory"]) / entry["file"]).resolve() for entry in entries]
    while pending:
        path = pending.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        text = path.read_text(encoding="utf-8")
        pending += [(root / name).resolve() for name in re.findall(r'^#include "([^"]+)"', text, re.M)]
    return found


def self_test():
    source = "// Purpose.\nint main() {\n  int a = 1;\n  a += 2;\n\n  return a;\n}\n"
    block = "<!-- compiled: {} -->\n```cpp\n{}\n```\n"
    cases = [  # page, part of the message or None
        (block.format("a.cpp", "int a = 1;\na += 2;\nreturn a;"), None),
        (block.format("a.cpp", "int a = 1;\n// ...\nreturn a;"), None),
        (block.format("a.cpp", "int a = 1;\nreturn a;"), "not literally"),
        (block.format("a.cpp", "return a;\n// ...\nint a = 1;"), "not literally"),
        (block.format("a.cpp, as main.cpp", "int a = 1;\na += 2;\nreturn a;"), None),
        (block.format("b.cpp", "int a = 1;"), "b.cpp is not compiled"),
        (block.format("c.cpp", "int a = 1;"), "there is no c.cpp"),
        ("Text.\n```cpp\nint a = 1;\n```\n", "does not say"),
        ("```cpp\nint a = 1;\n```\n", "does not say"),
        ("```sh\nscripts/tune\n```\n", None),
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "a.cpp").write_text(source, encoding="utf-8")
        (root / "b.cpp").write_text(source, encoding="utf-8")
        for page, message in cases:
            (root / "page.md").write_text(page, encoding="utf-8")
            found, _ = check(root, {root / "a.cpp"})
            good = not found if message is None else len(found) == 1 and message in found[0]
            assert good, (page, message, found)
    print(f"{len(cases)} pages are judged rightly")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root = Path(sys.argv[1]).resolve()
    breaches, count = check(root, compiled_files(root, sys.argv[2]))
    print("\n".join(breaches) if breaches else f"{count} blocks of C++ are compiled code")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
