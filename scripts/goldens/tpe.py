"""Writes tests/goldens/tpe.json: the numbers inside Optuna's TPE sampler, without its generator.

Parzen estimators (kernels and log densities), the score that picks a candidate, the numerics of
the truncated normal, the split into good and bad trials, gamma and the weights. Optuna 5 is the
installed one; the directory of a 4.9 (pip install --no-deps --target DIR optuna==4.9.0) is given
by HONE_OPTUNA_49, and its kernels are recorded beside, each in a process of its own.

Optuna sorts with an unstable sort, which matters when two observations are equal; a stable sort is
put in its place here, so that the answer is defined (equal values: the older one first).
"""

import json
import os
import subprocess
import sys
import warnings

import golden_io as io

import numpy as np

SEED = 20260103

_argsort = np.argsort
np.argsort = lambda a, *args, **kw: _argsort(a, axis=kw.get("axis", -1), kind="stable")
warnings.simplefilter("ignore")

FLOAT = {"type": "float", "low": -2.0, "high": 3.0, "log": False, "step": None}
LOG = {"type": "float", "low": 1e-5, "high": 0.1, "log": True, "step": None}
STEP = {"type": "float", "low": 0.0, "high": 0.5, "log": False, "step": 0.125}
INT = {"type": "int", "low": 1, "high": 4, "log": False, "step": 1}
INT_STEP = {"type": "int", "low": 16, "high": 128, "log": False, "step": 16}
INT_LOG = {"type": "int", "low": 1, "high": 512, "log": True, "step": 1}
CATEGORICAL = {"type": "categorical", "choices": 4}


def distribution(spec):
    from optuna.distributions import (CategoricalDistribution, FloatDistribution,
                                      IntDistribution)
    if spec["type"] == "categorical":
        return CategoricalDistribution([f"c{i}" for i in range(spec["choices"])])
    make = FloatDistribution if spec["type"] == "float" else IntDistribution
    return make(spec["low"], spec["high"], log=spec["log"], step=spec["step"])


def draw(rng, spec, count):
    """Internal representations, clustered so that bandwidths differ, rounded to 6 digits."""
    if spec["type"] == "categorical":
        return [float(v) for v in rng.integers(0, spec["choices"], size=count)]
    low, high = spec["low"], spec["high"]
    u = np.where(rng.random(count) < 0.5, rng.random(count), np.clip(rng.normal(0.3, 0.04, count),
                                                                     0, 1))
    if spec["log"]:
        values = np.exp(np.log(low) + u * (np.log(high) - np.log(low)))
    else:
        values = low + u * (high - low)
    if spec["step"]:
        values = low + np.round((values - low) / spec["step"]) * spec["step"]
    elif spec["type"] == "float":
        values = np.array([float(f"{v:.6g}") for v in values])
    return [float(v) for v in np.clip(values, low, high)]


def ends(spec):
    if spec["type"] == "categorical":
        return [0.0, float(spec["choices"] - 1)]
    return [float(spec["low"]), float(spec["high"])]


def estimator(space, observations, endpoints, multivariate):
    from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
    from optuna.samplers._tpe.sampler import default_weights

    options = {"prior_weight": 1.0, "consider_magic_clip": True, "consider_endpoints": endpoints,
               "weights": default_weights, "multivariate": multivariate, "consider_prior": True,
               "categorical_distance_func": {}}
    parameters = _ParzenEstimatorParameters(
        **{k: v for k, v in options.items() if k in _ParzenEstimatorParameters._fields})
    names = [f"p{i}" for i in range(len(space))]
    return _ParzenEstimator({n: np.array(o) for n, o in zip(names, observations)},
                            {n: distribution(s) for n, s in zip(names, space)}, parameters)


def log_pdf(parzen, points):
    """points: one list of values per parameter."""
    return parzen.log_pdf({f"p{i}": np.array(v) for i, v in enumerate(points)}).tolist()


def kernels(parzen):
    out = []
    for dist in parzen._mixture_distribution.distributions:
        if hasattr(dist, "mu"):
            out.append({"mus": dist.mu.tolist(), "sigmas": dist.sigma.tolist()})
        else:
            out.append({"rows": dist.weights.tolist()})
    return out


def parzen_plan():
    """(space, observations, endpoints, multivariate): the multivariate flag matters in 4.9 only."""
    plan = []
    for spec in (FLOAT, LOG, STEP, INT, INT_STEP, INT_LOG, CATEGORICAL):
        plan += [([spec], 0, False, False), ([spec], 1, False, False), ([spec], 7, False, False)]
    plan += [([FLOAT], 2, False, False), ([FLOAT], 2, True, False), ([FLOAT], 12, True, False),
             ([LOG], 10, True, False), ([INT], 5, True, False), ([FLOAT], 30, False, False),
             ([LOG], 60, False, False), ([STEP], 26, False, False), ([INT_LOG], 40, False, False),
             ([CATEGORICAL], 60, False, False)]
    plan += [([FLOAT, LOG], 0, False, True), ([FLOAT, LOG], 9, False, True),
             ([LOG, INT, CATEGORICAL], 15, False, True), ([STEP, INT_LOG], 30, False, True),
             ([FLOAT, FLOAT, LOG, INT], 40, True, True)]
    return plan


def parzen_cases(version):
    rng = np.random.default_rng(SEED)
    out = []
    for space, count, endpoints, multivariate in parzen_plan():
        observations = [draw(rng, s, count) for s in space]
        points = [ends(s) + draw(rng, s, 6) for s in space]
        if version.startswith("4") and not multivariate and len(out) % 3:
            out.append(None)  # the same rule as in 5; a third of them is proof enough
            continue
        parzen = estimator(space, observations, endpoints, multivariate)
        out.append({"optuna": version, "multivariate": multivariate, "endpoints": endpoints,
                    "space": space, "observations": observations,
                    "weights": parzen._mixture_distribution.weights.tolist(),
                    "kernels": kernels(parzen), "points": points,
                    "log_pdf": log_pdf(parzen, points)})
    return [c for c in out if c]


def acquisition_cases():
    """log l - log g at 24 candidates, and the first best one."""
    rng = np.random.default_rng(SEED + 1)
    out = []
    for space, below, above in (([FLOAT], 3, 20), ([LOG], 5, 45), ([INT], 2, 12),
                                ([CATEGORICAL], 4, 30), ([LOG, INT, CATEGORICAL], 6, 50),
                                ([FLOAT, STEP], 1, 9), ([INT_LOG, FLOAT], 25, 60)):
        sets = [[draw(rng, s, n) for s in space] for n in (below, above)]
        candidates = [draw(rng, s, 24) for s in space]
        good, bad = (np.array(log_pdf(estimator(space, o, False, True), candidates)) for o in sets)
        out.append({"space": space, "below": sets[0], "above": sets[1], "candidates": candidates,
                    "log_l": good.tolist(), "log_g": bad.tolist(),
                    "best": int(np.argmax(good - bad))})
    return out


def truncnorm_cases():
    """Optuna's value and the exact one (mpmath, 40 digits): [a, b, optuna, exact]."""
    import mpmath
    from optuna.samplers._tpe import _truncnorm

    mpmath.mp.dps = 60
    rng = np.random.default_rng(SEED + 2)
    mass, ppf = [], []
    for index in range(110):
        scale = (0.5, 2.0, 8.0, 30.0)[index % 4]
        a = float(f"{rng.normal(0, scale):.6g}")
        b = float(f"{a + abs(rng.normal(0, (0.05, 1.0, 10.0)[index % 3])) + 1e-3:.6g}")
        lo, hi = (a, b) if a <= 0 else (-b, -a)
        exact = mpmath.log(mpmath.ncdf(hi) - mpmath.ncdf(lo))
        got = float(_truncnorm._log_gauss_mass(np.array([a]), np.array([b]))[0])
        mass.append([a, b, got, float(exact)])
        if index >= 100:
            continue
        q = (0.0, 1.0, 0.5, 1e-6, 1 - 1e-6)[index] if index < 5 else float(f"{rng.random():.6g}")
        got = float(_truncnorm.ppf(np.array([q]), np.array([a]), np.array([b]))[0])
        ppf.append([q, a, b, got, exact_ppf(mpmath, q, a, b, got)])
    log_ndtr = []
    for x in [-60.0, -37.5, -20.0, -19.9, -8.0, -3.0, -1.0, -0.1, 0.0, 0.5, 1.0, 5.9, 6.1, 9.0]:
        got = float(_truncnorm._log_ndtr(np.array([x]))[0])
        exact = mpmath.log(mpmath.ncdf(x)) if x < 0 else mpmath.log1p(-mpmath.ncdf(-x))
        log_ndtr.append([x, got, float(exact)])
    return {"log_gauss_mass": mass, "ppf": ppf, "log_ndtr": log_ndtr}


def exact_ppf(mpmath, q, a, b, start):
    """Bisection in the left tail, where the distribution function keeps its digits."""
    if q in (0.0, 1.0):
        return a if q == 0.0 else b
    flip = a > 0
    lo, hi = (mpmath.mpf(-b), mpmath.mpf(-a)) if flip else (mpmath.mpf(a), mpmath.mpf(b))
    share = 1 - mpmath.mpf(q) if flip else mpmath.mpf(q)
    low, high = mpmath.ncdf(lo), mpmath.ncdf(hi)
    target = low + share * (high - low)
    for _ in range(90):
        middle = (lo + hi) / 2
        if mpmath.ncdf(middle) < target:
            lo = middle
        else:
            hi = middle
    return float(-lo if flip else lo)


def split_history(rng, count, with_constraints):
    """Random trials in creation order: number, state, value, intermediate, constraint."""
    trials = []
    for number in range(count):
        state = rng.choice(["COMPLETE", "PRUNED", "RUNNING"], p=[0.45, 0.4, 0.15])
        reports = {}
        for step in range(int(rng.integers(0, 6))):
            value = round(float(rng.random()), 1)
            reports[step * 2] = float("nan") if rng.random() < 0.15 else value
        value = None
        if state == "COMPLETE":
            value = round(float(rng.random()), 1)
            value = float(rng.choice([value, value, value, value, np.inf, -np.inf]))
        constraint = None
        if with_constraints and state != "RUNNING" and rng.random() < 0.7:
            constraint = round(float(rng.normal(0, 0.5)), 2)
        trials.append({"number": number, "state": str(state), "value": value,
                       "intermediate": [[k, v] for k, v in reports.items()],
                       "constraint": constraint})
    return trials


def split_cases():
    import optuna
    from optuna.samplers._tpe.sampler import _split_trials, default_gamma

    rng = np.random.default_rng(SEED + 3)
    out = []
    for index in range(28):
        direction = ("minimize", "maximize")[index % 2]
        trials = split_history(rng, int(rng.integers(1, 40)), index >= 20)
        study = optuna.create_study(direction=direction)
        for t in trials:
            study.add_trial(optuna.trial.create_trial(
                state=optuna.trial.TrialState[t["state"]], value=t["value"],
                intermediate_values=dict(map(tuple, t["intermediate"])),
                constraints=None if t["constraint"] is None else {"c": t["constraint"]}))
        finished = sum(t["state"] != "RUNNING" for t in trials)
        n_below = default_gamma(finished) if index % 4 < 2 else int(rng.integers(0, finished + 3))
        below, above = _split_trials(study, study.get_trials(deepcopy=False), n_below)
        out.append({"direction": direction, "n_below": n_below, "trials": trials,
                    "below": [t.number for t in below], "above": [t.number for t in above]})
    return out


def run_part(part):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    version = optuna.__version__
    result = {"version": version, "parzen": parzen_cases(version)}
    if part == "4":
        assert version.startswith("4.9"), version
        return result
    from optuna.samplers._tpe.sampler import default_gamma, default_weights
    assert version.startswith("5."), version
    result.update(
        acquisition=acquisition_cases(), truncnorm=truncnorm_cases(), split=split_cases(),
        gamma=[[n, default_gamma(n)] for n in (0, 1, 9, 10, 11, 30, 99, 240, 250, 251, 1000)],
        weights=[[n, default_weights(n).tolist()] for n in (0, 1, 24, 25, 26, 27, 30, 40)])
    return result


def child(part, path=None):
    environment = {**os.environ, **({"PYTHONPATH": path} if path else {})}
    out = subprocess.run([sys.executable, __file__, part], check=True, stdout=subprocess.PIPE,
                         env=environment)
    return json.loads(out.stdout)


def main():
    if len(sys.argv) == 2:
        json.dump(run_part(sys.argv[1]), sys.stdout)
        return
    five = child("5")
    four = child("4", os.environ["HONE_OPTUNA_49"])
    io.write("tpe.json",
             {"made_by": "scripts/goldens/tpe.py", "optuna": five["version"],
              "optuna_4": four["version"], "seed": SEED,
              "how": "values are internal representations (categorical: index); lists per "
                     "parameter, oldest observation first; numpy's sort made stable; the last "
                     "kernel is the prior; log parameters have mus and sigmas in log space"},
             {"parzen": five["parzen"] + four["parzen"], "acquisition": five["acquisition"],
              "gamma": five["gamma"], "weights": five["weights"], **five["truncnorm"],
              "split": five["split"]})


if __name__ == "__main__":
    main()
