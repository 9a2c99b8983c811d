"""Samplers, pruners and limits: their options, and what cannot succeed is refused before it costs."""
import re

from folder_cases import snapshot
from harness import Case, program_name, run, trials, trials_csv


class Checked(Case):
    QUICK = ["--trials", 2, "--no-retrain"]

    def test_fresh_keeps_the_study_where_the_new_one_could_not_succeed(self):
        self.complete(*self.QUICK)
        before = snapshot(self.out)
        for extra, part in ((["--sampler", "brute_force"], "is continuous"),
                            (["--pruner", "promotion", "--epochs", 30], "least"),
                            (["--pruner", 'promotion{"reduction_factor": 9}'], "least"),
                            (["--pruner", 'threshold{"upper": -1}'], "stops every trial"),
                            (["--max-parameters", 3], "--max-parameters 3"),
                            (["--max-memory", "1 kB"], "--max-memory 1000 B"),
                            (["--max-flops", 2], "--max-flops 2"),
                            (["--timeout", 0.01], "--timeout 0.01: may be over before")):
            with self.subTest(extra=extra):
                self.refused(self.tune(*self.QUICK, "--fresh", *extra), 2, part)
                self.assertEqual(snapshot(self.out), before)

    def test_a_sampler_that_cannot_draw_from_the_space_makes_no_study(self):
        self.refused(self.tune("--sampler", "brute_force"), 2, "--sampler brute_force", "step")
        self.assertFalse((self.out / "study.db").exists())
        self.complete(*self.QUICK, "--sampler", 'grid{"points": 2}')
        values = {row["params_dropout"] for row in trials_csv(self.out)}
        self.assertLessEqual(values, {"0.0", "0.5", "0", ""})

    def test_promotion_says_how_many_trials_it_takes(self):
        words = ["--pruner", "promotion", "--epochs", 30, "--no-retrain"]
        self.refused(self.tune(*words, "--trials", 24), 2, "--trials", "about 121", "least 25")
        self.assertFalse((self.out / "study.db").exists())
        words = ["--pruner", 'promotion{"min_resource": 2}', "--epochs", 3, "--no-retrain"]
        result = self.tune(*words, "--trials", 3)
        self.refused(result, 2, "about 4", "least 4")
        result = self.tune("--pruner", "promotion", "--epochs", 4, "--trials", 9, "--no-retrain")
        self.assertIn("about 13 trials; with 9 there may be none", result.out)

    def test_a_pruner_that_can_stop_nothing_is_told(self):
        for spec, part in (('median{"warmup_steps": 2}', "warmup_steps 2"),
                           ('wilcoxon{"startup_steps": 3}', "startup_steps 3"),
                           ('patient{"patience": 1}', "patience 1"),
                           ('successive-halving{"min_resource": 2}', "first rung"),
                           ('patient{"wrapped": "median {\\"warmup_steps\\": 9}"}', "warmup_steps 9")):
            with self.subTest(spec=spec):
                result = self.complete(*self.QUICK, "--fresh", "--pruner", spec)
                self.assertRegex(result.out, rf"note .*stops no trial of 2 epochs: .*{part}")
        for spec in ('median{"warmup_steps": 1}', "none", 'patient{"patience": 0}'):
            self.assertNotIn("note ", self.complete(*self.QUICK, "--fresh", "--pruner", spec).out)


class Idle(Case):
    def test_an_option_that_does_nothing_is_refused_before_anything_runs(self):
        for words, parts in ((["--no-retrain"], ["--final-epochs", "--no-retrain"]),
                             (["--storage", "memory", "--take-over"], ["--take-over", "memory"]),
                             (["--fresh", "--take-over"], ["--take-over", "--fresh"]),
                             (["--reruns", 0, "--rerun-seeds", 2], ["--rerun-seeds", "--reruns 0"]),
                             (["replay", 0, "--fresh"], ["--fresh", "replay"]),
                             (["--take-over", "replay", 0], ["--take-over", "replay"])):
            with self.subTest(words=words):
                asked = [*self.command(), *map(str, words)]
                self.refused(run(asked), 2, *parts, "does nothing")
                self.assertFalse(self.out.exists())

    def test_predict_takes_no_options_of_a_run(self):
        for words in (["--fresh"], ["--trials", "3"], ["--out", str(self.out)], ["--no-retrain"]):
            result = run([*words, "predict", "model.safetensors", "picture.png"])
            self.refused(result, 2, words[0], "does nothing for predict")


class Specs(Case):
    def test_blanks_around_a_spec_and_a_spec_in_a_spec(self):
        nested = ' patient{"patience": 1, "wrapped": "median{\\"warmup_steps\\": 9}"} '
        words = ["--trials", 2, "--no-retrain", "--epochs", 2]
        result = self.complete(*words, "--sampler", " tpe", "--pruner", nested)
        self.assertIn("pruner patient", result.out)
        same = 'patient {"wrapped":"median {\\"warmup_steps\\":9}","patience":1}'
        again = self.complete(*words, "--sampler", "tpe {}\n", "--pruner", same)
        self.assertIn("This study is finished", again.out)

    def test_every_sampler_and_pruner_takes_options_and_help_lists_them(self):
        text = run(["--help"]).out
        for name, option in (("gp", "flips"), ("tpe", "startup_trials"), ("grid", "points"),
                             ("threshold", "upper"), ("median", "warmup_steps"),
                             ("promotion", "reduction_factor"), ("patient", "wrapped")):
            self.assertRegex(text, rf"(?m)^ *{name}: (?:[^\n]*\n)(?: +\w+ \(default.*\n)*? +{option} ")

    def test_options_count_and_are_part_of_the_study(self):
        words = ["--trials", 4, "--no-retrain", "--epochs", 2]
        limit = 'threshold{"upper": 0.0}' if program_name() == "fmnist_tune" else \
            'threshold {"upper": 0.0}'
        result = self.tune(*words, "--pruner", limit)
        states = [row[1] for row in trials(self.out / "study.db")]
        self.assertIn("PRUNED", states, str(result))
        self.assertIn("above the upper limit 0", result.out)
        self.refused(self.tune(*words, "--pruner", 'threshold{"upper": 0.5}'), 2, "pruner:", "0.5")
        self.complete(*words, "--pruner", 'threshold{"upper": 1.0}', "--sampler",
                      'tpe{"startup_trials": 2}', "--fresh")
        self.refused(self.tune(*words, "--pruner", 'threshold{"upper": 1.0}'), 2, "sampler:")
        self.complete(*words, "--pruner", 'threshold{"upper": 1}', "--sampler",
                      'tpe {"startup_trials":2}')

    def test_wrong_options_are_refused_with_the_option_and_the_known_ones(self):
        for option, spec, parts in (
                ("--pruner", "threshold", ["lower or upper", "threshold{"]),
                ("--pruner", 'threshold{"uper": 1}', ["uper", "upper"]),
                ("--pruner", 'median{"warmup_steps": -1}', ["warmup_steps"]),
                ("--pruner", 'median{"warmup_steps": "x"}', ["warmup_steps"]),
                ("--pruner", "median{", ["line 1"]), ("--pruner", "median[1]", ["median[1]"]),
                ("--pruner", "median 5", []), ("--pruner", "", ["median"]),
                ("--pruner", 'none{"x": 1}', ["x"]), ("--sampler", 'gp{"flops": 1}', ["flops"]),
                ("--sampler", 'random{"seed": 1}', ["seed"]), ("--sampler", "tpe{]", ["line 1"]),
                ("--sampler", 'grid{"points": 1}', ["points"])):
            with self.subTest(spec=spec):
                self.refused(self.tune(option, spec), 2, option, *parts)
                self.assertFalse((self.out / "study.db").exists())


class Limits(Case):
    def test_a_limit_that_refuses_every_network_is_named_with_what_to_change(self):
        for number, (option, value, shown) in enumerate((("--max-parameters", 3, "3"),
                                                         ("--max-memory", "0.001MiB", "1.02 KiB"),
                                                         ("--max-flops", 4, "4"))):
            out = self.folder / f"limit{number}"
            result = self.tune(option, value, out=out)
            self.refused(result, 2, "all 3 trials", f"{option} {shown}", "smallest network takes",
                         "raise it")
            page = (out / "report.html").read_text()
            self.assertIn("<b>3 trials ended without a value</b>", page)
            self.assertIn("why it stopped", page)
            self.assertGreaterEqual(page.count("not trained: "), 4)

    def test_numbers_have_exponents_where_they_are_whole(self):
        words = ["--trials", 1, "--no-retrain"]
        self.complete(*words, "--max-parameters", "1e6", "--max-flops", "2.5e9")
        other = self.tune(*words, "--max-parameters", "1000001", "--max-flops", 2500000000)
        self.refused(other, 2, "max_parameters: 1000000 -> 1000001")
        self.assertNotIn("max_flops", other.err)
        for text in ("1.5", "1e-1", "1e99", "1e", "-1e3"):
            self.refused(self.tune("--max-parameters", text), 2, "--max-parameters", text, "5e5")

    def test_sizes_have_units(self):
        for text, stored in (("1.5GiB", 3 << 29), ("1.5 GB", 1500000000), ("1e9", 1000000000),
                             ("2097152KiB", 1 << 31)):
            out = self.folder / text
            self.complete("--trials", 1, "--no-retrain", "--max-memory", text, out=out)
            other = self.tune("--trials", 2, "--max-memory", "7GiB", out=out)
            self.refused(other, 2, f"max_memory: {stored} -> {7 << 30}")
        for text in ("2G", "1.5", "much", "-1MiB", "1MiB2", "nan", "1,5GiB"):
            result = self.tune("--max-memory", text)
            self.refused(result, 2, "--max-memory", text, "512MiB")
            self.assertNotIn("UINT", result.err)

    def test_a_limit_of_time_refuses_what_those_before_let_expect_to_take_longer(self):
        words = ["--trials", 8, "--no-retrain", "--pruner", "none"]
        result = self.complete(*words, "--max-seconds", "1e-5")
        states = [row[1] for row in trials(self.out / "study.db")]
        self.assertEqual(states[:3], ["COMPLETE"] * 3, result)
        self.assertEqual(states[7], "PRUNED", result)
        self.assertEqual(result.out.count("not trained: predicted to take "), states.count("PRUNED"))
        self.assertIn("at most 1e-05 s are wanted", result.out)
        words += ["--max-seconds", "1e-5"]
        self.complete("replay", 2, *words)
        self.refused(self.tune("replay", 7, *words), 2, "trial 7 was not trained", "predicted to take")
        self.refused(self.tune(*words[:-2]), 2, "max_seconds")
        generous = self.complete(*words[:-1], 1000, out=self.folder / "generous")
        self.assertNotIn("not trained", generous.out)
        self.assertIn(" s (predicted ", generous.out)

    def test_unexpected_words_stand_in_their_order(self):
        words = ["surplus", "--alpha", "beta", "--gamma"]
        result = run([*self.command(), *words])
        self.refused(result, 2, "--help")
        self.assertTrue(re.search(r"surplus.* --alpha .*beta.* --gamma", result.err), result.err)
