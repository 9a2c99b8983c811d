"""Optuna's side of `hone_bench fronts`: the same four problems of several objectives.

    python scripts/bench/fronts_optuna.py FILE.json --seeds 10 [--samplers tpe,nsga_ii]

Adds to FILE.json, for each sampler, problem and seed, the hypervolume after 100 and after 250
trials. The problems stand a second time in apps/bench/regret/fronts.cpp; FILE.json holds values of
both at fixed points, which a test compares. Needs Optuna 5 (`pip install optuna==5.0.0`).
"""
import argparse
import json
import math
import os
import time
import warnings

from regret_optuna import FixedDraws, OptunaTrial

MARKS = (100, 250)


def front_of_sqrt(first, distance):
    return [first, distance * (1 - math.sqrt(first / distance))]


def zdt1(t):
    x = [t.real(f"x{i}", 0, 1) for i in range(8)]
    return front_of_sqrt(x[0], 1 + 9 * sum(x[1:]) / 7)


def zdt2(t):
    x = [t.real(f"x{i}", 0, 1) for i in range(8)]
    distance = 1 + 9 * sum(x[1:]) / 7
    return [x[0], distance * (1 - (x[0] / distance) ** 2)]


def dtlz2(t):
    x = [t.real(f"x{i}", 0, 1) for i in range(7)]
    radius = 1 + sum((v - 0.5) ** 2 for v in x[2:])
    a, b = x[0] * math.pi / 2, x[1] * math.pi / 2
    return [radius * math.cos(a) * math.cos(b), radius * math.cos(a) * math.sin(b),
            radius * math.sin(a)]


def branches(t):
    """Cost against error; the branch a is never on the front."""
    cost = t.real("cost", 0, 1)
    kind = t.choice("kind", [0, 1, 2])
    if kind == 0:
        error = 0.3 + (t.real("u", 0, 1) - 0.3) ** 2
    elif kind == 1:
        error = (0.1 * (math.log10(t.log("lr", 1e-5, 1)) + 3) ** 2
                 + (t.real("momentum", 0, 1) - 0.9) ** 2)
    else:
        layers = t.integer("layers", 1, 8)
        error = 0.05 * (layers - 5) ** 2 + 0.1 * abs(t.choice("width", [0, 1, 2, 3]) - 2)
    return [cost, 1 - math.sqrt(cost) + error]


PROBLEMS = {"zdt1": (zdt1, [1.1, 6]), "zdt2": (zdt2, [1.1, 6]), "dtlz2": (dtlz2, [2, 2, 2]),
            "branches": (branches, [1.1, 2])}


def run_study(optuna, problem, reference, kind, seed):
    import numpy
    from optuna._hypervolume import compute_hypervolume
    sampler = (optuna.samplers.NSGAIISampler(seed=seed) if kind == "nsga_ii"
               else optuna.samplers.TPESampler(seed=seed))
    study = optuna.create_study(directions=["minimize"] * len(reference), sampler=sampler)
    study.optimize(lambda trial: problem(OptunaTrial(trial)), n_trials=MARKS[-1])
    volumes = []
    for mark in MARKS:
        points = numpy.array([t.values for t in study.trials[:mark]])
        points = points[(points < reference).all(axis=1)]
        volume = compute_hypervolume(points, numpy.array(reference, float)) if len(points) else 0
        volumes.append(float(f"{volume:.8g}"))
    return volumes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--samplers", default="nsga_ii,tpe")
    options = parser.parse_args()
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    data = {"header": {"optuna": optuna.__version__, "script": "scripts/bench/fronts_optuna.py",
                       "marks": MARKS}}
    if os.path.exists(options.file):
        with open(options.file) as stored:
            data = json.load(stored)
    data["values"] = {name: [problem(FixedDraws(k)) for k in range(6)]
                      for name, (problem, _) in PROBLEMS.items()}
    for kind in options.samplers.split(","):
        for name, (problem, reference) in PROBLEMS.items():
            row = data.setdefault(kind, {}).setdefault(name, {"volume": [], "cpu_ms": []})
            while len(row["volume"]) < options.seeds:
                start = time.process_time()
                row["volume"].append(run_study(optuna, problem, reference, kind,
                                               len(row["volume"])))
                row["cpu_ms"].append(round(1e3 * (time.process_time() - start)))
            with open(options.file + ".new", "w") as out:
                json.dump(data, out)
            os.replace(options.file + ".new", options.file)
            print(kind, name, len(row["volume"]), row["cpu_ms"][-1], flush=True)


if __name__ == "__main__":
    main()
