"""What the tests of fmnist_tune and hone_tune share: a small data set, PNG files, running the program.

Only Python's standard library. The data set is made here (300 training and 100 test pictures of ten
patterns, some of them with a wrong label), so that no
real data is needed and a complete run takes a second or two.
"""
import csv
import gzip
import json
import math
import os
import random
import shlex
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import zlib
from pathlib import Path

PROGRAM = ""  # set by tune_test.py

TRAIN, TEST = 300, 100
NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
         "t10k-labels-idx1-ubyte"]
RESULTS = ["study.db", "trials.csv", "best_params.json", "model.safetensors", "history.csv",
           "summary.json", "report.html"]
SMALL = ["--train-images", "96", "--epochs", "2", "--trials", "3", "--final-epochs", "2", "--batch",
         "32"]
# Keys of summary.json that tell times.
CLOCKS = ["search_seconds", "retrain_seconds", "images_per_second", "samples_per_second"]
# hone_tune has no option for the epochs and the batch of a trial: they are fixed in its space.
SPACE = {"layers": 1, "width": [4, 8], "dropout": {"low": 0.0, "high": 0.5},
         "optimizer": ["adam", "sgd"], "lr": {"low": 1e-4, "high": 0.1, "log": True}}


def program_name():
    return Path(PROGRAM).name


def speed_unit():
    return "images/s" if program_name() == "fmnist_tune" else "samples/s"


def only_fmnist_tune(test):
    """Of a test of what hone_tune has not, or has in another form."""
    def run_test(self):
        if program_name() != "fmnist_tune":
            self.skipTest("of fmnist_tune alone")
        test(self)
    run_test.__name__ = test.__name__
    return run_test


def picture(label, rng):
    """28x28 grey bytes: a bright bar whose place tells the class, on noise."""
    pixels = bytearray(rng.randrange(60) for _ in range(784))
    top, left = 2 + 5 * (label % 5), 2 + 13 * (label // 5)
    for y in range(top, top + 4):
        for x in range(left, left + 11):
            pixels[28 * y + x] = 180 + rng.randrange(70)
    return bytes(pixels)


def make_data(folder):
    """The four files, packed, as the official ones are."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(7)
    for count, images, labels in ((TRAIN, NAMES[0], NAMES[1]), (TEST, NAMES[2], NAMES[3])):
        classes = [i % 10 for i in range(count)]
        rng.shuffle(classes)
        shown = [rng.randrange(10) if rng.random() < 0.15 else label for label in classes]
        pixels = b"".join(picture(label, rng) for label in shown)
        write_gz(folder / (images + ".gz"), struct.pack(">IIII", 0x803, count, 28, 28) + pixels)
        write_gz(folder / (labels + ".gz"), struct.pack(">II", 0x801, count) + bytes(classes))


def write_gz(path, data):
    path.write_bytes(gzip.compress(data, 1, mtime=0))


def png(width, height, pixels, colour=0, depth=8):
    """A PNG file of raw rows; colour 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    row = len(pixels) // height
    raw = b"".join(b"\0" + pixels[y * row:(y + 1) * row] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def environment(**changes):
    """The caller's, without what changes the program's behaviour."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "HONE_DATA")}
    env.update(OMP_WAIT_POLICY="passive")
    env.update(changes)
    return env


def start(arguments, **options):
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("env", environment())
    program = options.pop("program", PROGRAM)
    return subprocess.Popen([program, *map(str, arguments)], text=True, errors="replace", **options)


def run(arguments, timeout=100, **options):
    process = start(arguments, **options)
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    return Result(process.returncode, out or "", err or "")


def wait_for(condition, what, seconds=60):
    """Looks often, so that a signal meets the moment that the test wants."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.002)
    raise AssertionError(f"waited {seconds} s for {what}")


class Lines:
    """The lines of a running program as they come."""

    def __init__(self, process):
        self.process, self.text = process, ""
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.text += line

    def wait(self, part, seconds=60):
        wait_for(lambda: part in self.text or self.process.poll() is not None, repr(part), seconds)
        if part not in self.text:
            raise AssertionError(f"the program ended without {part!r}:\n{self.text}")

    def finish(self, seconds=60):
        """The exit code, with everything read."""
        code = self.process.wait(seconds)
        self.thread.join(10)
        return code


def results():
    """The files that a whole run leaves."""
    return RESULTS + (["space.json"] if program_name() == "hone_tune" else [])


class Case(unittest.TestCase):
    """A folder of its own per test, the data set once per process."""

    data = None
    undisturbed = None  # results of self.complete(), made once
    longMessage = True

    @classmethod
    def setUpClass(cls):
        if Case.data is None:
            Case.temporary = tempfile.TemporaryDirectory(prefix="tune.")
            Case.data = Path(Case.temporary.name) / "data"
            make_data(Case.data)
            unittest.addModuleCleanup(Case.drop_data)

    @classmethod
    def drop_data(cls):
        Case.temporary.cleanup()
        Case.data = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tune.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = self.folder / "out"

    def command(self, *extra, out=None, small=SMALL):
        """The arguments of a small run; a later option wins over an earlier one."""
        options = {}
        flags = []
        words = [str(word) for word in (*small, *extra)]
        while words:
            word = words.pop(0)
            if words and not words[0].startswith("--"):
                options[word] = words.pop(0)
            else:
                flags.append(word)
        if "--no-retrain" in flags:
            options.pop("--final-epochs", None)  # which it refuses
        options.setdefault("--data", str(self.data))
        options.setdefault("--out", str(out or self.out))
        if program_name() == "hone_tune":
            return self.own_words(options) + flags
        return [word for pair in options.items() for word in pair] + flags

    def own_words(self, options):
        """The same for hone_tune: 150 of the 300 pictures train."""
        fixed = {key: int(options.pop(f"--{key}", 20)) for key in ("epochs", "batch")}
        options.pop("--train-images", None)
        space = self.folder / "space-{epochs}-{batch}.json".format(**fixed)
        space.write_text(json.dumps(SPACE | fixed))
        options |= {"--space": str(space), "--validation": "0.5"}
        data = options.pop("--data")
        return [data] + [word for pair in options.items() for word in pair]

    def tune(self, *extra, out=None, **options):
        return run(self.command(*extra, out=out), **options)

    def complete(self, *extra, out=None, **options):
        """A run that must end well."""
        result = self.tune(*extra, out=out, **options)
        self.assertEqual(result.code, 0, str(result))
        return result

    def refused(self, result, code, *parts):
        """One message on stderr, with this exit code and these parts, and nothing that crashed."""
        self.assertEqual(result.code, code, str(result))
        begin = program_name() + ": "
        self.assertTrue(result.err.startswith(begin), str(result))
        self.assertEqual(result.err.count("\n" + begin), 0, str(result))
        for part in parts:
            self.assertIn(part, result.err, str(result))

    def summary(self, out=None):
        return json.loads(((out or self.out) / "summary.json").read_text())

    def results_without_clocks(self, out=None):
        """What two runs of the same study must have in common, bit for bit."""
        out = out or self.out
        summary = self.summary(out)
        for key in CLOCKS:
            summary.pop(key, None)
        return {"summary": summary, "trials": trials(out / "study.db"),
                "history.csv": (out / "history.csv").read_text(),
                "model.safetensors": (out / "model.safetensors").read_bytes()}

    def assert_same_as_undisturbed(self):
        """The same command in a folder where nothing happened gave these results, too."""
        if Case.undisturbed is None:
            self.complete(out=self.folder / "undisturbed")
            Case.undisturbed = self.results_without_clocks(self.folder / "undisturbed")
        self.assert_same_results(Case.undisturbed, self.results_without_clocks())

    def assert_same_results(self, a, b):
        for key in a:
            self.assertTrue(a[key] == b[key], f"{key} differs:\n{str(a[key])[:3000]}\n"
                                              f"{str(b[key])[:3000]}")


def database(path):
    """Read-only, and never changed by looking."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
    return connection


def trials(path):
    """[(number, state, value, params, intermediate values)] of a study database."""
    connection = database(path)
    try:
        rows = connection.execute("SELECT trial_id, number, state FROM trials ORDER BY number")
        result = []
        for trial, number, state in rows.fetchall():
            def column(sql):
                return connection.execute(sql, (trial,)).fetchall()
            values = column("SELECT value FROM trial_values WHERE trial_id=?")
            params = column("SELECT param_name, param_value FROM trial_params WHERE trial_id=? "
                            "ORDER BY param_name")
            steps = column("SELECT step, intermediate_value FROM trial_intermediate_values "
                           "WHERE trial_id=? ORDER BY step")
            result.append((number, state, values, params, steps))
        return result
    finally:
        connection.close()


def user_attributes(path, number):
    connection = database(path)
    try:
        return {key: json.loads(value) for key, value in connection.execute(
            "SELECT a.key, a.value_json FROM trial_user_attributes a JOIN trials t "
            "ON t.trial_id=a.trial_id WHERE t.number=?", (number,))}
    finally:
        connection.close()


def trials_csv(out):
    with open(out / "trials.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def shell_words(text):
    return shlex.split(text)
