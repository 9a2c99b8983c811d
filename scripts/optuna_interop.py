#!/usr/bin/env python3
"""Checks a hone study database with the real Optuna: reads it, compares it, continues it.

  optuna_interop.py check DB [--study NAME] [--expect FILE]     read everything, compare
  optuna_interop.py continue DB --trials 5 [...]                the same, then TPE goes on
  optuna_interop.py make DB                                     a sample study, written by Optuna
  optuna_interop.py front DB                                    its Pareto front, to DB.front.json;
                                                                made by Optuna if DB is not there
  optuna_interop.py selftest                                    make + check + continue, and that
                                                                 a changed field is noticed

FILE (default: DB.expect.json) holds what the database must contain; see `expectations` below for
its form. Optuna 3.1 opens these files only with --skip-compatibility-check. Exit code 0: all holds,
1: something differs (each difference is one line), 2: usage.
"""

import argparse
import json
import math
import os
import pathlib
import sqlite3
import sys
import tempfile

import optuna
from optuna.trial import TrialState

STATES = [s.name for s in TrialState]


# ---- the form of the expectations file ---------------------------------------------------------

def plain(value):
    """JSON without NaN and infinities: these are the strings "nan", "inf", "-inf"."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def expectations(study):
    """A study as the file holds it. In a hand-made file every key but `number` may be left out."""
    return {
        "study_name": study.study_name,
        "directions": [d.name.lower() for d in study.directions],
        "user_attrs": plain(study.user_attrs),
        "best_trials": front_of(study),
        "trials": [trial_fields(t) for t in study.get_trials(deepcopy=False)]}


def front_of(study):
    """Numbers of the Pareto front; None where this Optuna does not look at constraints."""
    if int(optuna.__version__.split(".")[0]) < 4:
        return None
    return [t.number for t in study.best_trials]


def trial_fields(trial):
    values = trial.values
    return {
        "number": trial.number,
        "state": trial.state.name,
        "value": plain(values[0]) if values is not None and len(values) == 1 else None,
        "values": plain(values),
        "params": plain(trial.params),
        "distributions": {k: json.loads(optuna.distributions.distribution_to_json(d))
                          for k, d in trial.distributions.items()},
        "intermediate": plain(trial.intermediate_values),
        "user_attrs": plain(trial.user_attrs),
        "fixed_params": plain(trial.system_attrs.get("fixed_params")),
        "has_start": trial.datetime_start is not None,
        "has_complete": trial.datetime_complete is not None}


# ---- comparing ----------------------------------------------------------------------------------

def differences(path, got, want):
    """One line per field of `want` that `got` lacks or holds differently; ints equal floats."""
    if isinstance(want, dict) and isinstance(got, dict):
        lines = [f"{path}.{k}: unexpected {got[k]!r}" for k in sorted(set(got) - set(want))]
        for key in want:
            lines += (differences(f"{path}.{key}", got[key], want[key]) if key in got
                      else [f"{path}.{key}: missing, expected {want[key]!r}"])
        return lines
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [line for i, (g, w) in enumerate(zip(got, want))
                for line in differences(f"{path}[{i}]", g, w)]
    same_type = isinstance(got, bool) == isinstance(want, bool)
    if same_type and got == want:
        return []
    return [f"{path}: Optuna reads {got!r}, expected {want!r}"]


def compare_trial(got, want):
    lines = []
    for key, value in want.items():
        if key not in got:
            lines.append(f"trial {want.get('number')}: the expectations name an unknown field "
                         f"{key!r}")
        else:
            lines += differences(f"trial {want.get('number')}.{key}", got[key], value)
    return lines


def compare_study(study, want):
    got, lines = expectations(study), []
    for key in ("study_name", "directions", "user_attrs"):
        if key in want:
            lines += differences(key, got[key], want[key])
    if want.get("best_trials") is not None and got["best_trials"] is not None:
        lines += differences("best_trials", got["best_trials"], want["best_trials"])
    unknown = set(want) - set(got)
    lines += [f"the expectations name an unknown field {k!r}" for k in sorted(unknown)]
    trials = want.get("trials", [])
    if len(got["trials"]) != len(trials):
        lines.append(f"Optuna reads {len(got['trials'])} trials, expected {len(trials)}")
    by_number = {t["number"]: t for t in got["trials"]}
    if sorted(by_number) != list(range(len(got["trials"]))):
        lines.append(f"trial numbers are {sorted(by_number)}, not 0, 1, 2, ...")
    for trial in trials:
        if trial["number"] in by_number:
            lines += compare_trial(by_number[trial["number"]], trial)
        else:
            lines.append(f"trial {trial['number']}: missing")
    return lines


def inner_checks(study):
    """What Optuna itself must be able to do with any study, whatever is expected of it."""
    lines = []
    for trial in study.get_trials(deepcopy=False):
        if set(trial.params) != set(trial.distributions):
            lines.append(f"trial {trial.number}: params and distributions differ in names")
        for name, distribution in trial.distributions.items():
            internal = distribution.to_internal_repr(trial.params[name])
            # A WAITING or enqueued value outside the range is allowed; Optuna only warns of it.
            if trial.state.is_finished() and not distribution._contains(internal):
                lines.append(f"trial {trial.number}: {name} = {trial.params[name]!r} lies outside "
                             f"{distribution}")
        if trial.state.is_finished() and trial.datetime_complete is None:
            lines.append(f"trial {trial.number}: finished without datetime_complete")
        if trial.state == TrialState.COMPLETE and (
                trial.values is None or len(trial.values) != len(study.directions)):
            lines.append(f"trial {trial.number}: COMPLETE with values {trial.values}")
    if len(study.directions) == 1 and any(t.state == TrialState.COMPLETE for t in study.trials):
        try:
            best = study.best_trial
            print(f"best trial {best.number}: value {best.value}")
        except ValueError as error:  # every COMPLETE trial violates a constraint
            print(f"no best trial: {error}")
    return lines


# ---- opening and printing -----------------------------------------------------------------------

def open_study(options):
    if not pathlib.Path(options.db).is_file():
        sys.exit(f"optuna_interop: no such database: {options.db}")
    try:
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{options.db}", skip_compatibility_check=options.skip_compatibility_check)
    except RuntimeError as error:
        sys.exit(f"optuna_interop: {error} (--skip-compatibility-check reads it all the same)")
    names = [s.study_name for s in optuna.get_all_study_summaries(storage)]
    name = options.study or (names[0] if len(names) == 1 else None)
    if name not in names:
        sys.exit(f"optuna_interop: {options.db} holds the studies {names}; choose with --study")
    sampler = optuna.samplers.TPESampler(n_startup_trials=1, seed=1)
    return optuna.load_study(study_name=name, storage=storage, sampler=sampler)


def load_expectations(options):
    path = pathlib.Path(options.expect or f"{options.db}.expect.json")
    if not path.is_file():
        sys.exit(f"optuna_interop: no expectations file {path}; give one with --expect")
    return json.loads(path.read_text(encoding="utf-8"))


def show(study):
    print(f"Optuna {optuna.__version__}: study {study.study_name!r}, "
          f"{[d.name for d in study.directions]}, {len(study.trials)} trials")
    for t in study.get_trials(deepcopy=False):
        print(f"  {t.number:4d} {t.state.name:9s} values {t.values} params {t.params}"
              f" reports {len(t.intermediate_values)} user {t.user_attrs}"
              f" system {sorted(t.system_attrs)}")
    for state in STATES:
        print(f"  {state}: {sum(t.state.name == state for t in study.trials)}", end="")
    print()


def report(lines, what):
    for line in lines:
        print(f"DIFFERENT: {line}")
    print(f"{what}: {'all holds' if not lines else f'{len(lines)} differences'}")
    return 1 if lines else 0


# ---- the commands ------------------------------------------------------------------------------

def check(options):
    study, want = open_study(options), load_expectations(options)
    show(study)
    missing = [s for s in options.need_states.split(",") if s
               and s not in {t.state.name for t in study.trials}]
    lines = [f"no trial is {s}, but --need-states asks for one" for s in missing]
    return report(lines + inner_checks(study) + compare_study(study, want), "check")


def plan_parameters(trials):
    """(always, conditional): conditional maps a name to (parent, value that brings it) or None."""
    distributions, present = {}, []
    for trial in trials:
        if trial.params:
            distributions.update(trial.distributions)
            present.append(trial.params)
    always = [n for n in distributions if all(n in p for p in present)]
    conditional = {}
    for name in distributions:
        if name in always:
            continue
        conditional[name] = None
        for parent in always:
            having = {json.dumps(p[parent]) for p in present if name in p}
            lacking = {json.dumps(p[parent]) for p in present if name not in p}
            if not having & lacking:
                conditional[name] = (parent, having)
    return distributions, always, conditional


def suggest(trial, name, distribution):
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    method = (trial.suggest_float if isinstance(distribution,
                                                optuna.distributions.FloatDistribution)
              else trial.suggest_int)
    if distribution.log:
        return method(name, distribution.low, distribution.high, log=True)
    return method(name, distribution.low, distribution.high, step=distribution.step)


def go_on(options):
    study, want = open_study(options), load_expectations(options)
    before = compare_study(study, want)
    if before:
        return report(before, "before continuing")
    earlier = {t.number: trial_fields(t) for t in study.get_trials()}
    waiting = [n for n, t in earlier.items() if t["state"] == "WAITING"]
    distributions, always, conditional = plan_parameters(
        [t for t in study.trials if t.state.is_finished()])
    if not always:
        sys.exit("optuna_interop: no parameter is in every finished trial; nothing to continue")

    def objective(trial):
        values = {n: suggest(trial, n, distributions[n]) for n in always}
        for name, rule in conditional.items():
            if rule is None or json.dumps(values[rule[0]]) in rule[1]:
                values[name] = suggest(trial, name, distributions[name])
        score = sum((i + 1) * math.atan(distributions[n].to_internal_repr(v))
                    for i, (n, v) in enumerate(sorted(values.items())))
        trial.set_user_attr("continued_by", f"optuna {optuna.__version__}")
        if len(study.directions) > 1:
            return [score * (-0.5) ** k for k in range(len(study.directions))]
        for step in range(3):
            trial.report(score + 0.1 * (2 - step), step)
        trial.should_prune()
        return score

    if len(study.directions) > 1 and int(optuna.__version__.split(".")[0]) < 4:
        # TPE of these versions divides by an infinite hypervolume where a value is infinite.
        study.sampler = optuna.samplers.RandomSampler(seed=1)
    study.optimize(objective, n_trials=options.trials)
    show(study)
    return report(continued(study, earlier, waiting, options.trials), "continue")


def continued(study, earlier, waiting, count):
    """Old trials untouched, WAITING ones taken first with their values, new ones numbered on."""
    now, lines = {t.number: t for t in study.get_trials()}, []
    reports = 3 if len(study.directions) == 1 else 0
    taken = waiting[:count]
    if sorted(now) != list(range(len(earlier) + count - len(taken))):
        lines.append(f"trial numbers are {sorted(now)}")
    for number, old in earlier.items():
        if number not in taken:
            lines += differences(f"trial {number}", trial_fields(now[number]), old)
    for number in taken + [n for n in now if n not in earlier]:
        if (now[number].state != TrialState.COMPLETE
                or len(now[number].intermediate_values) < reports):
            lines.append(f"trial {number}: {now[number].state.name} after continuing")
    for number in taken:
        for name, value in (earlier[number]["fixed_params"] or {}).items():
            got = now[number].params.get(name)
            if name in now[number].params and plain(got) != value:
                lines.append(f"trial {number}: {name} = {got!r}, enqueued as {value!r}")
    return lines


def make(options):
    """A sample study in all states, with conditional parameters, by Optuna itself."""
    path = pathlib.Path(options.db)
    if path.exists():
        sys.exit(f"optuna_interop: {path} exists already")
    study = optuna.create_study(storage=f"sqlite:///{path}", study_name=options.study or "sample",
                                direction="maximize",
                                sampler=optuna.samplers.RandomSampler(seed=1))
    study.set_user_attr("dataset", {"name": "fashion", "images": 55000})

    def objective(trial):
        trial.suggest_int("n_blocks", 1, 4)
        trial.suggest_float("dropout", 0.0, 0.5, step=0.125)
        if trial.suggest_categorical("optimizer", ["Adam", "SGD", None, True, 3]) == "Adam":
            trial.suggest_float("adam_lr", 1e-5, 1e-1, log=True)
        trial.suggest_int("width", 8, 512, log=True)
        trial.set_user_attr("note", "trial \u00e4 " + str(trial.number))
        for step, value in enumerate((0.5, float("nan"), float("inf"), 0.75)):
            trial.report(value, step * 2)
        if trial.number % 4 == 1:
            raise optuna.TrialPruned()
        if trial.number % 4 == 2:
            raise RuntimeError("a failing trial")
        return float("-inf") if trial.number == 3 else 0.5 + trial.number

    study.optimize(objective, n_trials=8, catch=(RuntimeError,))
    running = study.ask()
    running.suggest_int("n_blocks", 1, 4)
    study.enqueue_trial({"n_blocks": 2, "optimizer": "SGD"}, user_attrs={"by": "hand"})
    expect = pathlib.Path(options.expect or f"{path}.expect.json")
    expect.write_text(json.dumps(expectations(study), indent=1), encoding="utf-8")
    print(f"wrote {path} and {expect}")
    return 0


def front(options):
    path = pathlib.Path(options.db)
    if path.is_file():
        study = open_study(options)
    else:
        study = optuna.create_study(storage=f"sqlite:///{path}", study_name=options.study or "two",
                                    directions=["minimize", "maximize"],
                                    sampler=optuna.samplers.NSGAIISampler(seed=1))

        def objective(trial):
            x, y = trial.suggest_float("x", 0, 2), trial.suggest_int("y", 0, 3)
            if int(optuna.__version__.split(".")[0]) >= 5:
                trial.set_constraint("room", x + y - 3)
            return round(x, 1), round(x, 1) * y  # equal points are on it

        study.optimize(objective, n_trials=60)
    numbers = front_of(study)
    pathlib.Path(f"{path}.front.json").write_text(json.dumps(numbers), encoding="utf-8")
    print(f"{len(study.trials)} trials, the front: {numbers}")
    return 0


def selftest(options):
    with tempfile.TemporaryDirectory() as folder:
        options.db = os.path.join(folder, "sample.db")
        options.need_states = ",".join(STATES)
        wrong = [make(options), check(options)]
        for statement in ("UPDATE trial_params SET param_value = 3 WHERE param_name = 'n_blocks' "
                          "AND trial_id = 1",
                          "UPDATE trials SET state = 'FAIL' WHERE number = 0",
                          "DELETE FROM trial_intermediate_values WHERE step = 6 AND trial_id = 2"):
            connection = sqlite3.connect(options.db)
            original = "\n".join(connection.iterdump())
            connection.execute(statement)
            connection.commit()
            connection.close()
            wrong.append(0 if check(options) == 1 else f"not noticed: {statement}")
            os.remove(options.db)
            connection = sqlite3.connect(options.db)
            connection.executescript(original)
            connection.close()
        wrong.append(go_on(options))
        print("selftest:", "passed" if not any(wrong) else wrong)
        return 1 if any(wrong) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = {"check": check, "continue": go_on, "make": make, "front": front,
                "selftest": selftest}
    parser.add_argument("command", choices=sorted(commands))
    parser.add_argument("db", nargs="?", metavar="DB")
    parser.add_argument("--study", help="needed when the file holds several studies")
    parser.add_argument("--expect", metavar="FILE")
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--need-states", default="",
                        help="comma list of states of which check must see at least one trial")
    parser.add_argument("--skip-compatibility-check", action="store_true")
    options = parser.parse_args()
    if (options.db is None) != (options.command == "selftest"):
        parser.error("DB is needed by all but selftest")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sys.exit(commands[options.command](options))


if __name__ == "__main__":
    main()
