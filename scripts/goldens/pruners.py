"""Writes tests/goldens/pruners.json: what Optuna's pruners decide on 1,000 random histories each.

A history is a function of a seed: several trials of one study report side by side, and what the
pruner answers decides how each goes on. tests/tune/pruner_golden_test.cpp plays the same histories
with the same random numbers, so the file holds the decisions alone: one bit each, in the order of
the reports, four a hexadecimal digit, the last one filled up with zeros.
"""

import math
import warnings

import golden_io as io

import optuna
from optuna.trial import TrialState

HISTORIES = 1000
MASK = (1 << 64) - 1
KINDS = ("median", "percentile", "successive-halving", "hyperband", "threshold", "patient",
         "wilcoxon", "none")


class Random:
    """SplitMix64 (Steele, Lea, Flood 2014)."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 33) % n

    def pick(self, *values):
        return values[self.below(len(values))]


def maker(kind, rng):
    """A function that makes the pruner. One whose resource is automatic is made anew for each
    decision: it would keep what it found at the first one."""
    p = optuna.pruners
    if kind in ("median", "percentile"):
        percentile = rng.pick(0.0, 10.0, 25.0, 75.0, 100.0)
        rest = {"n_startup_trials": rng.pick(0, 1, 2, 5), "n_warmup_steps": rng.pick(0, 0, 1, 3),
                "interval_steps": rng.pick(1, 1, 2, 3), "n_min_trials": rng.pick(1, 1, 2, 4)}
        if kind == "median":
            return lambda: p.MedianPruner(**rest)
        return lambda: p.PercentilePruner(percentile, **rest)
    if kind == "successive-halving":
        resource, factor, rate = rng.pick(0, 1, 2, 3), rng.pick(2, 3, 4), rng.pick(0, 0, 1)
        bootstrap = rng.pick(0, 0, 2) if resource else 0
        return lambda: p.SuccessiveHalvingPruner(resource or "auto", factor, rate, bootstrap)
    if kind == "hyperband":
        resource, longest, factor = rng.pick(1, 1, 2), rng.pick(0, 8, 9, 27), rng.pick(2, 3, 4)
        bootstrap = rng.pick(0, 0, 2) if longest else 0
        return lambda: p.HyperbandPruner(resource, longest or "auto", factor, bootstrap)
    if kind == "threshold":
        lower, upper = rng.pick(None, 0.25), rng.pick(1.0, 0.875)
        warmup, interval = rng.pick(0, 0, 2), rng.pick(1, 2)
        return lambda: p.ThresholdPruner(lower, upper, warmup, interval)
    if kind == "patient":
        patience, delta, wrap = rng.pick(0, 1, 2, 3), rng.pick(0.0, 0.125), rng.below(2)
        return lambda: p.PatientPruner(p.MedianPruner(n_startup_trials=1) if wrap else None,
                                       patience, delta)
    if kind == "wilcoxon":
        threshold, startup = rng.pick(0.05, 0.1, 0.3), rng.pick(0, 0, 2, 4)
        return lambda: p.WilcoxonPruner(p_threshold=threshold, n_startup_steps=startup)
    return p.NopPruner


def curve(rng, style):
    """[step, value] pairs around a level. Coarse values are multiples of 0.125, so that ties are
    common; no decision hangs on how a percentile is rounded."""
    level, pairs, step = rng.below(7), [], style["first"]
    for _ in range(style["length"]):
        if style["nan"] and rng.below(6) == 0:
            value = math.nan
        elif style["inf"] and rng.below(8) == 0:
            value = rng.pick(math.inf, -math.inf)
        elif style["fine"]:
            value = (level * 64 + rng.below(512)) / 512
        else:
            value = (level + rng.below(4)) * 0.125
        if not (style["gaps"] and rng.below(4) == 0):
            pairs.append((step, value))
        step += style["stride"]
    return pairs


def play(kind, number):
    rng = Random((KINDS.index(kind) << 32) + number)
    direction = rng.pick("minimize", "maximize")
    make = maker(kind, rng)
    style = {"length": rng.pick(6, 9, 10, 28), "first": rng.below(2), "stride": rng.pick(1, 1, 3),
             "nan": rng.below(4) == 0, "inf": rng.below(6) == 0, "gaps": rng.below(4) == 0,
             "fine": rng.below(2)}
    study = optuna.create_study(direction=direction, study_name=f"golden-{number}")
    live, decisions = [], []
    for _ in range(100):
        if len(live) < 3 and (not live or rng.below(5) < 2):
            live.append((study.ask(), curve(rng, style)))
            continue
        slot = rng.below(len(live))
        trial, left = live[slot]
        prune = False
        if left:
            step, value = left.pop(0)
            trial.report(value, step)
            study.pruner = make()
            prune = trial.should_prune()
            decisions.append(prune)
        if prune and rng.below(10) > 0:
            study.tell(trial, state=TrialState.PRUNED)
        elif left:
            continue
        elif rng.below(8) == 0:
            study.tell(trial, state=TrialState.FAIL)
        else:
            reports = [v for v in study.trials[trial.number].intermediate_values.values()
                       if not math.isnan(v)]
            # No two trials are equal: which of them is the best one depends on the storage.
            study.tell(trial, (reports[-1] if reports else 0.0) + trial.number * 2.0**-20)
        live.pop(slot)
    return decisions


def hexadecimal(bits):
    bits = bits + [False] * (-len(bits) % 4)
    return "".join(f"{sum(b << (3 - j) for j, b in enumerate(bits[i:i + 4])):x}"
                   for i in range(0, len(bits), 4))


def brackets(low, high, factor):
    """The budgets of the brackets, and the brackets of the first trials of a study."""
    pruner = optuna.pruners.HyperbandPruner(low, high, factor)
    study = optuna.create_study(study_name="brackets", pruner=pruner)
    pruner._try_initialization(study)
    return {"min_resource": low, "max_resource": high, "reduction_factor": factor,
            "budgets": pruner._trial_allocation_budgets,
            "of_trials": [pruner._get_bracket_id(study, study.ask()) for _ in range(40)]}


def main():
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    warnings.simplefilter("ignore")
    body = {}
    for kind in KINDS:
        played = [play(kind, number) for number in range(HISTORIES)]
        body[kind] = " ".join(map(hexadecimal, played))
        print(f"{kind}: {sum(map(sum, played))} of {sum(map(len, played))} decisions prune",
              flush=True)
    body["brackets"] = [brackets(*case) for case in
                        ((1, 9, 3), (1, 8, 2), (1, 243, 3), (2, 100, 3), (3, 1000, 4), (5, 5, 2))]
    import scipy  # Wilcoxon's test is SciPy's
    io.write("pruners.json", {"made_by": "scripts/goldens/pruners.py",
                              "optuna": optuna.__version__, "scipy": scipy.__version__}, body)


if __name__ == "__main__":
    main()
