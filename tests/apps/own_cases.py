"""hone_tune on data of one's own: what its tests share, and those of its space and its places."""
import csv
import io
import json
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness

SMALL = {"layers": 1, "width": {"low": 4, "high": 16}, "lr": {"low": 1e-3, "high": 0.1, "log": True},
         "epochs": 15, "batch": 16}


def run(*arguments, expect=0):
    result = subprocess.run([harness.PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                            timeout=120, env=harness.environment(), check=False)
    assert expect in (None, result.returncode), (result.returncode, result.stdout, result.stderr)
    return result


class OwnCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "space.json").write_text(json.dumps(SMALL))

    def table(self, name, rows=300, regress=False):
        rng = random.Random(name)
        path = self.folder / (name + ".csv")
        with path.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["size", "colour", "note", "y"])
            for i in range(rows):
                size, colour = rng.gauss(50, 10), rng.choice(["red", "green"])
                value = 2000 * size + (30000 if colour == "red" else 0)
                label = "large" if value > 115000 else "small"
                out.writerow(["" if i % 17 == 0 else f"{size:.3f}", colour, f"note {i}",
                              f"{value:.1f}" if regress else label])
        return path

    def tune(self, data, *options, expect=0, out="out", trials=3):
        return run(data, "--space", self.folder / "space.json", "--trials", trials, "--out",
                   self.folder / out, "--threads", 1, *options, expect=expect)

    def tune_with(self, data, changes, *options, **more):
        (self.folder / "space.json").write_text(json.dumps(SMALL | changes))
        return self.tune(data, "--target", "y", *options, **more)

    def summary(self, out="out"):
        return json.loads((self.folder / out / "summary.json").read_text())

    def numbers(self, out="out"):
        return {key: value for key, value in self.summary(out).items() if key not in harness.CLOCKS}


class Spaces(OwnCase):
    def test_networks_beyond_a_limit_are_not_trained(self):
        data = self.table("kinds")
        self.tune_with(data, {"width": [4, 64]}, "--max-parameters", 60, trials=8)
        rows = list(csv.DictReader(io.StringIO((self.folder / "out" / "trials.csv").read_text())))
        for row in rows:
            small = int(row["user_attrs_parameters"]) <= 60
            self.assertEqual(row["state"] == "PRUNED" and row["value"] == "", not small, row)
        self.assertEqual({row["params_width"] for row in rows}, {"4", "64"})
        page = (self.folder / "out" / "report.html").read_text()
        self.assertIn("MFLOP a sample", page)
        self.assertIn("at most 60 are wanted", page)

    def test_results_do_not_go_where_the_data_are(self):
        pictures = self.folder / "pictures"
        for name in ("dark", "light"):
            (pictures / name).mkdir(parents=True)
            for i in range(8):
                (pictures / name / f"{i}.png").write_bytes(
                    harness.png(12, 12, bytes([i + 100 * (name == "light")] * 144)))
        (self.folder / "link").symlink_to(pictures)
        for out in ("pictures", "pictures/out", "pictures/dark/out", "link/out", "a/../pictures/out"):
            message = self.tune(pictures, "--grey", out=out, expect=2).stderr
            self.assertIn("in the folder of the pictures", message)
            self.assertIn("--out", message)
        message = self.tune(pictures, "--grey", "--storage", f"sqlite:///{pictures}/light/s.db",
                            expect=2).stderr
        self.assertIn("--storage", message)
        self.assertEqual(sorted(path.name for path in pictures.iterdir()), ["dark", "light"])
        self.assertFalse((pictures / "light" / "s.db").exists())
        self.tune(pictures, "--grey", out="pictures-out")
        self.tune(pictures, "--grey", out="pictures-out", trials=4)
        table = self.table("trials")
        self.assertIn("is read, and trials.csv is what a result",
                      self.tune(table, "--target", "y", out=".", expect=2).stderr)

    def test_other_settings_are_told_by_what_differs_alone(self):
        data = self.table("kinds")
        self.tune_with(data, {}, "--no-retrain")
        message = self.tune_with(data, {"lr": {"low": 1e-3, "high": 0.2, "log": True}, "ema": 0.9},
                                 "--no-retrain", expect=2).stderr
        self.assertIn('\n  space: lr: {"low": 0.001, "high": 0.1, "log": true} -> '
                      '{"low": 0.001, "high": 0.2, "log": true}\n  space: ema: (none) -> 0.9\n', message)
        self.assertNotIn("\\x0a", message)
        self.assertNotIn("width", message)
        # The table is encoded by its training part, so by seed and shares: these alone are told.
        for option, value, told in (("--seed", 2, "seed: 1 -> 2"), ("--test", 0.3, "test: 0.2 -> 0.3")):
            message = self.tune_with(data, {}, "--no-retrain", option, value, expect=2).stderr
            self.assertIn(f"(stored -> asked):\n  {told}\nUse", message)
        (self.folder / "space.json").write_text(json.dumps(SMALL, indent=2, sort_keys=True))
        again = self.tune(data, "--target", "y", "--no-retrain")
        self.assertIn("finished", again.stdout)
        changed = data.read_text().replace("red", "blue")
        data.write_text(changed)
        self.assertIn("\n  data names: ", self.tune_with(data, {}, "--no-retrain", expect=2).stderr)

    def test_a_range_with_steps_is_tried_whole(self):
        data = self.table("kinds")
        steps = {"lr": 0.01, "dropout": {"low": 0, "high": 0.5, "step": 0.2},
                 "width": {"low": 4, "high": 13, "step": 4}}
        self.tune_with(data, steps, "--sampler", "brute_force", "--lag", 1, trials=9)
        rows = list(csv.DictReader(io.StringIO((self.folder / "out" / "trials.csv").read_text())))
        tried = {(float(row["params_dropout"]), int(row["params_width"])) for row in rows}
        self.assertEqual(tried, {(d, w) for d in (0.0, 0.2, 0.4) for w in (4, 8, 12)})
        for wrong, part in (({"low": 0, "high": 0.5, "step": 0}, "step"),
                            ({"low": 0, "high": 0.5, "step": -0.1}, "step"),
                            ({"low": 0, "high": 0.5, "step": 0.9}, "larger than the range"),
                            ({"low": 0.1, "high": 0.5, "step": 0.1, "log": True}, "log"),
                            ({"low": 0, "high": 0.5, "step": "x"}, "step"),
                            ({"low": 0, "high": 0.5, "steps": 2}, "steps")):
            self.assertIn(part, self.tune_with(data, {"dropout": wrong}, out="wrong", expect=3).stderr)
        self.tune_with(data, {"width": {"low": 4, "high": 13, "step": 1.5}}, out="wrong", expect=3)
        self.assertFalse((self.folder / "wrong").exists())

    def test_the_first_trial_is_what_one_takes_without_tuning(self):
        data = self.table("kinds")
        space = {"layers": {"low": 1, "high": 3}, "width": {"low": 4, "high": 16}, "lr": [0.1, 0.01],
                 "optimizer": ["sgd", "adam"], "momentum": {"low": 0.5, "high": 0.8}}
        result = self.tune_with(data, space, trials=2)
        rows = list(csv.DictReader(io.StringIO((self.folder / "out" / "trials.csv").read_text())))
        self.assertEqual([rows[0]["params_" + key] for key in ("layers", "width", "lr", "optimizer")],
                         ["2", "16", "0.1", "adam"])
        self.assertEqual(rows[0].get("params_momentum", ""), "", "adam asks for none")
        self.assertEqual(self.summary()["default_value"], float(rows[0]["value"]))
        self.assertNotIn("nothing asks", result.stdout)

    def test_averages_and_accumulated_batches_are_part_of_a_space(self):
        data = self.table("kinds")
        tried = {"batch": 8, "accumulate": [1, 4], "ema": [0, 0.8], "label_smoothing": 0.1}
        self.tune_with(data, tried, trials=4)
        self.assertGreater(self.summary()["test_accuracy"], 0.7)
        columns = (self.folder / "out" / "trials.csv").read_text().split("\n")[0]
        for key in ("accumulate", "ema"):
            self.assertIn(key, columns)
