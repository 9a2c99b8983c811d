"""Writes tests/goldens/importances.json: Optuna's PED-ANOVA and fANOVA on studies made of a seed.

tests/tune/importance_test.cpp makes the same trials with the same random numbers (SplitMix64).
"""

import warnings

import golden_io as io

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from pruners import Random

SEEDS = 12  # of the forests, for the mean and the spread of fANOVA

SPACE = {
    "x": FloatDistribution(-1, 1),
    "lr": FloatDistribution(2.0**-16, 1.0, log=True),
    "s": FloatDistribution(0, 2, step=0.25),
    "n": IntDistribution(1, 9),
    "k": IntDistribution(1, 128, log=True),
    "c": CategoricalDistribution(["a", "b", "d"]),
}
CONDITIONAL = FloatDistribution(0, 4)  # y, where c is "a"


def make(number):
    rng = Random(1000 + number)
    study = optuna.create_study(direction=("minimize", "maximize")[number % 2])
    for _ in range(30 + 40 * number):
        x = (rng.below(4097) - 2048) / 2048
        lr = 2.0 ** -rng.below(17)
        s = rng.below(9) / 4
        n, k, c = 1 + rng.below(9), 1 + rng.below(128), rng.below(3)
        params = {"x": x, "lr": lr, "s": s, "n": n, "k": k, "c": "abd"[c]}
        space = dict(SPACE)
        value = 3 * x * x + 2 * (lr - 0.25) * (lr - 0.25) + 0.125 * s * x + (1.0 if c == 1 else 0.0)
        if number % 3 and c == 0:
            params["y"], space["y"] = rng.below(1025) / 256, CONDITIONAL
            value += 0.5 * params["y"]
        value += rng.below(257) / 1024
        state = TrialState.COMPLETE if rng.below(10) else TrialState.FAIL
        study.add_trial(create_trial(state=state, params=params, distributions=space,
                                     value=value if state == TrialState.COMPLETE else None))
    return study


def main():
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    warnings.simplefilter("ignore")
    cases = []
    for number in range(6):
        study = make(number)
        ped = optuna.importance.get_param_importances(study)
        forests = [optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=seed))
            for seed in range(SEEDS)]
        fanova = {}
        for name in sorted(forests[0]):
            values = io.np.array([forest[name] for forest in forests])
            fanova[name] = [values.mean(), values.std()]
        cases.append({"number": number, "ped_anova": dict(sorted(ped.items())), "fanova": fanova})
    import sklearn
    io.write("importances.json", {"made_by": "scripts/goldens/importances.py",
                                  "optuna": optuna.__version__, "sklearn": sklearn.__version__,
                                  "how": "fanova: mean and standard deviation over 12 seeds"},
             {"cases": cases})


if __name__ == "__main__":
    main()
