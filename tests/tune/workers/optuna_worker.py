"""One of several processes that work on a study, with Python's Optuna: the same objective and the
same log as tune_worker. Usage: optuna_worker.py STORAGE LOG TRIALS"""
import os
import sys
import time

import optuna


def main():
    url, path, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def say(*words):
        os.write(log, (" ".join(map(str, words)) + "\n").encode())

    def objective(trial):
        say("begin", trial.number)
        x = trial.suggest_float("x", -1, 1)
        n = trial.suggest_int("n", 1, 8)
        for step in range(3):
            trial.report(x * step, step)
            say("report", trial.number, step)
        value = x * x + n
        say("end", trial.number, repr(value))
        return value

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    open(path + ".ready", "w").close()  # Python takes seconds to get here
    url = url.replace("postgresql://", "postgresql+psycopg2://")
    arguments = {"timeout": 120} if url.startswith("sqlite") else {}
    storage = optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": arguments})
    while "s" not in optuna.get_all_study_names(storage):
        time.sleep(0.05)  # hone's workers make it
    study = optuna.load_study(study_name="s", storage=storage,
                              sampler=optuna.samplers.RandomSampler(seed=os.getpid()))
    done = lambda: sum(t.state.is_finished() for t in study.get_trials(deepcopy=False))
    while done() < wanted:
        study.optimize(objective, n_trials=1, callbacks=[
            lambda study, trial: say("told", trial.number, repr(trial.value))])


main()
