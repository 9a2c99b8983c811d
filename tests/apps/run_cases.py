"""Complete runs: the files, the numbers in them, going on, and independence of jobs and threads."""
import json
import math
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import tempfile
from pathlib import Path

from harness import (TEST, Case, only_fmnist_tune, program_name, results, trials, trials_csv,
                     user_attributes)

KEYS = ["preset", "seed", "device", "trials", "best_value", "default_value", "startup_median_value",
        "best_params", "test_accuracy", "test_standard_error", "search_seconds", "retrain_seconds",
        "images_per_second"]


class CompleteRun(Case):
    @only_fmnist_tune
    def test_a_run_writes_all_its_files_and_their_numbers_agree(self):
        result = self.complete()
        self.assertEqual(result.err, "")
        for name in results():
            self.assertGreater((self.out / name).stat().st_size, 0, name)
        left = {path.name for path in self.out.iterdir()} - set(results())
        self.assertEqual(left, {".lock", ".hone-manifest"}, "nothing else is left behind")
        self.check_summary(result)
        self.check_first_trial()
        self.check_files(result)

    def check_summary(self, result):
        summary = self.summary()
        self.assertEqual([key for key in KEYS if key not in summary], [])
        self.assertEqual((summary["preset"], summary["seed"], summary["device"]),
                         ("quick", 1, "cpu"))
        rows = trials_csv(self.out)
        states = [row["state"] for row in rows]
        self.assertEqual(len(rows), 3)
        self.assertEqual(summary["trials"]["finished"], 3)
        self.assertEqual(summary["trials"]["pruned"], states.count("PRUNED"))
        self.assertEqual(summary["trials"]["failed"], states.count("FAIL"))
        best = max(float(row["value"]) for row in rows if row["state"] == "COMPLETE")
        self.assertEqual(summary["best_value"], best)
        self.assertEqual(summary["default_value"], float(rows[0]["value"]))
        started = sorted(float(row["value"]) for row in rows[1:] if row["value"])
        middle = (started[(len(started) - 1) // 2] + started[len(started) // 2]) / 2
        self.assertAlmostEqual(summary["startup_median_value"], middle, 12)
        p = summary["test_accuracy"]
        self.assertAlmostEqual(p * TEST, round(p * TEST), 6)
        self.assertAlmostEqual(summary["test_standard_error"], math.sqrt(p * (1 - p) / TEST), 9)
        for clock in ("search_seconds", "retrain_seconds", "images_per_second"):
            self.assertGreater(summary[clock], 0, clock)
        self.assertIn(f"test accuracy: {100 * p:.2f}%", result.out)
        self.assertEqual(json.loads((self.out / "best_params.json").read_text()),
                         summary["best_params"])

    def check_first_trial(self):
        row = trials_csv(self.out)[0]
        self.assertEqual((row["params_n_blocks"], float(row["params_dropout"]),
                          row["params_optimizer"], float(row["params_adam_lr"])),
                         ("1", 0.0, "adam", 1e-3), "trial 0 is the default configuration")
        self.assertIs(user_attributes(self.out / "study.db", 0)["default_configuration"], True)

    def check_files(self, result):
        history = (self.out / "history.csv").read_text().splitlines()
        self.assertEqual(len(history), 3, "a head and two epochs")
        self.assertEqual([line.split(",")[-1] for line in history[1:]], ["150", "150"])
        model = (self.out / "model.safetensors").read_bytes()
        size = struct.unpack("<Q", model[:8])[0]
        self.assertIn("__metadata__", json.loads(model[8:8 + size]))
        self.assertEqual(result.out.count("\ntrial "), 3, "one line per trial\n" + result.out)
        self.assertNotIn("\r", result.out)
        self.assertNotIn("\x1b", result.out)

    @only_fmnist_tune
    def test_a_network_of_the_default_configuration_learns_the_patterns(self):
        self.complete("--trials", 1, "--epochs", 8, "--final-epochs", 6)
        self.assertGreater(self.summary()["default_value"], 0.6)
        self.assertGreater(self.summary()["test_accuracy"], 0.6)

    def test_the_report_opens_in_a_browser_without_errors_or_the_network(self):
        browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser",
                                                       "google-chrome"))), None)
        self.complete("--trials", 2)
        page = (self.out / "report.html").read_text()
        for reference in ('src="http', "src='http", 'href="http', "url(http", "@import", "fetch("):
            self.assertNotIn(reference, page)
        for word in ("What it confuses", "optimizer", "</html>"):
            self.assertIn(word, page)
        if browser is None:
            self.skipTest("no Chromium")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            options = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                       "--enable-logging=stderr", f"--user-data-dir={profile}",
                       "--virtual-time-budget=2000", "--dump-dom"]
            options += ["--no-sandbox"] if os.getuid() == 0 else []
            shown = subprocess.run([browser, *options, f"file://{self.out}/report.html"],
                                   capture_output=True, text=True, timeout=100)
        self.assertIn("</html>", shown.stdout, shown.stderr)
        self.assertNotIn("CONSOLE", shown.stderr)
        self.assertEqual(shown.stdout.count("<title>"), 1, "the page's own script ran")


class GoingOn(Case):
    def snapshot(self):
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns)
                for path in self.out.iterdir() if path.name != "study.db"}

    def test_the_same_command_prints_the_finished_result_again_and_changes_nothing(self):
        first = self.complete()
        before, stored = self.snapshot(), trials(self.out / "study.db")
        again = self.complete()
        self.assertIn("finished", again.out)
        self.assertNotIn("Retraining", again.out)
        closing = first.out[first.out.index("3 trials finished"):]
        self.assertTrue(again.out.endswith(closing), f"{again}\nexpected at its end:\n{closing}")
        self.assertTrue(self.snapshot() == before, "a file was changed")
        self.assertEqual(trials(self.out / "study.db"), stored)

    def test_a_lost_result_file_is_made_again(self):
        self.complete()
        before = self.results_without_clocks()
        for name in ("summary.json", "model.safetensors"):
            (self.out / name).unlink()
            self.complete()
            self.assert_same_results(before, self.results_without_clocks())

    def test_only_what_the_program_wrote_is_removed_or_replaced(self):
        self.out.mkdir()
        theirs = ["notes.abc123", "model.safetensors.backup", "report.html.AbCdEf", "trials.csv",
                  "final.checkpoint", "final.checkpoint.link", "trial-1.checkpoint.copy"]
        for name in theirs:
            (self.out / name).write_text(f"mine: {name}")
        result = self.complete("--trials", 2)
        self.complete("--fresh", "--trials", 2)
        replaced = {"trials.csv", "final.checkpoint", "final.checkpoint.link"}
        for name in theirs:
            place = name + ".kept" if name in replaced else name
            self.assertEqual((self.out / place).read_text(), f"mine: {name}")
        for name in replaced:
            self.assertIn(f"{name}: was changed, or .hone-manifest does not list it as written by this "
                          f"program; it is kept as {name}.kept", result.out)
        left = {path.name for path in self.out.iterdir()} - set(theirs) - set(results())
        self.assertEqual(left, {".lock", ".hone-manifest", *(name + ".kept" for name in replaced)})

    def test_a_result_that_was_edited_is_kept(self):
        self.complete("--trials", 1, "--no-retrain")
        for text in ("first notes", "second notes"):
            (self.out / "best_params.json").write_text(text)
            self.complete("--trials", 2 if text == "first notes" else 3, "--no-retrain")
        self.assertEqual((self.out / "best_params.json.kept").read_text(), "first notes")
        self.assertEqual((self.out / "best_params.json.kept-2").read_text(), "second notes")
        (self.out / "summary.json").write_text("third notes")
        result = self.complete("--trials", 3, "--no-retrain", "--fresh")
        self.assertIn("summary.json: was changed since this program wrote it, and stays", result.out)
        self.assertEqual((self.out / "summary.json.kept").read_text(), "third notes")
        json.loads((self.out / "summary.json").read_text())

    def test_links_and_modes_of_results_are_kept(self):
        public = self.folder / "public"
        public.mkdir()
        self.out.mkdir()
        (self.out / "report.html").symlink_to("../public/page.html")
        self.complete("--trials", 1, "--no-retrain")
        (public / "page.html").chmod(0o604)
        (self.out / "trials.csv").chmod(0o600)
        self.complete("--trials", 2, "--no-retrain")
        self.assertEqual((public / "page.html").stat().st_mode & 0o777, 0o604)
        self.assertEqual((self.out / "trials.csv").stat().st_mode & 0o777, 0o600)
        self.complete("--trials", 1, "--no-retrain", "--fresh")
        self.assertTrue((self.out / "report.html").is_symlink())
        self.assertIn("</html>", (public / "page.html").read_text())
        self.assertEqual([path.name for path in public.iterdir()], ["page.html"])

    def test_without_a_readable_manifest_no_file_is_taken_for_ours(self):
        self.complete("--trials", 1, "--no-retrain")
        before = (self.out / "trials.csv").read_bytes()
        for text in ("", "no manifest", "0" * 32 + " 1 ../trials.csv"):
            (self.out / ".hone-manifest").write_text(text)
            result = self.complete("--trials", len(trials(self.out / "study.db")) + 1, "--no-retrain")
            self.assertIn(".hone-manifest: is damaged", result.out)
        self.assertEqual((self.out / "trials.csv.kept").read_bytes(), before)
        self.assertTrue((self.out / "trials.csv.kept-3").exists())

    def test_a_model_of_which_the_manifest_says_nothing_is_trained_anew_with_the_reason(self):
        self.complete("--trials", 1)
        manifest, before = self.out / ".hone-manifest", self.results_without_clocks()
        text = manifest.read_text()
        for damage in (re.sub('"trial": ?0', '"trial":7', text), None):
            manifest.unlink() if damage is None else manifest.write_text(damage)
            result = self.complete("--trials", 1)
            self.assertEqual(".hone-manifest: is damaged" in result.out, damage is not None)
            self.assertIn("model.safetensors: it is not known which training it is of, because "
                          ".hone-manifest does not say it; the final training of trial 0 is done anew",
                          result.out)
            self.assertEqual("model.safetensors.kept" in result.out, damage is None)
            self.assert_same_results(before, self.results_without_clocks())

    def test_a_damaged_summary_is_told_and_made_anew(self):
        self.complete("--trials", 1)
        whole = (self.out / "summary.json").read_text()
        for text in ("", "{", "[]", "{}", whole.replace('"finished"', '"begun"')):
            (self.out / "summary.json").write_text(text)
            result = self.complete("--trials", 1)
            self.assertIn("summary.json: is missing or not as it was written", result.out)
            self.assertEqual((self.out / "summary.json").read_text(), whole)

    def test_more_trials_go_on_to_that_total_as_if_asked_for_at_once(self):
        self.complete("--trials", 2)
        two = trials(self.out / "study.db")
        result = self.complete("--trials", 4)
        self.assertIn("2 of 4 trials, going on", result.out)
        four = trials(self.out / "study.db")
        self.assertEqual(four[:2], two)
        self.assertEqual([trial[0] for trial in four], list(range(4)))
        self.assertEqual(self.summary()["trials"]["finished"], 4)
        self.complete("--trials", 4, out=self.folder / "once")
        self.assert_same_results(self.results_without_clocks(),
                                 self.results_without_clocks(self.folder / "once"))

    def test_fewer_trials_than_there_are_print_the_finished_result(self):
        self.complete("--trials", 2)
        self.complete("--trials", 1)
        self.assertEqual(len(trials(self.out / "study.db")), 2)

    def test_fresh_starts_anew_also_with_other_settings(self):
        self.complete()
        first = trials(self.out / "study.db")
        (self.out / "trial-9.checkpoint").write_text("of the user")
        self.complete("--fresh", "--seed", 5, "--trials", 2)
        second = trials(self.out / "study.db")
        self.assertEqual([trial[0] for trial in second], [0, 1])
        self.assertNotEqual(second, first[:2])
        self.assertEqual(self.summary()["seed"], 5)
        self.assertEqual((self.out / "trial-9.checkpoint").read_text(), "of the user")

    def test_fresh_removes_a_study_that_is_damaged_and_one_of_version_0_1(self):
        self.complete("--trials", 1, "--no-retrain")
        for damage in ("UPDATE trial_params SET distribution_json='{'",
                       "UPDATE hone_studies SET settings_json='{'"):
            self.change_study(damage)
            self.refused(self.tune("--trials", 1, "--no-retrain"), 4, "study.db", "damaged")
            self.complete("--trials", 1, "--no-retrain", "--fresh")
        (self.out / "study.db").unlink()
        old = Path(__file__).parents[1] / "goldens" / "study_0.1.0.sql"
        self.change_study(old.read_text())
        (self.out / "study.db").chmod(0o600)
        self.complete("--trials", 1, "--no-retrain", "--fresh", "--study", "old")
        self.assertEqual(len(trials(self.out / "study.db")), 1)

    def change_study(self, sql):
        connection = sqlite3.connect(self.out / "study.db")
        connection.executescript(sql)
        connection.close()

    def test_fresh_leaves_the_checkpoints_of_another_study_in_the_folder(self):
        self.complete("--trials", 1, "--no-retrain")
        token, = self.value("SELECT token FROM hone_studies")
        checkpoint = (Path(__file__).parents[1] / "goldens" / "version_0.1" /
                      "training.checkpoint").read_bytes()
        ours = [f"{token}-0.checkpoint", f"{token}-12.checkpoint.prev", "trial-0.checkpoint"]
        theirs = ["0" * 32 + "-0.checkpoint", "trial-1.checkpoint"]
        for name in ours + theirs:
            (self.out / name).write_bytes(checkpoint)
        self.complete("--trials", 1, "--no-retrain", "--fresh")
        self.assertEqual([name for name in ours if (self.out / name).exists()], [])
        self.assertEqual([name for name in theirs if not (self.out / name).exists()], [])

    def value(self, sql):
        connection = sqlite3.connect(self.out / "study.db")
        row = connection.execute(sql).fetchone()
        connection.close()
        return row

    def test_fresh_removes_nothing_before_everything_is_checked(self):
        self.complete("--trials", 2)
        before, stored = self.snapshot(), trials(self.out / "study.db")
        for arguments, code in (
                (["--sampler", "grdi"], 2), (["--pruner", "sharp"], 2), (["--preset", "huge"], 2),
                (["--device", "quantum"], 5), (["--data", self.folder / "absent"], 3),
                *self.wrong_data(), (["--jobs", 5], 2),
                (["--lag", 0], 2), (["--trials", "0x3"], 2), (["--timeout", "nan"], 2)):
            with self.subTest(arguments=arguments):
                self.refused(self.tune("--fresh", *arguments), code)
                self.assertTrue(self.snapshot() == before, "a file was changed")
                self.assertEqual(trials(self.out / "study.db"), stored)
        (self.out / "history.csv").unlink()
        (self.out / "history.csv").mkdir()
        self.refused(self.tune("--fresh"), 4, "history.csv")
        self.assertEqual(trials(self.out / "study.db"), stored)

    def wrong_data(self):
        if program_name() == "fmnist_tune":
            return (["--train-images", 151], 2), (["--classes", "absent"], 3)
        return (["--task", "regress"], 2), (["--test", "0.6"], 2), (["--target", "x"], 2)

    def test_retraining_can_follow_later_and_longer(self):
        self.complete("--no-retrain")
        self.assertIsNone(self.summary()["test_accuracy"])
        self.assertFalse((self.out / "model.safetensors").exists())
        self.complete()
        self.assertIsNotNone(self.summary()["test_accuracy"])
        longer = self.complete("--final-epochs", 3)
        self.assertIn("Retraining", longer.out)
        self.assertEqual(len((self.out / "history.csv").read_text().splitlines()), 4)


class SameNumbers(Case):
    def test_the_same_seed_gives_the_same_bits_for_any_number_of_jobs_and_threads(self):
        self.complete("--jobs", 1, "--threads", 1)
        reference = self.results_without_clocks()
        for jobs, threads in ((2, 2), (4, 3)):
            out = self.folder / f"{jobs}-{threads}"
            self.complete("--jobs", jobs, "--threads", threads, out=out)
            self.assert_same_results(reference, self.results_without_clocks(out))

    def test_trials_that_train_together_give_the_same_bits(self):
        self.complete("--jobs", 1, "--threads", 1)
        reference = self.results_without_clocks()
        for jobs, fuse in ((1, 4), (2, 2)):
            out = self.folder / f"{jobs}-{fuse}"
            self.complete("--jobs", jobs, "--fuse", fuse, out=out)
            self.assert_same_results(reference, self.results_without_clocks(out))

    def test_another_seed_gives_another_study(self):
        self.complete("--no-retrain", "--trials", 2)
        self.complete("--no-retrain", "--trials", 2, "--seed", 2, out=self.folder / "other")
        self.assertNotEqual(trials(self.out / "study.db"), trials(self.folder / "other/study.db"))

    def test_the_tpe_sampler_and_the_median_pruner_agree_with_one_job_and_two(self):
        """Enough trials that both have begun to look at what was before."""
        more = ["--no-retrain", "--trials", 13, "--train-images", 32]
        self.complete(*more, "--jobs", 1, "--threads", 1)
        self.complete(*more, "--jobs", 2, "--threads", 2, out=self.folder / "two")
        self.assertEqual(trials(self.out / "study.db"), trials(self.folder / "two" / "study.db"))
        self.complete(*more, "--jobs", 4, "--threads", 2, out=self.folder / "four")
        self.assertEqual(trials(self.out / "study.db"), trials(self.folder / "four" / "study.db"))

    def test_more_jobs_than_the_lag_are_refused_with_the_way_out(self):
        self.refused(self.tune("--jobs", 5), 2, "--jobs 5", "at most 4", "--lag 5")
        self.refused(self.tune("--fuse", 5), 2, "--fuse 5", "at most 4", "--lag 5")
        self.assertFalse((self.out / "study.db").exists())
        self.complete("--jobs", 5, "--lag", 5, "--no-retrain")
        self.refused(self.tune("--fuse", 6), 2, "--fuse 6", "lag of 5")
        self.refused(self.tune("--lag", 6, "--trials", 4), 2, "lag 5", "lag 6")
        self.complete("--jobs", 3, "--trials", 4, "--no-retrain")


class FailedTrial(Case):
    # No network survives this learning rate. An enqueued value may lie outside of its range.
    WILD = {"n_blocks": 1, "dropout": 0.0, "optimizer": "sgd", "sgd_lr": 1e6,
            "sgd_one_minus_momentum": 0.01}

    def enqueue(self, params):
        """As Optuna's enqueue_trial() does it."""
        with sqlite3.connect(self.out / "study.db") as connection:
            number = connection.execute("SELECT count(*) FROM trials").fetchone()[0]
            study = connection.execute("SELECT study_id FROM studies").fetchone()[0]
            trial = connection.execute(
                "INSERT INTO trials(number, study_id, state) VALUES(?, ?, 'WAITING')",
                (number, study)).lastrowid
            connection.execute(
                "INSERT INTO trial_system_attributes(trial_id, key, value_json) VALUES(?, ?, ?)",
                (trial, "fixed_params", json.dumps(params)))
        connection.close()
        return number

    @only_fmnist_tune
    def test_a_loss_that_is_not_finite_fails_the_trial_with_step_and_layer(self):
        self.complete("--trials", 1, "--no-retrain")
        number = self.enqueue(self.WILD)
        result = self.complete("--trials", 3)
        row = trials_csv(self.out)[number]
        self.assertEqual(row["state"], "FAIL", str(row))
        reason = user_attributes(self.out / "study.db", number)["fail_reason"]
        self.assertRegex(reason, r"not finite at epoch \d+, (step|after its last step) \d+")
        self.assertRegex(reason, r"(conv|linear|dense)\w*")
        self.assertRegex(result.out, rf"trial +{number}  failed")
        self.assertIn(reason, result.out)
        self.assertEqual(self.summary()["trials"], {"finished": 3, "complete": 2, "pruned": 0,
                                                    "failed": 1})
        self.assertIn(reason, row["user_attrs_fail_reason"])
        self.assertEqual(list(self.out.glob("*.checkpoint*")), [])

    @only_fmnist_tune
    def test_a_study_in_which_every_trial_fails_ends_with_the_reason(self):
        tutorial = ["--preset", "tutorial", "--no-retrain", "--trials", 2]
        self.refused(self.tune(*tutorial, "--timeout", 1e-9), 2, "--timeout")
        wild = {"n_blocks": 1, "dropout_rate": 0.0, "optimizer_name": "SGD", "sgd_lr": 1e6,
                "sgd_momentum": 0.9}
        self.enqueue(wild)
        self.enqueue(wild)
        result = self.tune(*tutorial)
        self.assertNotEqual(result.code, 0)
        self.refused(result, result.code, "2 failed", "not finite")
        self.assertTrue((self.out / "report.html").exists())
