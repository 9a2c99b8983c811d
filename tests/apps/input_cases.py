"""The command line, the data files and the settings: what is refused, how, and what works."""
import gzip
import re
import shutil
import struct

from harness import NAMES, Case, run, trials, user_attributes, write_gz


class Options(Case):
    NAMES = ["preset", "data", "device", "threads", "trials", "epochs", "train-images", "batch",
             "timeout", "jobs", "sampler", "pruner", "storage", "study", "seed", "out",
             "final-epochs", "no-retrain", "fresh", "quiet"]

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
                (["--preset", "huge"], ["--preset huge", "quick", "tutorial"]),
                (["--sampler", "grid"], ["grid", "tpe", "random"]),
                (["--pruner", "sharp"], ["sharp", "median", "none"]),
                (["--trials", "0"], ["--trials"]), (["--trials", "-3"], ["--trials"]),
                (["--trials", "many"], ["--trials", "many"]), (["--trials"], ["--trials"]),
                (["--trials", "99999999999999999999"], ["--trials"]),
                (["--epochs", "0"], ["--epochs"]), (["--batch", "0"], ["--batch"]),
                (["--batch", "1.5"], ["--batch"]), (["--jobs", "0"], ["--jobs"]),
                (["--threads", "-1"], ["--threads"]), (["--timeout", "-1"], ["--timeout"]),
                (["--timeout", "nan"], ["--timeout"]), (["--seed", "-1"], ["--seed"]),
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

    def test_a_device_that_is_not_there_is_refused_with_the_reason(self):
        for name, reason in (("cuda", "CPU"), ("quantum", "cpu")):
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

    def test_control_characters_in_a_name_do_not_reach_the_terminal(self):
        name = "red \x1b[31m\x07 \x1b]0;title\x07 name"
        result = self.complete("--study", name, "--trials", 1)
        self.assertNotIn("\x1b", result.out + result.err)
        self.assertNotIn("\x07", result.out + result.err)
        self.assertNotIn("\x1b", (self.out / "report.html").read_text())

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

    def test_another_preset_in_the_same_folder_is_a_study_beside_the_first(self):
        self.complete("--trials", 1, "--no-retrain")
        self.complete("--trials", 1, "--no-retrain", "--study", "second", "--epochs", 1)
        self.complete("--trials", 1, "--no-retrain")
        self.assertEqual(len(user_attributes(self.out / "study.db", 0)) > 0, True)

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

    def test_pictures_too_small_for_the_networks_end_with_a_reason(self):
        folder = self.copy()
        for name, count in ((NAMES[0], 300), (NAMES[2], 100)):
            write_gz(folder / (name + ".gz"), struct.pack(">IIII", 0x803, count, 1, 1) +
                     bytes(range(count % 256)) * 1 + bytes(count - count % 256))
        self.refused(self.tune("--data", folder), 2, "no trial was completed")
