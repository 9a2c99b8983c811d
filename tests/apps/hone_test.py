#!/usr/bin/env python3
"""End-to-end tests of the command hone.

  hone_test.py PROGRAM
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""
SPACE = json.dumps({
    "x": {"name": "FloatDistribution",
          "attributes": {"step": None, "low": -1.0, "high": 1.0, "log": False}},
    "kind": {"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", None]}}})


class Hone(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.storage = f"sqlite:///{self.path / 'study.db'}"

    def tearDown(self):
        self.folder.cleanup()

    def run_hone(self, *words, storage=None, code=0):
        words = [str(word) for word in words]
        done = subprocess.run(
            [PROGRAM, *words], capture_output=True, text=True, timeout=120, cwd=self.path,
            env={"OPTUNA_STORAGE": storage or self.storage, "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr if code else done.stdout

    def make(self, trials=4, pruner="none"):
        self.run_hone("create-study", "--study-name", "s", "--seed", 1, "--pruner", pruner)
        for number in range(trials):
            asked = json.loads(self.run_hone("ask", "--search-space", SPACE))
            self.assertEqual(asked["number"], number)
            self.run_hone("tell", "--trial-number", number, "--value", asked["params"]["x"] ** 2)

    def test_a_study_is_made_listed_and_removed(self):
        self.assertEqual(self.run_hone("create-study", "--study-name", "s"), "s\n")
        self.run_hone("create-study", "--study-name", "s", code=2)
        self.run_hone("create-study", "--study-name", "s", "--skip-if-exists")
        self.run_hone("create-study", "--study-name", "t", "--direction", "maximize")
        listed = json.loads(self.run_hone("studies", "-f", "json"))
        self.assertEqual([(s["name"], s["direction"], s["n_trials"]) for s in listed],
                         [("s", "MINIMIZE", 0), ("t", "MAXIMIZE", 0)])
        table = self.run_hone("studies").splitlines()
        self.assertEqual(len({len(line) for line in table}), 1)
        self.assertTrue(table[0].startswith("+-"))
        self.run_hone("delete-study", code=2)
        self.run_hone("delete-study", "--study-name", "t")
        self.assertEqual(len(self.run_hone("studies", "-f", "csv").splitlines()), 2)

    def test_ask_and_tell_run_a_study_one_process_a_step(self):
        self.make(4)
        trials = json.loads(self.run_hone("trials", "-f", "json"))
        self.assertEqual([t["state"] for t in trials], ["COMPLETE"] * 4)
        self.assertEqual({tuple(sorted(t["params"])) for t in trials}, {("kind", "x")})
        best = json.loads(self.run_hone("best-trial", "-f", "json"))
        self.assertEqual(best["value"], min(t["value"] for t in trials))
        self.assertEqual(json.loads(self.run_hone("best-trials", "-f", "json")), [best])
        # A trial that was asked runs on, whoever looks, until it is told.
        self.run_hone("ask", "--search-space", SPACE)
        self.assertIn("RUNNING", self.run_hone("trials"))
        self.run_hone("tell", "--trial-number", 4, "--state", "fail")
        self.run_hone("tell", "--trial-number", 4, "--value", 1, code=2)
        self.run_hone("tell", "--trial-number", 4, "--value", 1, "--skip-if-finished")
        self.assertIn("FAIL", self.run_hone("why", 4))
        self.run_hone("tell", "--trial-number", 9, "--value", 1, code=2)
        self.run_hone("ask", "--search-space", "{oops", code=2)
        self.run_hone("tell", "--trial-number", 4, "--value", "nan", code=2)

    def test_several_objectives_from_the_command_line(self):
        self.run_hone("create-study", "--study-name", "s", "--direction", "minimize",
                      "--direction", "maximize", "--sampler", "random", "--seed", 1)
        self.assertIn("for one objective", self.run_hone(
            "create-study", "--study-name", "g", "--directions", "minimize", "maximize",
            "--sampler", "gp", code=2))
        listed = json.loads(self.run_hone("studies", "-f", "json"))
        self.assertEqual(listed[0]["direction"], ["MINIMIZE", "MAXIMIZE"])
        values = [(1, 1), (2, 3), (2, 2), (0, 0), (3, 3)]
        for number, pair in enumerate(values):
            self.run_hone("ask", "--search-space", SPACE)
            self.run_hone("tell", "--trial-number", number, "--value", 1, code=2)
            self.run_hone("tell", "--trial-number", number, "--values", pair[0], "nan", code=2)
            self.run_hone("tell", "--trial-number", number, "--values", *pair)
        self.assertIn("best-trials", self.run_hone("best-trial", code=2))
        front = json.loads(self.run_hone("best-trials", "-f", "json"))
        self.assertEqual([(t["number"], t["values_0"], t["values_1"]) for t in front],
                         [(0, 1, 1), (1, 2, 3), (3, 0, 0)])
        self.assertTrue(self.run_hone("trials", "-f", "csv").startswith(
            "number,values_0,values_1,"))
        self.assertIn("| values_0 | values_1 |", self.run_hone("trials"))
        self.assertIn("value 2, 3", self.run_hone("why", 1))
        self.run_hone("importance", code=2)
        self.run_hone("importance", "--objective", 2, code=2)
        self.assertIn("x", self.run_hone("importance", "--objective", 1))
        self.run_hone("report", "-o", "page.html")
        self.run_hone("export", "-f", "journal", "-o", "log")
        other = f"sqlite:///{self.path / 'other.db'}"
        self.run_hone("import", "log", storage=other)
        self.assertEqual(json.loads(self.run_hone("best-trials", "-f", "json", storage=other)),
                         front)

    def test_importance_needs_two_values_that_differ(self):
        self.make(1)
        said = self.run_hone("importance", code=2)
        self.assertIn("two complete trials with different values", said)
        self.run_hone("report", "-o", "page.html")
        self.assertNotIn("Which parameters mattered", (self.path / "page.html").read_text())

    def test_importance_report_and_attributes(self):
        self.make(12)
        for method in ("ped-anova", "fanova"):
            shares = json.loads(self.run_hone("importance", "--method", method, "-f", "json"))
            self.assertAlmostEqual(sum(s["importance"] for s in shares), 1)
            self.assertEqual({s["parameter"] for s in shares}, {"x", "kind"})
        self.run_hone("report", "-o", "page.html")
        self.assertIn("<html", (self.path / "page.html").read_text())
        self.run_hone("set-user-attr", "--key", "k", "--value", "<b>\x1b[31m")
        watched = self.run_hone("watch", "--trials", 12, "--interval", "0.05")
        self.assertEqual(len(watched.splitlines()), 12)

    def test_a_journal_goes_out_and_comes_in_the_same(self):
        self.make(5)
        self.run_hone("export", "-f", "journal", "-o", "log")
        other = f"sqlite:///{self.path / 'other.db'}"
        self.assertEqual(self.run_hone("import", "log", storage=other), "s: 5 trials\n")
        self.run_hone("import", "log", storage=other, code=2)
        self.run_hone("import", "log", "--as", "t", storage=other)
        self.assertEqual(self.run_hone("trials", "-f", "json", "--study-name", "t", storage=other),
                         self.run_hone("trials", "-f", "json"))
        with (self.path / "log").open("a") as log:
            log.write('{"op_code":4,"wor')
        self.run_hone("import", "log", "--as", "u", storage=other)
        with (self.path / "log").open("a") as log:
            log.write('\n{"op_code":77}\n')
        self.assertIn("line", self.run_hone("import", "log", "--as", "v", storage=other, code=3))
        self.assertEqual(len(self.run_hone("export", "-f", "csv").splitlines()), 6)

    def test_errors_end_with_their_codes_and_show_no_secrets(self):
        self.assertIn("no such study database", self.run_hone("studies", code=4))
        self.run_hone("nonsense", code=2)
        self.assertNotIn("secret",
                         self.run_hone("studies", storage="oracle://u:secret@h/d", code=2))
        self.make(1)
        self.run_hone("trials", "--study-name", "x\x1b[31m", code=2)
        self.assertNotIn("\x1b", self.run_hone("trials", "--study-name", "x\x1b[31m", code=2))
        self.run_hone("why", 7, code=2)


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
