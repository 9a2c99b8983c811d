"""Writes tests/goldens/plateau.json and early_stopping.json from the real callbacks.

The callbacks are driven by hand with columns of numbers; no network is trained. Keras compares in
float32 (its ops turn Python numbers into tensors), so every column is also replayed by a state
machine in double; a column on which the two disagree is drawn again, so that no stored decision
hangs on the last bit. Keras and PyTorch run in processes of their own.
"""

import json
import math
import random
import subprocess
import sys

import golden_io as io

SEED = 20260101

# The validation loss of the tutorial's final fit: best at epoch 11, one cut, at the end of 21.
TUTORIAL = [.3602, .3058, .3119, .2789, .2852, .2629, .2638, .2407, .2378, .2578,
            .2294, .2688, .2734, .2525, .2913, .2868, .2778, .3161, .2810, .3122,
            .3241, .3113, .3200, .3224, .3206, .3241, .3254, .3282, .3269, .3415]


def column(rng, mode, length, nan_share, start=1.0):
    """A noisy falling (or rising) curve that flattens, in multiples of 0.0005, with repeats."""
    values, floor = [], rng.uniform(0.1, 0.5)
    speed, noise = rng.uniform(0.05, 0.6), rng.choice([0.005, 0.02, 0.08])
    for epoch in range(length):
        loss = floor + (start - floor) * math.exp(-speed * epoch) + rng.gauss(0, noise)
        value = round(round((loss if mode == "min" else 1.2 - loss) / 0.0005) * 0.0005, 4)
        if values and rng.random() < 0.1:
            value = values[-1]
        values.append(float("nan") if rng.random() < nan_share else value)
    return values


def improves(mode, min_delta, value, reference):
    if reference is None:
        return True
    return value + min_delta < reference if mode == "min" else value - min_delta > reference


def shadow_plateau(options, values):
    """The rate after each epoch, by the state machine in double (rates are exact enough)."""
    best, wait, cool, rate, rates = None, 0, 0, options["initial_lr"], []
    for value in values:
        if cool > 0:
            cool, wait = cool - 1, 0
        if improves(options["mode"], options["min_delta"], value, best):
            best, wait = value, 0
        elif cool == 0:
            wait += 1
            if wait >= options["patience"] and rate > options["min_lr"] * (1 + 1e-7):
                rate = max(rate * options["factor"], options["min_lr"])
                cool, wait = options["cooldown"], 0
        rates.append(rate)
    return rates


def run_keras_plateau(options, values):
    import keras
    import numpy as np

    class FakeModel:
        optimizer = keras.optimizers.SGD(options["initial_lr"])
        metrics = []

    names = ("factor", "patience", "mode", "min_delta", "cooldown", "min_lr")
    callback = keras.callbacks.ReduceLROnPlateau("val_loss", **{k: options[k] for k in names})
    callback.set_model(FakeModel())
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_loss": value})
        rates.append(float(np.float32(FakeModel.optimizer.learning_rate.numpy())))
    return rates


def keras_plateau_cases():
    rng = random.Random(SEED)
    tutorial = {"initial_lr": 0.0635, "factor": 0.1, "patience": 10, "mode": "min",
                "min_delta": 1e-4, "cooldown": 0, "min_lr": 0.0}
    rates = run_keras_plateau(tutorial, TUTORIAL)
    cuts = [e + 1 for e in range(1, 30) if rates[e] != rates[e - 1]]
    assert cuts == [21], cuts
    cases = [{"name": "tutorial", "options": tutorial, "values": TUTORIAL, "rates": rates}]
    while len(cases) < 33:
        mode = rng.choice(["min", "min", "max"])
        options = {"initial_lr": rng.choice([0.1, 0.01, 0.5, 0.001]),
                   "factor": rng.choice([0.1, 0.5, 0.2, 0.75]),
                   "patience": rng.choice([0, 1, 2, 3, 5]), "mode": mode,
                   "min_delta": rng.choice([0.0, 1e-4, 1e-2, 0.05]),
                   "cooldown": rng.choice([0, 1, 2, 4]),
                   "min_lr": rng.choice([0.0, 0.0, 1e-3, 0.02])}
        nan_share = rng.choice([0.0, 0.0, 0.1])
        values = column(rng, mode, 30, nan_share)
        rates, double = run_keras_plateau(options, values), shadow_plateau(options, values)
        if any(abs(a - b) > 1e-5 * b for a, b in zip(rates, double)):
            print(f"plateau: drawn again {options}", file=sys.stderr)
            continue
        cases.append({"name": f"random-{len(cases)}", "options": options, "values": values,
                      "rates": rates})
    return cases


def shadow_early_stopping(options, values):
    best, best_epoch, wait = None, None, 0
    for epoch, value in enumerate(values):
        if epoch < options["start_from_epoch"]:
            continue
        if best_epoch is None:
            best_epoch = epoch
        wait += 1
        if improves(options["mode"], options["min_delta"], value, best):
            best, best_epoch = value, epoch
            baseline = options["baseline"]
            if baseline is None or improves(options["mode"], options["min_delta"], value, baseline):
                wait = 0
        elif wait >= options["patience"] and epoch > 0:
            return epoch, best_epoch, epoch + 1
    return None, best_epoch, len(values)


def run_early_stopping(options, values):
    import keras

    class FakeModel:
        stop_training = False
        weights = None
        restored = None
        metrics = []

        def get_weights(self):
            return self.weights

        def set_weights(self, weights):
            self.restored = weights

    names = ("min_delta", "patience", "mode", "baseline", "start_from_epoch")
    callback = keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True,
                                             **{k: options[k] for k in names})
    model = FakeModel()
    callback.set_model(model)
    callback.on_train_begin()
    epochs = 0
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {"val_loss": value})
        epochs += 1
        if model.stop_training:
            break
    callback.on_train_end()
    return {"stopped_epoch": callback.stopped_epoch if model.stop_training else None,
            "epochs_run": epochs, "best_epoch": model.restored,
            "best": callback.best, "restored_epoch": model.restored}


def early_stopping_cases():
    rng = random.Random(SEED + 1)
    cases = []
    while len(cases) < 42:
        mode = rng.choice(["min", "min", "max"])
        options = {"patience": rng.choice([0, 0, 1, 2, 3, 5, 8]), "mode": mode,
                   "min_delta": rng.choice([0.0, 0.0, 1e-3, 0.02, 0.1]),
                   "baseline": rng.choice([None, None, 0.3, 0.5, 0.8]),
                   "start_from_epoch": rng.choice([0, 0, 0, 1, 4, 30])}
        values = column(rng, mode, 25, rng.choice([0.0, 0.0, 0.0, 0.12]))
        got = run_early_stopping(options, values)
        if (got["stopped_epoch"], got["best_epoch"], got["epochs_run"]) != \
                shadow_early_stopping(options, values):
            print(f"early stopping: drawn again {options} {got}", file=sys.stderr)
            continue
        cases.append({"name": f"random-{len(cases)}", "options": options, "values": values, **got})
    return cases


def torch_plateau_cases():
    import torch

    rng = random.Random(SEED + 2)
    cases = []
    for index in range(13):
        mode = rng.choice(["min", "min", "max"])
        options = {"initial_lr": rng.choice([0.1, 0.01, 0.5]), "factor": rng.choice([0.1, 0.5]),
                   "patience": rng.choice([0, 1, 2, 4, 10]), "mode": mode,
                   "threshold": rng.choice([1e-4, 1e-2, 0.05]),
                   "threshold_mode": rng.choice(["rel", "rel", "abs"]),
                   "cooldown": rng.choice([0, 1, 3]), "min_lr": rng.choice([0.0, 0.0, 1e-3]),
                   "eps": 1e-8}
        values = column(rng, mode, 30, rng.choice([0.0, 0.0, 0.1]))
        if index == 0:
            options.update(initial_lr=0.0635, factor=0.1, patience=10, mode="min", threshold=1e-4,
                           threshold_mode="rel", cooldown=0, min_lr=0.0)
            values = TUTORIAL
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=options["initial_lr"])
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, **{k: v for k, v in options.items() if k != "initial_lr"})
        rates = []
        for value in values:
            scheduler.step(value)
            rates.append(optimizer.param_groups[0]["lr"])
        cases.append({"name": "tutorial" if index == 0 else f"random-{index}",
                      "options": options, "values": values, "rates": rates})
    return {"torch": torch.__version__, "cases": cases}


def run_part(part):
    if part == "torch":
        return torch_plateau_cases()
    import keras
    import tensorflow
    return {"keras": keras.__version__, "tensorflow": tensorflow.__version__,
            "plateau": keras_plateau_cases(), "early_stopping": early_stopping_cases()}


def child(part):
    out = subprocess.run([sys.executable, __file__, part], check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def main():
    if len(sys.argv) == 2:
        json.dump(run_part(sys.argv[1]), sys.stdout)
        return
    keras, torch = child("keras"), child("torch")
    for case in keras["plateau"]:
        case["rates"] = io.f32(case["rates"])
    versions = {"keras": keras["keras"], "tensorflow": keras["tensorflow"]}
    made = {"made_by": "scripts/goldens/callbacks.py", "seed": SEED}
    io.write("plateau.json",
             {**made, **versions, "torch": torch["torch"],
              "how": "rates[e] is the learning rate after the end of epoch e (0-based); Keras "
                     "keeps it in float32, PyTorch in double"},
             {"keras": keras["plateau"], "torch": torch["cases"]})
    io.write("early_stopping.json",
             {**made, **versions,
              "how": "restore_best_weights=True; all epochs 0-based; stopped_epoch null: ran to "
                     "the end; best_epoch null: no epoch reached start_from_epoch; epochs_run "
                     "counts epochs until training stopped"},
             {"keras": keras["early_stopping"]})


if __name__ == "__main__":
    main()
