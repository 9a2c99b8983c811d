"""The command line, the data files and the settings: what is refused, how, and what works."""
import gzip
import os
import re
import shutil
import struct
import subprocess

import harness
from harness import NAMES, Case, run, trials, trials_csv, write_gz


class Options(Case):
    NAMES = ["preset", "data", "classes", "device", "math", "lag", "threads", "trials", "epochs", "train-images", "batch",
             "timeout", "jobs", "fuse", "sampler", "pruner", "storage", "study", "seed", "out",
             "final-epochs", "no-retrain", "fresh", "take-over", "quiet", "max-parameters", "max-flops", "max-memory", "max-seconds", "cost",
             "reruns", "rerun-seeds"]

    def test_help_explains_every_option(self):
        result = run(["--help"])
        self.assertEqual((result.code, result.err), (0, ""))
        for name in self.NAMES:
            self.assertRegex(result.out, rf"--{name}\b[^\n]*\s+\w+", name)
        self.assertEqual(set(re.findall(r"^ +(?:-\w,)?--([a-z-]+)", result.out, re.M)) -
                         {"help", "version"}, set(self.NAMES))
        self.assertIn("predict", result.out)
        for name in ("MODEL", "IMAGE"):
            self.assertIn(name, run(["predict", "--help"]).out)
        self.assertRegex(run(["--version"]).out, r"^hone \d+\.\d+\.\d+\n$")

    def test_a_wrong_command_line_is_refused_before_anything_is_written(self):
        for arguments, parts in (
                (["--nonsense"], ["--nonsense", "--help"]),
                (["surplus"], ["surplus"]),
                (["--preset", "huge"], ["--preset huge", "quick", "full", "tutorial"]),
                (["--sampler", "annealing"], ["annealing", "tpe", "random"]),
                (["--pruner", "sharp"], ["sharp", "median", "none"]),
                (["--trials", "0"], ["--trials"]), (["--trials", "-3"], ["--trials"]),
                (["--trials", "many"], ["--trials", "many"]), (["--trials"], ["--trials"]),
                (["--trials", "99999999999999999999"], ["--trials"]),
                (["--epochs", "0"], ["--epochs"]), (["--batch", "0"], ["--batch"]),
                (["--batch", "1.5"], ["--batch"]), (["--jobs", "0"], ["--jobs"]),
                (["--threads", "-1"], ["--threads"]), (["--timeout", "-1"], ["--timeout"]),
                (["--timeout", "nan"], ["--timeout"]), (["--seed", "-1"], ["--seed"]),
                (["--timeout", "inf"], ["--timeout"]), (["--timeout", "1e"], ["--timeout"]),
                (["--timeout", "0x10"], ["--timeout", "0x10"]), (["--trials", "0x10"], ["0x10"]),
                (["--trials", "1e3"], ["1e3"]), (["--trials", "+3"], ["+3"]),
                (["--trials", " 3"], ["--trials"]), (["--trials", ""], ["--trials"]),
                (["--seed", "18446744073709551616"], ["--seed"]),
                (["--trials", "4294967297"], ["--trials"]),
                (["--final-epochs", "0"], ["--final-epochs"]),
                (["--train-images", "0"], ["--train-images"]),
                (["--train-images", "151"], ["--train-images 151", "150"]),
                (["--storage", "mysql://host/db"], ["mysql://host/db", "sqlite:///"]),
                (["--storage", "x"], ["x", "sqlite:///"]),
                (["--storage", "sqlite:///"], ["sqlite:///"])):
            with self.subTest(arguments=arguments):
                result = run([*self.command(small=[]), *arguments])
                self.refused(result, 2, *parts)
                self.assertFalse((self.out / "study.db").exists())

    def test_numbers_are_decimal(self):
        self.complete("--trials", "003", "--seed", "010", "--no-retrain", "--jobs", "02")
        self.assertEqual(self.summary()["trials"]["finished"], 3)
        self.assertEqual(self.summary()["seed"], 10)

    def test_a_device_that_is_not_there_is_refused_with_the_reason(self):
        for name, reason in (("cuda:999", "device"), ("quantum", "cpu")):
            result = self.tune("--device", name)
            self.refused(result, 5, name)
            self.assertIn(reason.lower(), result.err.lower())

    def test_every_option_works_and_the_result_alone_is_printed_when_quiet(self):
        storage = self.folder / "elsewhere" / "it's a study.db"
        storage.parent.mkdir()
        result = self.complete(
            "--preset", "quick", "--device", "cpu", "--threads", 1, "--jobs", 1, "--sampler",
            "random", "--pruner", "none", "--storage", f"sqlite:///{storage}", "--study",
            'a "quoted" /name', "--seed", 18446744073709551615, "--timeout", 600, "--quiet")
        self.assertEqual(len(trials(storage)), 3)
        self.assertFalse((self.out / "study.db").exists())
        self.assertTrue(result.out.startswith("\n3 trials finished"), result.out)
        self.assertNotIn("trial   0", result.out)
        self.assertEqual(result.err, "")
        self.assertEqual(self.summary()["seed"], 18446744073709551615)

    def test_a_study_in_memory_leaves_results_and_no_database(self):
        self.complete("--storage", "memory", "--trials", 1)
        self.assertFalse((self.out / "study.db").exists())
        self.assertIsNotNone(self.summary()["test_accuracy"])

    def test_a_timeout_starts_no_further_trial_and_the_same_command_goes_on(self):
        result = self.complete("--trials", 400, "--timeout", 0.5, "--jobs", 1)
        count = self.summary()["trials"]["finished"]
        self.assertTrue(1 <= count < 100, count)
        self.assertIn("test accuracy", result.out)
        self.complete("--trials", 400, "--timeout", 0.3, "--no-retrain")
        self.assertGreater(self.summary()["trials"]["finished"], count)

    def test_a_timeout_that_leaves_no_trial_says_so(self):
        result = self.tune("--timeout", 1e-9)
        self.refused(result, 2, "no trial was completed", "--timeout")

    def test_names_of_studies_that_are_no_names_of_folders_need_an_output_folder(self):
        for name in ("a/b", "..", "."):
            self.refused(run(["--data", self.data, "--study", name], cwd=self.folder), 2, "--out")
        self.assertEqual([path.name for path in self.folder.iterdir()], [])

    def test_a_name_that_is_too_long_is_refused(self):
        self.refused(self.tune("--study", "n" * 513), 2, "512")

    # What clears the screen, sets the title, turns the reading direction, or is no UTF-8.
    EVIL = ["\x1b[2J", "\x1b]0;title\x07", "\x9b2J", "\u202e", "\r", "\n", "\x7f"]

    def assert_printable(self, *texts):
        for text in texts:
            for part in (b"\x1b", b"\x07", b"\xc2\x9b", b"\r", b"\x7f", "\u202e".encode()):
                self.assertNotIn(part, text)
            text.decode()

    def raw(self, *arguments):
        """stdout and stderr as bytes."""
        done = subprocess.run([harness.PROGRAM, *map(os.fsencode, map(str, arguments))],
                              capture_output=True, timeout=100, env=harness.environment())
        self.assert_printable(done.stdout, done.stderr)
        return done

    def test_control_characters_do_not_reach_the_terminal_from_names(self):
        name = "red" + "".join(self.EVIL)
        done = self.raw(*self.command("--study", name, "--trials", 1))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_printable((self.out / "report.html").read_bytes().replace(b"\r", b""))
        self.assertEqual(self.raw(*self.command("--study", os.fsdecode(b"\xff"))).returncode, 2)

    def test_control_characters_do_not_reach_the_terminal_from_paths_and_options(self):
        evil = "".join(self.EVIL) + os.fsdecode(b"\xff\xc0\xaf")
        data = self.folder / ("data" + evil)
        shutil.copytree(self.data, data)
        done = self.raw(*self.command("--data", data, "--trials", 1, out=self.folder / ("o" + evil)))
        self.assertEqual(done.returncode, 0, done.stderr)
        for option, code in (("--data", 3), ("--out", 4), ("--preset", 2), ("--sampler", 2),
                             ("--pruner", 2), ("--device", 5), ("--storage", 2), ("--trials", 2),
                             ("--seed", 2), ("--timeout", 2), ("--classes", 3)):
            with self.subTest(option=option):
                value = "/dev/null/" + evil if option == "--out" else evil
                self.assertEqual(self.raw(*self.command(option, value)).returncode, code)
        self.assertEqual(self.raw(evil).returncode, 2)
        self.assertEqual(self.raw("--" + evil).returncode, 2)
        self.assertEqual(self.raw("predict", evil, evil).returncode, 3)
        (self.folder / evil).write_bytes(b"no model")
        self.assertEqual(self.raw("predict", self.folder / evil, evil).returncode, 3)

    def test_the_output_folder_is_named_by_the_study(self):
        arguments = self.command("--study", "my study", "--trials", 1, "--no-retrain")
        at = arguments.index("--out")
        del arguments[at:at + 2]
        self.assertEqual(run(arguments, cwd=self.folder).code, 0)
        self.assertTrue((self.folder / "runs" / "my study" / "study.db").exists())

    def test_the_tutorial_preset_runs_as_small_as_asked(self):
        self.complete("--preset", "tutorial", "--trials", 1, "--epochs", 1, "--train-images", 8,
                      "--no-retrain")
        self.assertEqual(self.summary()["preset"], "tutorial")
        self.assertIsNone(self.summary()["default_value"])

    def test_the_full_preset_runs_as_small_as_asked(self):
        self.complete("--preset", "full", "--trials", 2, "--epochs", 1, "--train-images", 96,
                      "--final-epochs", 2)
        self.assertEqual(self.summary()["preset"], "full")
        # Trial 0 is the recipe.
        self.assertEqual(dict(trials(self.out / "study.db")[0][3]),
                         {"lr": 0.1, "weight_decay": 5e-4, "label_smoothing": 0.1})
        row = trials_csv(self.out)[0]
        self.assertEqual(row["user_attrs_parameters"], "288618")


class Settings(Case):
    def test_changed_settings_are_refused_with_their_difference(self):
        self.complete("--trials", 1, "--no-retrain")
        before = trials(self.out / "study.db")
        for option, value, lines in (
                ("--epochs", 3, ["epochs: 2 -> 3"]), ("--batch", 16, ["batch: 32 -> 16"]),
                ("--train-images", 90, ["train_images: 96 -> 90"]), ("--seed", 9, ["seed: 1 -> 9"]),
                ("--sampler", "random", ["sampler: tpe", "-> random"]),
                ("--pruner", "none", ["pruner: median", "-> none"]),
                ("--preset", "tutorial", ["preset: quick -> tutorial"])):
            with self.subTest(option=option):
                study = ["--study", "fmnist-quick"] if option == "--preset" else []
                result = self.tune("--trials", 2, option, value, *study)
                self.refused(result, 2, *lines, "--fresh")
        self.assertEqual(trials(self.out / "study.db"), before)

    def test_jobs_and_threads_may_change(self):
        self.complete("--trials", 1, "--no-retrain", "--jobs", 1, "--threads", 1)
        self.complete("--trials", 3, "--no-retrain", "--jobs", 2, "--threads", 2)
        self.complete("--trials", 4, "--no-retrain", "--jobs", 4, "--threads", 3)


    def test_other_data_of_the_same_size_is_refused(self):
        folder = self.folder / "data"
        shutil.copytree(self.data, folder)
        self.complete("--trials", 1, "--no-retrain", "--data", folder)
        path = folder / (NAMES[1] + ".gz")
        labels = bytearray(gzip.decompress(path.read_bytes()))
        labels[-1] = (labels[-1] + 1) % 10
        write_gz(path, bytes(labels))
        self.refused(self.tune("--trials", 2, "--data", folder), 2, "data: 300 training images")
        self.complete("--trials", 1, "--no-retrain")


class Data(Case):
    """Each damage to the data: exit 3 and the file by name."""

    def copy(self):
        folder = self.folder / "data"
        shutil.copytree(self.data, folder)
        return folder

    def damage(self, name, data):
        folder = self.copy()
        (folder / (name + ".gz")).write_bytes(data(folder / (name + ".gz")))
        result = self.tune("--data", folder)
        shutil.rmtree(folder)
        self.refused(result, 3, name)
        self.assertFalse((self.out / "study.db").exists())
        return result

    def test_a_folder_without_the_files_is_refused_with_their_names_and_digests(self):
        for folder in (self.folder, self.folder / "absent"):
            result = self.tune("--data", folder)
            self.refused(result, 3, str(folder), *NAMES, "scripts/fetch-data")
            self.assertEqual(len(re.findall(r"sha256 [0-9a-f]{64}", result.err)), 4)

    def test_one_missing_file_is_told(self):
        folder = self.copy()
        (folder / (NAMES[2] + ".gz")).unlink()
        self.refused(self.tune("--data", folder), 3, "1 of 4 files missing")

    def test_plain_files_do_as_well_as_packed_ones(self):
        folder = self.copy()
        for name in NAMES:
            packed = folder / (name + ".gz")
            (folder / name).write_bytes(gzip.decompress(packed.read_bytes()))
            packed.unlink()
        self.complete("--trials", 1, "--no-retrain", "--data", folder)

    def test_damaged_files_are_refused_by_name(self):
        def changed(path):
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0x55
            return bytes(data)
        self.damage(NAMES[0], changed)
        self.damage(NAMES[0], lambda path: path.read_bytes()[:-100])
        self.damage(NAMES[2], lambda path: b"")
        self.damage(NAMES[1], lambda path: path.read_bytes() + b"more")
        self.damage(NAMES[0], lambda path: gzip.compress(
            gzip.decompress(path.read_bytes())[:-1]))
        self.damage(NAMES[0], lambda path: gzip.compress(
            struct.pack(">IIII", 0x803, 0xffffffff, 0xffff, 0xffff)))

    def test_labels_that_are_no_classes_are_refused(self):
        result = self.damage(NAMES[1], lambda path: gzip.compress(
            gzip.decompress(path.read_bytes())[:-1] + b"\x0a"))
        self.assertIn("10", result.err)

    def test_files_that_do_not_fit_each_other_are_refused(self):
        self.damage(NAMES[1], lambda path: gzip.compress(
            struct.pack(">II", 0x801, 299) + gzip.decompress(path.read_bytes())[8:-1]))

    def reshaped(self, sizes):
        """A copy of the data whose pictures have these sizes, each of noise."""
        folder = self.copy()
        rng = harness.random.Random(3)
        for name, count in ((NAMES[0], 300), (NAMES[2], 100)):
            head = struct.pack(f">{2 + len(sizes)}I", 0x800 + 1 + len(sizes), count, *sizes)
            pixels = rng.randbytes(count * harness.math.prod(sizes))
            write_gz(folder / (name + ".gz"), head + pixels)
        return folder

    def test_what_cannot_be_finished_is_refused_at_the_start(self):
        for sizes, parts in (((28, 28, 3), ["3 channels", "grey"]), ((1, 1), ["1 x 1", "too small"])):
            folder = self.reshaped(sizes)
            self.refused(self.tune("--data", folder), 3, str(folder), *parts)
            self.assertFalse(self.out.exists())
            shutil.rmtree(folder)

    def test_large_pictures_are_shown_smaller_in_the_report(self):
        folder = self.reshaped((300, 40))
        self.complete("--data", folder, "--trials", 1, "--epochs", 1, "--final-epochs", 1,
                      "--train-images", 8)
        self.assertGreater((self.out / "report.html").stat().st_size, 100_000)

    def test_other_data_have_their_own_title_and_class_names(self):
        folder = self.folder / "blobs & bars"
        shutil.copytree(self.data, folder)
        self.complete("--data", folder, "--trials", 1)
        page = (self.out / "report.html").read_text()
        self.assertIn("<title>Tuning blobs &amp; bars</title>", page)
        for word in ("Fashion-MNIST", "Ankle boot", "Trouser"):
            self.assertNotIn(word, page)
        (folder / "classes.txt").write_text("".join(f"bar {i}\n" for i in range(10)))
        self.complete("--data", folder, "--trials", 1, "--fresh")
        self.assertIn("bar 7", (self.out / "report.html").read_text())
        names = self.folder / "names"
        names.write_text("\n".join(f"<name {i}>" for i in range(12)))
        self.complete("--data", folder, "--trials", 1, "--fresh", "--classes", names)
        self.assertIn("&lt;name 7&gt;", (self.out / "report.html").read_text())
        image = self.folder / "image.png"
        image.write_bytes(harness.png(28, 28, harness.picture(3, harness.random.Random(1))))
        self.assertIn("<name ", run(["predict", self.out / "model.safetensors", image]).out)
        for text, parts in (("a\nb\n", ["labels-idx1"]), ("a\n\nb\n", ["names", "line 2"]),
                            ("a\na\n", ["names", "twice"]), (b"\xff\nb", ["names", "UTF-8"])):
            names.write_bytes(text if isinstance(text, bytes) else text.encode())
            self.refused(self.tune("--classes", names), 3, *parts)

    def test_a_folder_in_the_environment_is_the_only_one_looked_at(self):
        words = self.command("--trials", 1)
        at = words.index("--data")
        del words[at:at + 2]
        nowhere = self.folder / "nowhere"
        result = run(words, env=harness.environment(HONE_DATA=str(nowhere)))
        self.refused(result, 3, f"HONE_DATA names:\n  {nowhere}: 4 of 4 files missing")
