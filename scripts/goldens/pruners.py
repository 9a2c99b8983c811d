"""Writes tests/goldens/pruners.json: what Optuna's pruners decide on random histories.

`histories`: Median and Percentile; a set of finished trials and one running trial that reports;
the decision after each of its reports. `sequences`: the other pruners, whose decisions depend on
what they wrote before, as a list of events over several trials.
"""

import math
import random
import warnings

import golden_io as io

import optuna
from optuna.trial import TrialState, create_trial

SEED = 20260104


def curve(rng, steps, nan_share):
    """[step, value] pairs around a level of its own, in multiples of 0.125: ties are common, and
    no decision hangs on how a percentile is rounded."""
    level = rng.randint(0, 6)
    return [[s, float("nan") if rng.random() < nan_share else (level + rng.randint(0, 3)) * 0.125]
            for s in steps]


def steps_of(rng, kind, count):
    """Reported steps: every step, from one, every third, or with gaps."""
    start, stride = {"all": (0, 1), "from_one": (1, 1), "third": (2, 3), "gaps": (0, 1)}[kind]
    steps = [start + stride * i for i in range(count)]
    return [s for s in steps if kind != "gaps" or rng.random() < 0.7]


def history(rng, index):
    direction = rng.choice(["minimize", "maximize"])
    options = {"percentile": 50.0 if index % 2 == 0 else rng.choice([0.0, 10.0, 25.0, 75.0, 100.0]),
               "n_startup_trials": rng.choice([0, 1, 2, 5]),
               "n_warmup_steps": rng.choice([0, 0, 1, 3]),
               "interval_steps": rng.choice([1, 1, 2, 3]),
               "n_min_trials": rng.choice([1, 1, 2, 4])}
    nan_share, kind = rng.choice([0.0, 0.0, 0.2, 0.6]), rng.choice(["all", "from_one", "third",
                                                                     "gaps"])
    finished = []
    for _ in range(rng.choice([0, 1, 3, 5, 6, 7, 8, 9])):
        state = rng.choice(["COMPLETE"] * 6 + ["PRUNED", "FAIL"])
        pairs = curve(rng, steps_of(rng, kind, rng.randint(2, 6)), nan_share)
        finished.append({"state": state, "reports": pairs})
    return direction, options, finished, curve(rng, steps_of(rng, kind, rng.randint(2, 6)),
                                               nan_share)


def decide_history(rng, index):
    direction, options, finished, reports = history(rng, index)
    if index % 2 == 0:
        name = "median"
        pruner = optuna.pruners.MedianPruner(**{k: v for k, v in options.items()
                                                if k != "percentile"})
    else:
        name, pruner = "percentile", optuna.pruners.PercentilePruner(**options)
    study = optuna.create_study(direction=direction, pruner=pruner)
    for t in finished:
        value = 0.5 if t["state"] == "COMPLETE" else None
        study.add_trial(create_trial(state=TrialState[t["state"]], value=value,
                                     intermediate_values=dict(map(tuple, t["reports"]))))
    trial, decisions = study.ask(), []
    for step, value in reports:
        trial.report(value, step)
        decisions.append(trial.should_prune())
    return {"pruner": name, "direction": direction, "options": options, "finished": finished,
            "reports": reports, "prune": decisions}


def sequence_pruner(rng, index):
    """(name, options as stored, pruner) of the pruners beyond Median and Percentile."""
    kind = ("successive_halving", "hyperband", "threshold", "patient", "wilcoxon")[index % 5]
    p = optuna.pruners
    if kind == "successive_halving":
        options = {"min_resource": rng.choice([1, 2, "auto"]),
                   "reduction_factor": rng.choice([2, 3, 4]),
                   "min_early_stopping_rate": rng.choice([0, 0, 1]), "bootstrap_count": 0}
        if options["min_resource"] != "auto":
            options["bootstrap_count"] = rng.choice([0, 0, 2])
        return kind, options, p.SuccessiveHalvingPruner(**options)
    if kind == "hyperband":
        options = {"min_resource": 1, "max_resource": rng.choice([9, 8, "auto"]),
                   "reduction_factor": rng.choice([2, 3]), "bootstrap_count": 0}
        return kind, options, p.HyperbandPruner(**options)
    if kind == "threshold":
        options = {"lower": rng.choice([None, 0.125]), "upper": 1.0,
                   "n_warmup_steps": rng.choice([0, 2]), "interval_steps": rng.choice([1, 2])}
        return kind, options, p.ThresholdPruner(**options)
    if kind == "patient":
        options = {"patience": rng.choice([0, 1, 2, 3]), "min_delta": rng.choice([0.0, 0.125]),
                   "wrapped": rng.choice([None, "median"])}
        wrapped = p.MedianPruner(n_startup_trials=1) if options["wrapped"] else None
        return kind, options, p.PatientPruner(wrapped, options["patience"], options["min_delta"])
    options = {"p_threshold": rng.choice([0.05, 0.1, 0.3]), "n_startup_steps": rng.choice([0, 2])}
    return kind, options, p.WilcoxonPruner(**options)


def decide_sequence(rng, index):
    """Up to three trials run side by side; each event is one report and the decision."""
    name, options, pruner = sequence_pruner(rng, index)
    direction = rng.choice(["minimize", "maximize"])
    study_name = f"golden-{index}"
    study = optuna.create_study(direction=direction, pruner=pruner, study_name=study_name)
    length, nan_share, live, events = rng.choice([6, 9, 10]), rng.choice([0.0, 0.0, 0.15]), [], []
    for _ in range(110):
        if len(live) < 3 and (not live or rng.random() < 0.4):
            trial = study.ask()
            live.append((trial, curve(rng, range(1, length + 1), nan_share)))
            events.append({"trial": trial.number, "do": "start"})
            continue
        slot = rng.randrange(len(live))
        trial, left = live[slot]
        step, value = left.pop(0)
        trial.report(value, step)
        prune = trial.should_prune()
        events.append({"trial": trial.number, "do": "report", "step": step, "value": value,
                       "prune": prune})
        if prune and rng.random() < 0.9:
            study.tell(trial, state=TrialState.PRUNED)
            events.append({"trial": trial.number, "do": "pruned"})
        elif not left:
            final = 0.0 if math.isnan(value) else value
            study.tell(trial, final)
            events.append({"trial": trial.number, "do": "complete", "value": final})
        else:
            continue
        live.pop(slot)
    return {"pruner": name, "study_name": study_name, "direction": direction, "options": options,
            "events": events}


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    rng = random.Random(SEED)
    histories = [decide_history(rng, i) for i in range(300)]
    sequences = []
    for index in range(30):
        try:
            sequences.append(decide_sequence(rng, index))
        except ImportError as error:  # Wilcoxon needs SciPy
            print(f"sequence {index} left out: {error}")
    prunes = sum(any(h["prune"]) for h in histories)
    print(f"{prunes} of {len(histories)} histories prune at least once")
    for name in sorted({s["pruner"] for s in sequences}):
        print(name, [sum(e.get("prune", False) for e in s["events"]) for s in sequences
                     if s["pruner"] == name])
    io.write("pruners.json",
             {"made_by": "scripts/goldens/pruners.py", "optuna": optuna.__version__, "seed": SEED,
              "how": "real pruners on in-memory studies; prune[i] is should_prune() right after "
                     "reports[i]"},
             {"histories": histories, "sequences": sequences})


if __name__ == "__main__":
    main()
