"""A trial of ours that waits to be run again: RUNNING for Optuna, which must leave it alone.

Usage: optuna_queued.py study.db [--skip-compatibility-check] (as the interop case of tune_tests writes it: trial 8 is queued,
trial 9 enqueued and never run)
"""

import sys
import time

import optuna
from optuna.trial import TrialState

QUEUED, ENQUEUED = 8, 9


def objective(trial):
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    for step in range(3):
        trial.report(lr, step)
    trial.set_user_attr("continued_by", f"optuna {optuna.__version__}")
    return lr


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # With heartbeats on, Optuna looks for dead workers before each trial and fails their trials.
    storage = optuna.storages.RDBStorage(f"sqlite:///{sys.argv[1]}", heartbeat_interval=1,
                                         grace_period=1,
                                         skip_compatibility_check="".join(sys.argv[2:]) != "")
    name = optuna.get_all_study_summaries(storage)[0].study_name
    study = optuna.load_study(study_name=name, storage=storage)
    before = study.trials[QUEUED]
    assert before.state == TrialState.RUNNING, before
    assert before.datetime_start is not None and "fixed_params" in before.system_attrs, before
    assert [t.number for t in study.get_trials(states=[TrialState.WAITING])] == [ENQUEUED]
    for expected in (ENQUEUED, ENQUEUED + 1):
        study.optimize(objective, n_trials=1)
        time.sleep(1.5)  # longer than the time after which a worker without heartbeats is dead
        optuna.storages.fail_stale_trials(study)
        assert study.trials[expected].state == TrialState.COMPLETE, study.trials[expected]
        assert len(study.trials) == ENQUEUED + 1 + (expected > ENQUEUED), len(study.trials)
        now = study.trials[QUEUED]
        assert now == before, f"touched: {now}, before: {before}"
    # A copy of the study checks every field of every trial.
    optuna.copy_study(from_study_name=name, from_storage=storage, to_storage=storage,
                      to_study_name="copy")
    optuna.delete_study(study_name="copy", storage=storage)
    print(f"Optuna {optuna.__version__} leaves trial {QUEUED} alone")


main()
