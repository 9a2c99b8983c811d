#!/usr/bin/env python3
"""Which way of running a kernel finds which fault, and which does not.

  faults_test.py orders PROGRAM                  the orders of threads and streams alone
  faults_test.py sanitizers ADDRESS THREAD       programs built with a sanitizer

PROGRAM FAULT plants a fault (faults.cu). Every way is tried with some seeds: `found` is each of them, `missed`
none, a number that many. A way that begins to find more than it did is a failure, too: then the table is old.
"""
import os
import subprocess
import sys

SEEDS = range(1, 9)

# How it is run, and how a finding shows: wrong numbers (exit 1) and the emulation's own errors (66) always do.
WAYS = {
    "ordered": {},
    "shuffled": {"HONE_EMULATION_THREADS": "shuffled"},
    "starved": {"HONE_EMULATION_THREADS": "starved"},
    "lazy": {"HONE_EMULATION_STREAMS": "lazy"},
}

# None: undefined, it depends on what lies behind the array, which nobody's order decides; mostly missed.
ORDERS = {  # fault: ordered, shuffled, starved, lazy streams
    "none": (0, 0, 0, 0),
    "index_global": (None, None, None, None),
    "index_shared": (None, None, None, None),
    "barrier_before_use": (8, 8, 8, 8),
    "barrier_after_use": (8, 8, 8, 8),
    "barrier_reuse": (0, 0, 8, 0),
    "two_blocks": (0, 0, 0, 0),
    "divergent_shuffle": (8, 8, 8, 8),
    "divergent_barrier": (8, 8, 8, 8),
    "missing_event": (0, 0, 0, 8),
}

# What each sanitizer says, with the work of streams done as it is given; None: nothing. Where numbers are wrong
# or a barrier is not reached, the sanitizer's word is what counts.
SANITIZERS = {
    "none": (None, None),
    "index_global": ("heap-buffer-overflow", None),
    "index_shared": ("use-after-poison", None),
    "misaligned": ("misaligned address", None),
    "barrier_before_use": (None, "data race"),
    "barrier_after_use": (None, "data race"),
    "barrier_reuse": (None, "data race"),
    "two_blocks": (None, "data race"),
    "missing_event": (None, "data race"),
}
WORDS = ("AddressSanitizer", "runtime error", "ThreadSanitizer")


def run(program, fault, **settings):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HONE_EMULATION_")}
    environment.update(settings, ASAN_OPTIONS="detect_leaks=0", TSAN_OPTIONS="halt_on_error=1")
    done = subprocess.run([program, fault], env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def test_orders(program):
    failures = []
    print(f"{'fault':20}" + "".join(f"{way:>10}" for way in WAYS))
    for fault, expected in ORDERS.items():
        line = f"{fault:20}"
        for (way, settings), least in zip(WAYS.items(), expected):
            seeds = SEEDS if way in ("shuffled", "starved") else [1]
            results = [run(program, fault, HONE_EMULATION_SEED=str(seed), **settings) for seed in seeds]
            strange = [text for code, text in results if code not in (0, 1, 66)]
            found = sum(code != 0 for code, _ in results)
            line += f"{found:>6} of {len(seeds)}"[-10:].rjust(10)
            if least is not None and (strange or found != (len(seeds) if least else 0)):
                failures.append(f"{fault}, {way}: found {found} of {len(seeds)}{': ' if strange else ''}{strange[:1]}")
        print(line)
    return failures


def test_sanitizers(address, thread):
    failures = []
    print(f"{'fault':20}{'address and undefined behaviour':>34}{'thread':>12}")
    for fault, expected in SANITIZERS.items():
        line = f"{fault:20}"
        for program, word, width in zip((address, thread), expected, (34, 12)):
            code, text = run(program, fault)
            reported = any(each in text for each in WORDS)
            if fault == "misaligned" and program == thread:
                line += "-".rjust(width)  # it may crash there, as any program with it
                continue
            line += (word if word and word in text else "other" if reported else "-").rjust(width)
            wanted = code != 0 and word in text and "faults.cu" in text if word else not reported
            if not wanted:
                failures.append(f"{fault}, {os.path.basename(program)}: expected {word}, got exit {code}:\n{text[:2000]}")
        print(line)
    return failures


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "orders":
        failures = test_orders(sys.argv[2])
    elif len(sys.argv) == 4 and sys.argv[1] == "sanitizers":
        failures = test_sanitizers(*sys.argv[2:])
    else:
        sys.exit(__doc__)
    print("\n".join(failures) if failures else "as expected")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
