"""Trials that are trained again."""
import shutil
import sqlite3
import subprocess
from pathlib import Path

import harness
from harness import SMALL, Case


def without(words, name):
    """The options without one and its value."""
    at = words.index(name)
    return words[:at] + words[at + 2:]


class Replay(Case):
    def setUp(self):
        super().setUp()
        self.complete()
        self.same = without(without(SMALL, "--trials"), "--final-epochs")

    def replay(self, number, *options):
        return harness.run([*self.command(*options, small=self.same), "replay", str(number)])

    def change(self, sql):
        with sqlite3.connect(self.out / "study.db") as connection:
            connection.execute(sql)

    def test_every_trial_is_bit_identical_with_any_threads_and_nothing_is_written(self):
        before = {p.name: p.stat().st_mtime_ns for p in self.out.iterdir() if p.suffix != ".db"}
        for number in range(3):
            result = self.replay(number, "--threads", str(1 + number))
            self.assertEqual(result.code, 0, result)
            self.assertIn(f"trial {number}: bit-identical", result.out)
        after = {p.name: p.stat().st_mtime_ns for p in self.out.iterdir() if p.suffix != ".db"}
        self.assertEqual(before, {name: after[name] for name in before})

    def test_one_bit_that_differs_is_found(self):
        # By another program that seals nothing: the study itself no longer takes the row for hone's.
        self.change("UPDATE hone_trials SET digest=NULL")
        self.change("UPDATE trial_intermediate_values SET intermediate_value=intermediate_value+1e-9 "
                    "WHERE step=1")
        result = self.replay(0)
        self.assertEqual(result.code, 1, result)
        self.assertIn("is not reproduced: step 1: stored", result.err)

    def test_another_version_or_setting_is_named_before_it_begins(self):
        self.change("UPDATE hone_trials SET digest=NULL")
        self.change("UPDATE trial_system_attributes SET value_json='\"hone 0.0.1\"' WHERE "
                    "\"key\"='hone:fingerprint'")
        result = self.replay(0)
        self.assertEqual(result.code, 5, result)
        self.assertIn("was trained with hone 0.0.1; this is hone ", result.err)
        self.assertNotIn("epoch 1/", result.out)
        result = self.replay(0, "--seed", "2")
        self.assertEqual(result.code, 2, result)
        self.assertIn("seed: 1 -> 2", result.err)
        self.assertEqual(self.replay(99).code, 2)

    def test_hone_replay_starts_the_program_with_what_the_study_remembers(self):
        hone = Path(harness.PROGRAM).with_name("hone")
        if not hone.exists():
            self.skipTest("the command hone is not built beside fmnist_tune")
        moved = self.out.with_name("moved.db")
        shutil.copy(self.out / "study.db", moved)
        done = subprocess.run([hone, "replay", "1", "--storage", f"sqlite:///{moved}"],
                              capture_output=True, text=True, timeout=100, check=False,
                              env=harness.environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("trial 1: bit-identical (2 intermediate values and the final value)",
                      done.stdout)
        with sqlite3.connect(moved) as connection:
            connection.execute("UPDATE study_system_attributes SET value_json='[\"rm\"]' WHERE "
                               "\"key\"='hone:program'")
        done = subprocess.run([hone, "replay", "1", "--storage", f"sqlite:///{moved}"],
                              capture_output=True, text=True, timeout=100, check=False,
                              env=harness.environment())
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("rm, which is no program of hone's", done.stderr)


class Reruns(Case):
    """--reruns: the best trials with fresh seeds, before one is named."""
    RERUNS = ["--reruns", "1", "--rerun-seeds", "2"]

    def test_a_winner_is_named_by_fresh_seeds_and_kept_beside_the_trials(self):
        result = self.complete(*self.RERUNS)
        self.check_reruns(result)
        tail = result.out[result.out.index("with fresh seeds"):]
        before = (self.out / "model.safetensors").read_bytes()
        for options in (self.RERUNS, []):  # the study's reruns count without the option, too
            again = harness.run(self.command(*options))
            self.assertIn("This study is finished", again.out)
            self.assertEqual(again.out[again.out.index("with fresh seeds"):], tail)
        self.assertEqual((self.out / "model.safetensors").read_bytes(), before)
        alone = harness.run(self.command("--rerun-seeds", "5"))
        self.assertEqual(alone.code, 2, alone)
        self.assertIn("--reruns", alone.err)

    def check_reruns(self, result):
        self.assertIn("with fresh seeds (mean +- standard error):", result.out)
        summary = self.summary()
        listed = summary["reruns"]
        self.assertIn(len(listed), (1, 2))  # the best one, and the default one where it is another
        self.assertEqual(summary["chosen_trial"], listed[0]["trial"])
        self.assertTrue(all(len(one["values"]) == 2 for one in listed))
        with sqlite3.connect(self.out / "study.db") as connection:
            count = connection.execute("SELECT COUNT(*) FROM hone_reruns").fetchone()[0]
            trials = connection.execute("SELECT COUNT(*) FROM trials").fetchone()[0]
        self.assertEqual((count, trials), (2 * len(listed), 3))
        page = (self.out / "report.html").read_text()
        self.assertIn("With fresh seeds", page)
        self.assertEqual([p.name for p in self.out.glob("*.checkpoint")], [])

    def test_reruns_go_on_after_a_kill(self):
        whole = self.complete(*self.RERUNS)
        expected = self.summary()["reruns"]
        shutil.rmtree(self.out)
        process = harness.start(self.command(*self.RERUNS))
        lines = harness.Lines(process)
        lines.wait("rerun of trial")
        process.kill()
        process.wait()
        lines.thread.join()
        result = harness.run(self.command(*self.RERUNS))
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.summary()["reruns"], expected)
        self.assertIn("with fresh seeds", whole.out)


class Promotion(Case):
    """--pruner promotion: trials wait with their checkpoints and go on."""
    OPTIONS = ["--pruner", "promotion", "--trials", "14", "--epochs", "4", "--no-retrain"]
    SMALL = ["--train-images", "96", "--batch", "32"]

    def rows(self):
        with sqlite3.connect(self.out / "study.db") as connection:
            return connection.execute(
                "SELECT t.number, t.state, v.step, v.intermediate_value FROM trials t JOIN "
                "trial_intermediate_values v ON v.trial_id=t.trial_id ORDER BY t.number, v.step"
            ).fetchall()

    def test_killed_and_with_other_jobs_it_has_the_same_trials(self):
        if harness.program_name() == "hone_tune":  # a rung less, so that 14 trials are enough
            self.OPTIONS = [*self.OPTIONS, "--epochs", "3"]
        command = self.command(*self.OPTIONS, "--jobs", "1", small=self.SMALL)
        result = harness.run(command)
        self.assertEqual(result.code, 0, result)
        expected = self.rows()
        self.assertIn("paused at rung 0", result.out)
        self.assertEqual([p.name for p in self.out.glob("*.checkpoint*")], [])
        lengths = {}
        for number, state, _, _ in expected:
            lengths[number] = lengths.get(number, 0) + 1
        self.assertIn(3, lengths.values(), "a trial was promoted")
        shutil.rmtree(self.out)
        for kills in range(40):
            jobs = str(1 + kills % 3)
            process = harness.start(self.command(*self.OPTIONS, "--jobs", jobs, small=self.SMALL))
            lines = harness.Lines(process)
            if kills < 4:
                harness.wait_for(lambda: lines.text.count("\ntrial ") > kills % 3
                                 or process.poll() is not None, "some trials")
                process.kill()
            process.wait()
            lines.thread.join()
            if process.returncode == 0:
                break
        self.assertEqual(self.rows(), expected)
