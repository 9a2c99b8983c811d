"""Results belong to one study: whose they are, what damages them, and what is known stays."""
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import harness
from harness import Case, program_name, results, run, trials

QUICK = ["--trials", 1, "--no-retrain"]


def snapshot(folder):
    """Every file; of the database the trials, because opening it counts up a number in it."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "study.db"}
    return files | {"study.db": trials(folder / "study.db") if (folder / "study.db").exists() else None}


def forget_notes(folder):
    """What versions before the notes left."""
    manifest = folder / ".hone-manifest"
    lines = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if not line.startswith("#:")))


class OneStudy(Case):
    def test_another_study_is_refused_in_the_folder_before_anything_runs(self):
        self.complete(*QUICK)
        before = snapshot(self.out)
        other = self.folder / "other.db"
        for extra in (["--study", "second"], ["--storage", f"sqlite:///{other}"],
                      ["--storage", "memory"]):
            for fresh in ([], ["--fresh"]):
                with self.subTest(extra=extra, fresh=fresh):
                    result = self.tune(*QUICK, *extra, *fresh)
                    self.refused(result, 2, str(self.out), "holds the results of study", "--out")
                    self.assertNotIn("trial   0", result.out)
                    self.assertEqual(snapshot(self.out), before)
        self.assertFalse(other.exists())
        self.complete(*QUICK, "--study", "second", out=self.folder / "second")

    def test_a_study_without_results_yet_keeps_its_folder(self):
        self.refused(self.tune("--timeout", 1e-9), 2, "--timeout")
        self.refused(self.tune(*QUICK, "--study", "second"), 2, "holds the results of study")
        self.complete(*QUICK)

    def test_the_other_program_is_refused_in_the_folder(self):
        name = {"fmnist_tune": "hone_tune", "hone_tune": "fmnist_tune"}[program_name()]
        other = Path(harness.PROGRAM).with_name(name)
        if not other.exists():
            self.skipTest(f"{name} is not built")
        self.complete(*QUICK)
        before = snapshot(self.out)
        data = [self.data] if name == "hone_tune" else ["--data", self.data]
        result = run([*data, "--out", self.out, "--trials", 1], program=str(other))
        self.assertEqual(result.code, 2, str(result))
        self.assertIn(f"of {program_name()}", result.err)
        self.assertEqual(snapshot(self.out), before)

    def test_what_a_study_left_that_is_no_more_is_removed_with_fresh_alone(self):
        self.complete(*QUICK, "--storage", "memory")
        before = snapshot(self.out)
        for extra in (["--storage", "memory"], []):
            self.refused(self.tune(*QUICK, *extra), 2, "not there any more", "--fresh", "--out")
            self.assertEqual(snapshot(self.out), before)
        self.complete(*QUICK, "--fresh")
        (self.out / "study.db").unlink()
        self.refused(self.tune(*QUICK), 2, "not there any more", "--fresh")
        self.complete(*QUICK, "--fresh", "--seed", 2)
        self.assertEqual(self.summary()["seed"], 2)

    def test_fresh_removes_no_study_of_somebody_else(self):
        name = {"fmnist_tune": "hone_tune", "hone_tune": "fmnist_tune"}[program_name()]
        other = Path(harness.PROGRAM).with_name(name)
        if not other.exists():
            self.skipTest(f"{name} is not built")
        self.complete(*QUICK, "--study", "mine")
        before = snapshot(self.out)
        data = [self.data] if name == "hone_tune" else ["--data", self.data]
        result = run([*data, "--out", self.folder / "second", "--trials", 1, "--fresh", "--study", "mine",
                      "--storage", f"sqlite:///{self.out}/study.db"], program=str(other))
        self.assertEqual(result.code, 2, str(result))
        self.assertIn(f"of {program_name()}", result.err)
        self.assertEqual(snapshot(self.out), before)

    def test_fresh_spares_results_whose_storage_is_not_to_be_seen(self):
        storage = self.folder / "elsewhere.db"
        self.complete(*QUICK, "--storage", f"sqlite:///{storage}")
        storage.rename(self.folder / "away.db")
        before = snapshot(self.out)
        self.refused(self.tune(*QUICK, "--study", "second", "--fresh"), 2, "holds the results of study",
                     "--out")
        self.assertEqual(snapshot(self.out), before)

    def test_fresh_spares_results_where_the_limits_refuse_all(self):
        self.complete(*QUICK, "--storage", "memory")
        before = snapshot(self.out)
        self.refused(self.tune(*QUICK, "--storage", "memory", "--fresh", "--max-parameters", 1), 2,
                     "--max-parameters")
        self.assertEqual(snapshot(self.out), before)

    def test_fresh_says_when_the_first_trial_was_not_begun_in_time(self):
        self.refused(self.tune("--timeout", 1e-9, "--fresh"), 2, "--timeout 1e-09", "more time")

    def test_a_folder_that_was_moved_goes_on(self):
        self.complete(*QUICK)
        moved = self.folder / "moved"
        self.out.rename(moved)
        self.assertIn("finished", self.complete(*QUICK, out=moved).out)
        self.complete("--trials", 2, "--no-retrain", out=moved)
        self.refused(self.tune(*QUICK, "--study", "second", out=moved), 2, "--out")

    def test_two_folders_of_one_study_have_results_of_their_own(self):
        storage = ["--storage", f"sqlite:///{self.folder}/shared.db"]
        self.complete(*QUICK, *storage)
        self.complete("--trials", 2, "--no-retrain", *storage, out=self.folder / "second")
        self.complete(*QUICK, *storage)
        self.assertEqual(self.summary()["trials"]["finished"], 2)

    def test_a_folder_of_an_earlier_version_goes_on(self):
        self.complete()
        with sqlite3.connect(self.out / "study.db") as connection:
            study, = connection.execute("SELECT study_id FROM studies").fetchone()
            key = "3 trials, best {}, 2 final epochs".format(self.summary()["best_trial"])
            connection.execute("INSERT INTO study_user_attributes(study_id, key, value_json) "
                               "VALUES(?, 'result', ?)", (study, json.dumps(key)))
        connection.close()
        forget_notes(self.out)
        before = self.results_without_clocks()
        for extra in ([], ["--no-retrain"]):
            again = self.complete(*extra)
            self.assertIn("This study is finished", again.out)
            self.assertIn("test accuracy", again.out)
        self.refused(self.tune("--study", "second"), 2, "results of another study", "--out")
        self.assert_same_results(before, self.results_without_clocks())
        self.complete("--trials", 4)
        self.refused(self.tune("--study", "second"), 2, "results of study", "--out")

    def test_results_of_another_study_in_a_folder_of_an_earlier_version_are_not_taken(self):
        self.complete(*QUICK)
        second = self.folder / "second"
        self.complete(*QUICK, "--study", "second", out=second)
        forget_notes(second)
        before = snapshot(second)
        for fresh in ([], ["--fresh"]):
            result = self.tune(*QUICK, "--storage", f"sqlite:///{self.out}/study.db", *fresh,
                               out=second)
            self.refused(result, 2, str(second), "results of another study", "--out")
        self.assertEqual(snapshot(second), before)
        self.complete(*QUICK)


class Damaged(Case):
    def test_a_damaged_result_is_named_and_made_anew(self):
        self.complete()
        before = self.results_without_clocks()
        for name in (name for name in results() if name != "study.db"):
            path = self.out / name
            whole = path.read_bytes()
            middle = len(whole) // 2
            for bad in (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:], None):
                with self.subTest(name=name, removed=bad is None):
                    path.unlink()
                    if bad is not None:
                        path.write_bytes(bad)
                    result = self.complete()
                    self.assertIn(f"{name}: is missing or not as it was written", result.out)
                    self.assertEqual("Retraining" in result.out,
                                     name in ("model.safetensors", "history.csv"))
                    self.assert_same_results(before, self.results_without_clocks())
                    self.assertIn("This study is finished", self.complete().out)
            self.assertEqual((self.out / (name + ".kept")).read_bytes()[:middle], whole[:middle])

    def test_a_damaged_model_is_no_success_without_retraining(self):
        self.complete()
        path = self.out / "model.safetensors"
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        before = snapshot(self.out)
        for trials_wanted in (3, 5):  # not after the search either
            self.refused(self.tune("--no-retrain", "--trials", trials_wanted), 4, str(path),
                         "without --no-retrain")
            self.assertEqual(snapshot(self.out), before)
        self.complete()
        self.assertEqual(path.read_bytes(), whole)

    def test_what_the_test_said_stays_without_retraining(self):
        self.complete()
        before = self.summary()
        again = self.complete("--no-retrain")
        self.assertIn("test accuracy", again.out)
        self.assertEqual(self.summary(), before)
        model = (self.out / "model.safetensors").read_bytes()
        more = self.complete("--no-retrain", "--trials", 5)
        after = self.summary()
        self.assertNotIn("Retraining", more.out)
        self.assertEqual((self.out / "model.safetensors").read_bytes(), model)
        if after["chosen_trial"] == before["chosen_trial"]:
            for key in ("test_accuracy", "test_loss", "final_epochs", "retrain_seconds"):
                self.assertEqual(after[key], before[key])
            self.assertIn("What it confuses", (self.out / "report.html").read_text())
        else:
            self.assertIsNone(after["test_accuracy"])
            self.assertIn(f"are of trial {before['chosen_trial']}", more.out)

    def test_the_best_trial_is_not_trained_again_for_a_worse_one(self):
        self.complete("--trials", 2)
        best = self.summary()["chosen_trial"]
        result = self.complete("--trials", 4)
        self.assertEqual("Retraining" in result.out, self.summary()["chosen_trial"] != best)
        self.complete("--trials", 4, out=self.folder / "once")
        self.assert_same_results(self.results_without_clocks(),
                                 self.results_without_clocks(self.folder / "once"))


class ReadOnly(Case):
    def test_a_finished_result_is_printed_from_a_folder_that_cannot_be_written(self):
        first = self.complete()
        before = snapshot(self.out)
        for path in self.out.iterdir():
            path.chmod(0o444)
        self.out.chmod(0o555)
        self.addCleanup(self.out.chmod, 0o755)
        options = {}
        if os.getuid() == 0:  # root may write everywhere: become nobody
            if shutil.which("setpriv") is None:
                self.skipTest("root, and no setpriv")
            for folder in (self.folder, self.data.parent, self.data):
                folder.chmod(0o755)
            if subprocess.run(["test", "-x", harness.PROGRAM], user=65534, group=65534).returncode:
                self.skipTest("the program is not readable for other users")
            options = {"user": 65534, "group": 65534}
        again = self.complete(**options)
        closing = first.out[first.out.index("3 trials finished"):]
        self.assertTrue(again.out.endswith(closing), str(again))
        self.assertEqual(snapshot(self.out), before)
        self.refused(self.tune("--trials", 9, **options), 4, str(self.out), "--out")
        for name in ("report.html", "summary.json"):
            self.out.chmod(0o755)
            whole = (self.out / name).read_bytes()
            (self.out / name).chmod(0o644)
            (self.out / name).write_bytes(whole[:-1])
            self.out.chmod(0o555)
            self.refused(self.tune(**options), 4, str(self.out / name), "cannot be written", "--out")
            (self.out / name).write_bytes(whole)
