#!/usr/bin/env python3
"""End-to-end tests of hone_tune: hone_tune_test.py PROGRAM."""
import contextlib
import csv
import io
import json
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
import unittest
import zipfile
from pathlib import Path

import harness
from own_cases import SMALL, OwnCase, Spaces, run  # noqa: F401: Spaces are tests
from table_cases import Tables  # noqa: F401


class Own(OwnCase):
    def test_a_table_is_classified_and_new_rows_are_named(self):
        data = self.table("kinds")
        result = self.tune(data, "--target", "y")
        self.assertIn("left out: note: has", result.stdout)
        self.assertIn("\n         2 classes: ", result.stdout)
        summary = self.summary()
        self.assertEqual(summary["trials"]["finished"], 3)
        self.assertGreater(summary["test_accuracy"], 0.7)
        for name in ("report.html", "model.safetensors", "history.csv", "trials.csv", "space.json"):
            self.assertTrue((self.folder / "out" / name).is_file(), name)
        self.assertRegex(result.stdout, r"test accuracy: \d+\.\d\d% \+- \d\.\d\d \(standard error\); "
                                        r"always predicting the commonest class: \d+\.\d\d%; retrained")
        self.assertGreater(summary["test_accuracy"], summary["baseline"])
        report = (self.folder / "out" / "report.html").read_text()
        self.assertIn("on 60 rows that the search never saw", report)
        self.assertIn("always predicting the commonest class", report)
        self.assertIn("Confusion matrix", report)
        new = self.folder / "new.csv"
        new.write_text("colour,size\ngreen,20\nred,90\nblue,\n")
        model = self.folder / "out"  # or the file in it
        self.assertEqual(run("predict", model, new).stdout,
                         run("predict", model / "model.safetensors", new).stdout)
        rows = list(csv.DictReader(io.StringIO(run("predict", model, new).stdout)))
        self.assertEqual([row["prediction"] for row in rows[:2]], ["small", "large"])
        self.assertEqual(len(rows), 3)
        self.assertGreater(float(rows[1]["probability"]), 0.5)

    def test_a_trial_is_trained_again_bit_for_bit(self):
        data = self.table("kinds")
        self.tune(data, "--target", "y")
        result = self.tune(data, "--target", "y", "replay", 1)
        self.assertIn("trial 1: bit-identical", result.stdout)
        result = self.tune(data, "--target", "y", "--seed", 2, "replay", 1, expect=2)
        self.assertIn("seed: 1 -> 2", result.stderr)
        self.tune(data, "--target", "y", "replay", 7, expect=2)

    def test_a_number_is_predicted_in_its_own_units(self):
        data = self.table("prices", regress=True)
        result = self.tune(data, "--target", "y", "--task", "regress")
        summary = self.summary()
        self.assertGreater(summary["test_r2"], 0.5)
        self.assertGreater(summary["test_mae"], 10)  # in units of y, not of standardised numbers
        self.assertLess(summary["test_rmse"], summary["baseline"])
        report = (self.folder / "out" / "report.html").read_text()
        self.assertRegex(result.stdout, r"validation RMSE: best \d+.*, default configuration \d+")
        self.assertRegex(result.stdout, r"test rmse: \d+.*, mae: \d+.*, r2: 0\.\d+; always predicting the mean: \d+")
        self.assertIn("test RMSE, on 60 rows that the search never saw", report)
        self.assertIn("always predicting the mean: ", report)
        self.assertIn("60 of the test rows: what was predicted over what is true", report)
        self.assertIn("Loss, rmse and learning rate by epoch.", report)
        self.assertNotRegex(report, r">accuracy<")
        new = self.folder / "new.csv"
        new.write_text("size,colour\n50,green\n")
        model = self.folder / "out" / "model.safetensors"
        value = float(run("predict", model, new).stdout.split()[1])
        self.assertGreater(value, 60000)
        self.assertLess(value, 140000)

    def test_folders_of_pictures_are_data(self):
        rng = random.Random(1)
        for name, low in (("dark", 0), ("light", 120)):
            (self.folder / "pictures" / name).mkdir(parents=True)
            for i in range(20):
                pixels = bytes(rng.randrange(low, low + 120) for _ in range(12 * 12))
                (self.folder / "pictures" / name / f"{i:02}.png").write_bytes(
                    harness.png(12, 12, pixels))
        self.tune(self.folder / "pictures", "--grey")
        (self.folder / "pictures" / "dark" / "odd.png").write_bytes(harness.png(3, 4, bytes(12)))
        message = self.tune(self.folder / "pictures", "--grey", out="odd", expect=3).stderr
        self.assertIn("odd.png: is 3 x 4 pixels", message)
        self.assertIn("--image-size N", message)
        self.assertGreater(self.summary()["test_accuracy"], 0.8)
        model = self.folder / "out" / "model.safetensors"
        result = run("predict", model, self.folder / "pictures" / "light" / "00.png")
        self.assertRegex(result.stdout, r"00\.png: light  (1\.0|0\.)\d*")

    def test_the_four_files_of_mnist_are_data(self):
        folder = self.folder / "idx"
        folder.mkdir()
        rng = random.Random(2)
        for part, count in (("train", 120), ("t10k", 40)):
            labels = bytes(i % 3 for i in range(count))
            pixels = bytes(rng.randrange(60) + 60 * label for label in labels for _ in range(64))
            (folder / f"{part}-images-idx3-ubyte").write_bytes(
                struct.pack(">4I", 2051, count, 8, 8) + pixels)
            (folder / f"{part}-labels-idx1-ubyte").write_bytes(
                struct.pack(">2I", 2049, count) + labels)
        (folder / "classes.txt").write_text("one\ntwo\nthree\n")
        self.tune(folder)
        summary = self.summary()
        self.assertEqual(summary["test_samples"], 40)  # the set's own test part
        self.assertGreater(summary["test_accuracy"], 0.6)
        self.assertIn("on 40 pictures that", (self.folder / "out" / "report.html").read_text())
        picture = self.folder / "new.png"
        picture.write_bytes(harness.png(8, 8, bytes([150] * 64)))
        self.assertRegex(run("predict", self.folder / "out", picture).stdout, r"new\.png: three  ")

    def npz(self, name, **arrays):
        """Arrays as NumPy's savez writes them: name -> (type, shape, values)."""
        path = self.folder / name
        with zipfile.ZipFile(path, "w") as file:
            for key, (kind, shape, values) in arrays.items():
                text = f"{{'descr': '{'|' if kind == 'u1' else '<'}{kind}', 'fortran_order': False, 'shape': {shape}, }}"
                head = text.encode().ljust(117) + b"\n"
                code = {"f4": "f", "f8": "d", "i8": "q", "u1": "B"}[kind]
                file.writestr(key + ".npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) +
                              head + struct.pack(f"<{len(values)}{code}", *values))
        return path

    def test_arrays_of_numpy_are_data_with_classes_or_numbers(self):
        rng = random.Random(3)
        rows = [[rng.uniform(-1, 1) for _ in range(4)] for _ in range(200)]
        flat = [value for row in rows for value in row]
        kinds = self.npz("kinds.npz", x=("f4", (200, 4), flat),
                         y=("i8", (200,), [int(row[0] > row[1]) for row in rows]))
        self.tune(kinds)
        self.assertGreater(self.summary()["test_accuracy"], 0.7)
        named = run("predict", self.folder / "out", kinds).stdout.splitlines()
        self.assertEqual((len(named), named[0]), (201, "prediction,probability"))
        table = self.folder / "rows.csv"
        table.write_text("a,b,c,d\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
        self.assertEqual([line.split(",")[0] for line in
                          run("predict", self.folder / "out", table).stdout.splitlines()],
                         [line.split(",")[0] for line in named])
        table.write_text("a,b\n1,2\n")
        self.assertIn("1 rows of 2 numbers, the model takes 4",
                      run("predict", self.folder / "out", table, expect=3).stderr)
        numbers = self.npz("numbers.npz", x=("f4", (200, 2, 2), flat),
                           y=("f4", (200, 2), [v for row in rows
                                               for v in (100 * row[0], row[1] + row[2])]))
        self.tune(numbers, "--task", "regress", out="numbers")
        summary = self.summary("numbers")
        self.assertGreater(summary["test_r2"], 0.3)
        self.assertLess(summary["test_rmse"], summary["baseline"])
        short = self.npz("short.npz", x=("f4", (200, 4), flat), y=("i8", (3,), [0, 1, 0]))
        self.assertIn("need the same number of rows", self.tune(short, out="short", expect=3).stderr)
        alone = self.npz("alone.npz", x=("f4", (200, 4), flat))
        self.assertIn("has no array 'y'; there are: x", self.tune(alone, out="alone", expect=3).stderr)

    def test_other_arrays_and_capital_names_are_in_nobodys_way(self):
        rng = random.Random(3)
        flat = [rng.uniform(-1, 1) for _ in range(240)]
        y = ("i8", (120,), [int(flat[2 * i] > 0) for i in range(120)])
        data = self.npz("data.npz", X=("f4", (120, 2), flat), Y=y)
        head = "{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }".ljust(117).encode() + b"\n"
        with zipfile.ZipFile(data, "a") as file:
            file.writestr("names.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(8))
            file.writestr("readme.txt", "what this is")
        self.tune(data)
        self.assertGreater(self.summary()["test_accuracy"], 0.7)
        answers = run("predict", self.folder / "out", data).stdout
        self.assertEqual(len(answers.splitlines()), 121)
        both = self.npz("both.npz", x=("f4", (120, 2), flat), X=("f4", (1, 1), [0]), y=y)
        self.assertEqual(run("predict", self.folder / "out", both).stdout, answers)
        none = self.npz("none.npz", samples=("f4", (120, 2), flat), y=y)
        for program in (lambda: self.tune(none, out="none", expect=3),
                        lambda: run("predict", self.folder / "out", none, expect=3)):
            self.assertIn("none.npz: has no array 'x'; there are: samples, y", program().stderr)

    def test_arrays_whose_numbers_32_bits_do_not_hold_are_told(self):
        rng = random.Random(3)
        flat = [rng.uniform(-1, 1) for _ in range(240)]
        for scale, word in ((1e-60, "y goes from"), (1e37, "too far apart")):
            data = self.npz("a.npz", x=("f8", (120, 2), flat), y=("f8", (120,), [scale * v for v in flat[:120]]))
            message = self.tune(data, "--task", "regress", out="none", expect=3).stderr
            self.assertIn("a.npz: y goes from", message)
            self.assertIn(word, message)
        x = [v for i in range(120) for v in (1_700_000_000 + i, i, 1_700_000_000 - i)]
        said = self.tune(self.npz("a.npz", x=("i8", (120, 3), x), y=("f8", (120,), flat[:120])),
                         "--task", "regress", trials=1).stdout
        self.assertIn("a.npz: x, value 1 of a row goes from 1700000000 to 1700000119: as 32-bit", said)
        self.assertIn("matter; 1 more are so", said)

    def pictures(self, kind, count=120):
        """Grey pictures of 10 x 12, dark or light, and which they are."""
        rng = random.Random(5)
        y = [rng.randrange(2) for _ in range(count)]
        scale = 1 if kind == "u1" else 1 / 255
        return y, [scale * (rng.randrange(100) + 120 * one) for one in y for _ in range(120)]

    def test_pictures_in_arrays_are_taken_as_pictures(self):
        for kind, word in (("u1", ", in bytes"), ("f4", "")):
            y, x = self.pictures(kind)
            data = self.npz(kind + ".npz", x=(kind, (120, 10, 12), x), y=("i8", (120,), y))
            result = self.tune(data, out=kind)
            self.assertIn(f"x [120, 10, 12] holds grey pictures of 12 x 10{word}; --arrays vectors",
                          result.stdout)
            self.assertIn("conv2d_1", result.stdout)
            self.assertGreater(self.summary(kind)["test_accuracy"], 0.9)
            rows = run("predict", self.folder / kind, data).stdout.splitlines()
            right = sum(row.startswith(f"{label},") for row, label in zip(rows[1:], y))
            self.assertGreater(right, 110)
        report = (self.folder / "u1" / "report.html").read_text()
        self.assertIn("What it confuses", report)
        # A file of a picture is bytes: the model of bytes names it, that of numbers says why not.
        light = self.folder / "light.png"
        light.write_bytes(harness.png(12, 10, bytes([200] * 120)))
        self.assertRegex(run("predict", self.folder / "u1", light).stdout, "light.png: 1  ")
        self.assertIn("arrays of numbers", run("predict", self.folder / "f4", light, expect=2).stderr)
        numbers = self.folder / "f4.npz"
        self.assertIn("x:", run("predict", self.folder / "u1", numbers, expect=3).stderr)

    def test_arrays_are_what_the_option_says(self):
        y, x = self.pictures("u1")
        data = self.npz("data.npz", x=("u1", (120, 10, 12), x), y=("i8", (120,), y))
        result = self.tune(data, "--arrays", "vectors")
        self.assertIn("x [120, 10, 12] holds 120 numbers a row, without their places", result.stdout)
        self.assertIn("linear_1", result.stdout)
        self.assertNotIn("conv2d", result.stdout)
        self.assertIn("data: 120 samples", self.tune(data, expect=2).stderr)  # another study
        run(self.folder / "data.npz", "replay", 0, "--arrays", "vectors", "--out", self.folder / "out",
            "--space", self.folder / "out" / "space.json")
        self.tune(data, "--task", "regress", out="values")  # of pictures, too
        self.assertLess(self.summary("values")["test_rmse"], self.summary("values")["baseline"])
        wide = self.npz("wide.npz", x=("u1", (10, 12, 10, 12), x), y=("i8", (10,), y[:10]))
        self.assertIn("--arrays pictures: x is [10, 12, 10, 12]",
                      self.tune(wide, "--arrays", "pictures", out="wide", expect=2).stderr)
        table = self.table("kinds", rows=20)
        self.assertIn("--arrays is for .npz files and .npy files; ",
                      self.tune(table, "--target", "y", "--arrays", "vectors", out="t", expect=2).stderr)

    def npy(self, name, kind, shape, values):
        """One array, as NumPy's save writes it."""
        archive = self.npz(name + ".npz", a=(kind, shape, values))
        with zipfile.ZipFile(archive) as file:
            (self.folder / name).write_bytes(file.read("a.npy"))
        archive.unlink()
        return self.folder / name

    def idx(self, folder, test_value=0):
        (self.folder / folder).mkdir(exist_ok=True)
        for part, count in (("train", 60), ("t10k", 20)):
            labels = bytes(i % 2 for i in range(count))
            more = test_value if part == "t10k" else 0
            pixels = bytes(100 * label + i % 7 + more for label in labels for i in range(64))
            (self.folder / folder / f"{part}-images-idx3-ubyte").write_bytes(
                struct.pack(">4I", 2051, count, 8, 8) + pixels)
            (self.folder / folder / f"{part}-labels-idx1-ubyte").write_bytes(
                struct.pack(">2I", 2049, count) + labels)
        return self.folder / folder

    def grey_pictures(self, names=("dark", "light"), folder="pictures", count=12):
        rng = random.Random(1)
        for k, name in enumerate(names):
            (self.folder / folder / name).mkdir(parents=True)
            for i in range(count):
                pixels = bytes(rng.randrange(100 * k, 100 * k + 100) for _ in range(64))
                (self.folder / folder / name / f"{i:02}.png").write_bytes(harness.png(8, 8, pixels))
        return self.folder / folder

    def test_names_belong_to_the_data_of_a_study(self):
        """What the numbers mean may not change under a study: classes, columns, categories."""
        refused = lambda data, *options, out: self.tune(data, *options, out=out, trials=1,
                                                        expect=2).stderr
        table = self.table("kinds", rows=60)
        whole = table.read_text()
        self.tune(table, "--target", "y", trials=1)
        for old, new in (("small", "tiny"), ("large", "small_too"), ("size,", "length,"),
                         ("green", "greens")):
            table.write_text(whole.replace(old, new))
            message = refused(table, "--target", "y", out="out")
            self.assertIn("data names: ", message, (old, new))
        table.write_text(whole)
        self.assertIn("is finished", self.tune(table, "--target", "y", trials=1).stdout)
        # Two columns change their names with each other, and nothing else does.
        rows = ["a,b,y"] + [f"{i % 7},{i % 7},{'pq'[i % 2]}" for i in range(40)]
        table.write_text("\n".join(rows) + "\n")
        self.tune(table, "--target", "y", out="columns", trials=1)
        table.write_text("\n".join(["b,a,y"] + rows[1:]) + "\n")
        self.assertIn("data names: ", refused(table, "--target", "y", out="columns"))
        pictures = self.grey_pictures()
        self.tune(pictures, out="pictures-out", trials=1)
        (pictures / "light").rename(pictures / "lit")
        message = refused(pictures, out="pictures-out")
        self.assertIn("data names: dark, light, digest", message)
        self.assertIn("-> dark, lit, digest", message)

    def test_the_test_part_belongs_to_the_data_of_a_study(self):
        data = self.idx("idx")
        self.tune(data, trials=1)
        self.assertIn("is finished", self.tune(data, trials=1).stdout)
        self.idx("idx", test_value=1)
        self.assertIn("test data: 20 pictures", self.tune(data, trials=1, expect=2).stderr)
        shards = self.folder / "shards"
        shutil.copytree(Path(__file__).parent / "shards", shards)
        self.tune(shards, out="shards-out", trials=1)
        shutil.rmtree(shards / "test")
        shutil.copytree(shards / "validation", shards / "test")
        self.assertIn("test data: ", self.tune(shards, out="shards-out", trials=1, expect=2).stderr)

    def test_a_study_of_before_that_knows_no_names_goes_on_and_learns_them(self):
        data = self.table("kinds", rows=60)
        self.tune(data, "--target", "y", trials=1)
        file = self.folder / "out" / "study.db"
        with contextlib.closing(sqlite3.connect(file)) as connection:
            settings = json.loads(connection.execute(
                "SELECT settings_json FROM hone_studies").fetchone()[0])
            names = settings.pop("data names")
            connection.execute("UPDATE hone_studies SET digest = NULL, settings_json = ?",
                               [json.dumps(settings)])
            connection.commit()
        self.tune(data, "--target", "y", trials=2)
        with contextlib.closing(sqlite3.connect(file)) as connection:
            text = connection.execute("SELECT settings_json FROM hone_studies").fetchone()[0]
        self.assertEqual(json.loads(text)["data names"], names)
        data.write_text(data.read_text().replace("small", "tiny"))
        self.assertIn("data names: ", self.tune(data, "--target", "y", trials=2, expect=2).stderr)

    def test_an_option_that_would_do_nothing_for_the_data_is_refused(self):
        table, pictures, idx = self.table("kinds", rows=40), self.grey_pictures(), self.idx("idx")
        shards = Path(__file__).parent / "shards"
        npz = self.npz("a.npz", x=("f4", (2, 2), [1, 2, 3, 4]), y=("i8", (2,), [0, 1]))
        npy = self.npy("a.npy", "f4", (2, 2), [1, 2, 3, 4])
        for data, kind, options in (
                (table, "a CSV file", ("--image-size 8", "--grey", "--arrays vectors")),
                (npz, "an .npz file", ("--image-size 8", "--grey", "--target y")),
                (npy, "an .npy file", ("--image-size 8", "--grey")),
                (pictures, "a folder of pictures", ("--target y", "--arrays vectors", "--task regress")),
                (idx, "a folder of IDX files", ("--target y", "--grey", "--image-size 8", "--test 0.2",
                                                "--task regress", "--arrays vectors")),
                (shards, "a folder of shards", ("--target y", "--grey", "--image-size 8", "--test 0.2",
                                                "--validation 0.2", "--arrays pictures"))):
            for option in options:
                message = self.tune(data, *option.split(), out="none", expect=2).stderr
                name = option if option == "--task regress" else option.split()[0]
                self.assertIn(f"{name} is for ", message)
                self.assertIn(f"; {data} is {kind}", message)
        self.assertFalse((self.folder / "none").exists())

    def test_two_arrays_in_files_of_their_own_are_data(self):
        rng = random.Random(4)
        rows = [[rng.uniform(-1, 1) for _ in range(4)] for _ in range(120)]
        flat = [value for row in rows for value in row]
        x = self.npy("X.npy", "f4", (120, 4), flat)
        y = self.npy("y.npy", "i8", (120,), [int(row[0] > row[1]) for row in rows])
        self.tune(x, "--target", y)
        self.assertGreater(self.summary()["test_accuracy"], 0.7)
        named = run("predict", self.folder / "out", x).stdout.splitlines()
        self.assertEqual((len(named), named[0]), (121, "prediction,probability"))
        # The same arrays in another place are the same study, other classes are another one.
        (self.folder / "moved").mkdir()
        moved = shutil.move(y, self.folder / "moved" / "y.npy")
        self.assertIn("is finished", self.tune(x, "--target", moved).stdout)
        run(x, "--target", moved, "--space", self.folder / "space.json", "--out", self.folder / "out",
            "replay", 1)
        other = self.npy("other.npy", "i8", (120,), [int(row[0] > row[2]) for row in rows])
        self.assertIn("data: 120 samples", self.tune(x, "--target", other, expect=2).stderr)
        values = self.npy("values.npy", "f4", (120, 2), [v for row in rows for v in (row[0], 9 * row[3])])
        self.tune(x, "--target", values, "--task", "regress", out="values")
        answers = run("predict", self.folder / "values", x).stdout.splitlines()
        self.assertEqual(answers[0], "y_0,y_1")  # a column for each value
        self.assertEqual({len(line.split(",")) for line in answers}, {2})
        for target, word, code in (("", "--target is missing", 2), ("y", "names a .npy file", 2),
                                   (self.folder / "none.npy", "none.npy: there is no such file", 3),
                                   (self.npy("short.npy", "i8", (3,), [0, 1, 0]), "same number of rows", 3)):
            options = ("--target", target) if target else ()
            self.assertIn(word, self.tune(x, *options, out="none", expect=code).stderr)

    def test_classes_that_cannot_be_learned_are_refused(self):
        x = ("f4", (30, 1), [float(i) for i in range(30)])
        for y, words in (([2] * 30, "y: has one class alone, '2'"), ([1] * 30, "y: has one class alone, '1'"), ([0] * 30, "y: has one class alone, '0'"),
                         ([0] * 20 + [3] * 10, "y: has no sample of the class '1'"),
                         ([0] * 29 + [1], "y: of the class '1', which 1 samples have, none is left")):
            data = self.npz("a.npz", x=x, y=("i8", (30,), y))
            self.assertIn("a.npz: " + words, self.tune(data, "--test", 0.6, out="none", expect=3).stderr)
        table = self.folder / "one.csv"
        table.write_text("a,y\n" + "1,p\n" * 20)
        self.assertIn("one.csv: has one class alone, 'p'", self.tune(table, "--target", "y", out="none",
                                                                     expect=3).stderr)
        pictures = self.grey_pictures()
        (pictures / "none").mkdir()
        self.assertIn("has no sample of the class 'none'", self.tune(pictures, out="none", expect=3).stderr)

    def test_numbers_that_are_none_are_named_with_file_row_and_column(self):
        nan, huge = float("nan"), 1e300
        y = ("i8", (12,), [0, 1] * 6)
        for x, words in ((("f4", (12, 3), [1.0] * 16 + [nan] + [1.0] * 19), "x: row 6, value 2 is nan"),
                         (("f8", (12, 1), [1.0] * 11 + [huge]), "x: row 12 is 1e+300, too large")):
            data = self.npz("a.npz", x=x, y=y)
            self.assertIn("a.npz: " + words, self.tune(data, out="none", expect=3).stderr)
        data = self.npz("a.npz", x=("f4", (12, 1), [float(i) for i in range(12)]),
                        y=("f4", (12,), [1.0] * 3 + [nan] + [2.0] * 8))
        self.assertIn("a.npz: y: row 4 is nan", self.tune(data, "--task", "regress", out="none", expect=3).stderr)
        self.assertIn("a.npz: y: row 4 is nan", self.tune(data, out="none", expect=3).stderr)
        table = self.folder / "t.csv"
        table.write_text('a,text,y\n' + '1,"two\nlines",3\n' * 12 + "1e300,x,3\n2,x,1\n")
        self.assertIn("t.csv: line 26: the column 'a' holds a number that is too large",
                      self.tune(table, "--target", "y", out="none", expect=3).stderr)
        table.write_text("a,y\n" + "1,3\n" * 12 + "1,1e300\n")
        self.assertIn("t.csv: line 14: the target 'y' is 1e+300",
                      self.tune(table, "--target", "y", "--task", "regress", out="none", expect=3).stderr)
        self.assertIn("t.csv: there is no column 'z'",
                      self.tune(table, "--target", "z", out="none", expect=2).stderr)

    def test_new_rows_that_do_not_fit_a_model_are_refused_with_file_and_place(self):
        self.tune(self.table("kinds", rows=60), "--target", "y", trials=1)
        new = self.folder / "new.csv"
        refused = lambda model, text: (new.write_text(text),
                                       run("predict", self.folder / model, new, expect=3).stderr)[1]
        self.assertIn("new.csv: the column 'size' is missing", refused("out", "colour\nred\n"))
        self.assertIn("new.csv: the column 'size' holds texts", refused("out", "colour,size\nred,big\n"))
        self.assertIn("new.csv: line 3: the column 'size' holds a number", refused("out", "colour,note,size\nred,a,1\nred,a,1e300\n"))
        x = [float(i % 5) for i in range(80)]
        self.tune(self.npz("a.npz", x=("f4", (40, 2), x), y=("i8", (40,), [int(x[2 * i] > 2) for i in range(40)])),
                  out="arrays", trials=1)
        self.assertIn("new.csv: line 3: the column 'b' has no value", refused("arrays", "a,b\n1,2\n3,\n"))
        self.assertIn("new.csv: line 2: the column 'a' holds a number", refused("arrays", "a,b\n1e200,2\n"))
        bad = self.npz("bad.npz", x=("f4", (2, 2), [1.0, 2.0, float("inf"), 1.0]))
        self.assertIn("bad.npz: x: row 2, value 1 is inf",
                      run("predict", self.folder / "arrays", bad, expect=3).stderr)

    def test_advice_is_given_where_it_helps(self):
        pictures = self.grey_pictures()
        (pictures / "dark" / "notes.txt").write_text("hello")
        message = self.tune(pictures, out="none", expect=3).stderr
        self.assertIn("notes.txt: is neither a PNG nor a JPEG file", message)
        self.assertNotIn("--image-size", message)
        table = self.table("kinds", rows=40)
        for space in ({"lr": [0.1, 0.1]}, {"lr": {"low": 2, "high": 1}}, {"optimizer": ["adam", "adam"]}):
            message = self.tune_with(table, space, out="none", expect=3).stderr
            self.assertIn("space.json: " + next(iter(space)), message)

    def test_sets_of_shards_are_data_and_the_training_part_stays_on_disk(self):
        # Three columns, the class says whether the target is above 0; written by write_shards.
        data = self.folder / "shards"
        shutil.copytree(Path(__file__).parent / "shards", data)
        result = self.tune(data)
        self.assertIn("the training part stays on the disk, in shards of 64", result.stdout)
        summary = self.summary()
        self.assertEqual(summary["test_samples"], 40)
        self.assertGreater(summary["test_accuracy"], summary["baseline"])
        self.tune(data, "--task", "regress", out="numbers")
        summary = self.summary("numbers")
        self.assertLess(summary["test_rmse"], summary["baseline"])
        shard = data / "train" / "shard-00002.safetensors"
        shard.write_bytes(shard.read_bytes()[:-1])
        error = self.tune(data, out="damaged", expect=3).stderr
        self.assertIn("shard-00002.safetensors: is damaged", error)
        shutil.rmtree(data / "test")
        self.assertIn("shards.json", self.tune(data, out="none", expect=3).stderr)

    def test_its_options_are_those_of_fmnist_tune_and_of_its_data(self):
        def options(program):
            text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60,
                                  check=True).stdout
            return set(re.findall(r"^ +(?:-\w,)?--([a-z-]+)", text, re.M))
        own = options(harness.PROGRAM)
        data = {"task", "target", "image-size", "grey", "arrays", "validation", "test", "space",
                "drop", "delimiter", "decimal"}
        self.assertLessEqual(data, own)
        other = Path(harness.PROGRAM).with_name("fmnist_tune")
        if not other.exists():
            self.skipTest("fmnist_tune is not built beside hone_tune")
        preset = {"preset", "data", "classes", "epochs", "train-images", "batch"}
        self.assertEqual(own - data, options(other) - preset)

    def test_an_interrupted_run_goes_on_and_gives_the_same_numbers(self):
        data = self.table("kinds")
        self.tune(data, "--target", "y", out="whole", trials=4)
        arguments = [harness.PROGRAM, data, "--target", "y", "--space", self.folder / "space.json",
                     "--trials", "4", "--out", self.folder / "out", "--threads", "1"]
        for wait in (0.1, 0.2, 0.3):
            program = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, env=harness.environment())
            time.sleep(wait)
            program.send_signal(signal.SIGKILL)
            program.wait()
        self.tune(data, "--target", "y", trials=4)
        self.assertEqual(self.numbers(), self.numbers("whole"))

    def test_bad_input_is_refused_with_what_to_do(self):
        data = self.table("kinds", rows=40)
        self.assertIn("--target is missing", self.tune(data, expect=2).stderr)
        self.assertIn("there is no column 'x'", self.tune(data, "--target", "x", expect=2).stderr)
        self.assertIn("holds texts", self.tune(data, "--target", "y", "--task", "regress",
                                               expect=3).stderr)
        self.assertIn("40 different texts in 40 rows, too many to be classes",
                      self.tune(data, "--target", "note", expect=3).stderr)
        (self.folder / "space.json").write_text('{"layers": 1, "depth": 3}')
        self.assertIn("space.json: depth: is no key",
                      self.tune(data, "--target", "y", expect=3).stderr)
        (self.folder / "space.json").write_text('{"lr": {"low": 1, "high": 0.1}}')
        self.assertIn("lr", self.tune(data, "--target", "y", expect=3).stderr)
        self.assertFalse((self.folder / "out").exists())
        self.assertIn("DATA is missing", run(expect=2).stderr)
        for option, value, part in (("--sampler", "annealing", "annealing"), ("--pruner", "sharp", "sharp"),
                                    ("--trials", "0x3", "0x3"), ("--lag", "0", "--lag"),
                                    ("--timeout", "nan", "--timeout"), ("--jobs", "5", "at most 4"),
                                    ("--storage", "mysql://host/db", "sqlite:///"),
                                    ("--test", "0.8", "leave nothing to train on")):
            message = self.tune_with(data, {}, option, value, expect=2).stderr
            self.assertIn(part, message)
            self.assertFalse((self.folder / "out" / "study.db").exists())
        self.assertIn("no such file or folder", self.tune(self.folder / "absent", expect=3).stderr)
        self.assertIn("--target is for CSV files and .npy files; ",
                      self.tune(self.folder, "--target", "y", expect=2).stderr)
        # Its keys are those of the page about them.
        message = self.tune_with(data, {"depth": 3}, expect=3).stderr
        keys = message.split("there are: ")[1].strip().split(", ")
        page = (Path(__file__).parents[2] / "docs" / "space.md").read_text()
        self.assertEqual(re.findall(r"^\| `(\w+)` \|", page, re.M), keys)
        number = self.table("numbers", rows=40, regress=True)
        self.assertIn("is this --task regress?", self.tune_with(number, {}, expect=3).stderr)
        message = self.tune_with(data, {}, "--max-parameters", 1, out="none", expect=2).stderr
        self.assertIn("at most 1 are wanted", message)
        message = self.tune_with(data, {}, "--max-memory", "2KiB", out="small", expect=2).stderr
        self.assertIn("of memory, at most 2 KiB are wanted", message)
        self.assertIn("label_smoothing: is for --task classify",
                      self.tune_with(number, {"label_smoothing": 0.1}, "--task", "regress",
                                     expect=3).stderr)
        # Another space is another study.
        (self.folder / "space.json").write_text(json.dumps(SMALL))
        self.tune(data, "--target", "y", trials=1)
        (self.folder / "space.json").write_text(json.dumps(SMALL | {"epochs": 2}))
        self.assertIn("space", self.tune(data, "--target", "y", expect=2).stderr)


if __name__ == "__main__":
    harness.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
