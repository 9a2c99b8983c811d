"""Writes tests/goldens/optimizers.json: 200-step paths of the optimizers of Keras and PyTorch.

Every path starts from the same eight float32 parameters and reads one of two gradient tables that
are stored in the file, so no autograd and no random generator of a library takes part. The rate
is multiplied by 0.1 after step 50. Each path is compared here with the formula it stands for in
float64; the largest difference is stored with it.

Keras runs in a process of its own, with any of its backends that trains (KERAS_BACKEND).
"""

import json
import subprocess
import sys

import golden_io as io

import numpy as np

STEPS = 200
CUT_AFTER = 100
CUT_FACTOR = 0.1
CLASSES = {"keras_sgd": "SGD", "keras_adam": "Adam", "keras_adamw": "AdamW",
           "torch_sgd": "SGD", "torch_adam": "Adam", "torch_adamw": "AdamW",
           "keras_rmsprop": "RMSprop", "keras_adagrad": "Adagrad",
           "torch_rmsprop": "RMSprop", "torch_adagrad": "Adagrad"}
START = np.array([0.5, -1.25, 2.0, -0.03125, 1.0, 0.0, -3.0, 0.75], dtype=np.float32)


def gradient_tables():
    """smooth: slow sine plus offset. hard: magnitudes 1e-6..1e3, exact zeros, sign flips."""
    step = np.arange(STEPS)[:, None].astype(np.float64)
    index = np.arange(8)[None, :].astype(np.float64)
    smooth = 0.3 * np.sin(0.37 * step + index) + 0.05 * (index - 3.5)
    scale = np.array([1e-6, 1e-4, 1e-2, 1.0, 10.0, 1e3, 1.0, 0.1])[None, :]
    hard = scale * np.cos(1.9 * step + 0.7 * index)
    hard[:, 6] = np.where(np.arange(STEPS) % 10 == 3, 2.0, 0.0)
    hard[:, 7] = np.where(np.arange(STEPS) % 2 == 0, 0.1, -0.1)
    return {"smooth": smooth.astype(np.float32), "hard": hard.astype(np.float32)}


def rate_at(lr, step):
    return lr if step < CUT_AFTER else lr * CUT_FACTOR


def run_keras(make, options, gradients):
    """The eight parameters as two variables of 3 and 5, so that clipnorm acts per variable."""
    import keras

    optimizer = getattr(keras.optimizers, make)(**options)
    first, second = keras.Variable(START[:3]), keras.Variable(START[3:])
    optimizer.build([first, second])
    path = []
    for step in range(STEPS):
        optimizer.learning_rate = rate_at(options["learning_rate"], step)
        parts = [gradients[step, :3], gradients[step, 3:]]
        optimizer.apply([keras.ops.convert_to_tensor(part) for part in parts])
        path.append(np.concatenate([np.array(first), np.array(second)]))
    return np.array(path)


def run_torch(make, options, gradients):
    import torch

    torch.set_num_threads(1)
    weights = [torch.nn.Parameter(torch.tensor(part)) for part in (START[:3], START[3:])]
    optimizer = getattr(torch.optim, make)(weights, **options)
    path = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(options["lr"], step)
        weights[0].grad = torch.tensor(gradients[step, :3])
        weights[1].grad = torch.tensor(gradients[step, 3:])
        optimizer.step()
        path.append(np.concatenate([w.detach().numpy().copy() for w in weights]))
    return np.array(path)


def clip(g, o):
    if o.get("clipvalue"):
        return np.clip(g, -o["clipvalue"], o["clipvalue"])
    if o.get("clipnorm"):
        parts = [g[:3], g[3:]]
        return np.concatenate([p * min(1.0, o["clipnorm"] / max(np.linalg.norm(p), 1e-300))
                               for p in parts])
    if o.get("global_clipnorm"):
        return g * min(1.0, o["global_clipnorm"] / max(np.linalg.norm(g), 1e-300))
    return g


def shadow(kind, o, gradients):
    """The same path from the formulas, in float64 (o: options under one naming for both)."""
    w = START.astype(np.float64)
    m, v, a, path = np.zeros(8), np.full(8, o.get("initial", 0.0)), np.zeros(8), []
    for step in range(STEPS):
        lr, t, g = rate_at(o["lr"], step), step + 1, clip(gradients[step].astype(np.float64), o)
        wd, mu = o.get("wd", 0.0), o.get("momentum", 0.0)
        if kind.startswith("keras") or kind == "torch_adamw":
            w = w - lr * wd * w
        else:
            g = g + wd * w
        if kind == "keras_sgd":
            m = mu * m - lr * g
            w = w + (mu * m - lr * g if o.get("nesterov") else m)
        elif kind == "torch_sgd":
            m = g if t == 1 else mu * m + g
            w = w - lr * (g + mu * m if o.get("nesterov") else m)
        elif kind.endswith("rmsprop") or kind.endswith("adagrad"):
            if kind.endswith("adagrad"):
                v = v + g * g
            else:
                v = o["rho"] * v + (1 - o["rho"]) * g * g
            a = o.get("rho", 0.0) * a + (1 - o.get("rho", 0.0)) * g
            spread = v - a * a if o.get("centered") else v
            if kind.startswith("keras"):
                m = mu * m + lr * g / np.sqrt(spread + o["eps"])
                w = w - m
            else:
                m = mu * m + g / (np.sqrt(spread) + o["eps"])
                w = w - lr * m
        else:
            b1, b2 = o["betas"]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            c1, c2 = 1 - b1**t, np.sqrt(1 - b2**t)
            if kind.startswith("keras"):
                w = w - lr * c2 / c1 * m / (np.sqrt(v) + o["eps"])
            else:
                w = w - lr / c1 * m / (np.sqrt(v) / c2 + o["eps"])
        path.append(w)
    return np.array(path)


def cases():
    """(name, family, options under our names). Options are repeated in the file."""
    sgd = [("plain", {"lr": 0.1}), ("momentum", {"lr": 0.05, "momentum": 0.9}),
           ("nesterov", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
           ("weight_decay", {"lr": 0.1, "wd": 0.02}),
           ("momentum_weight_decay", {"lr": 0.05, "momentum": 0.9, "wd": 0.02})]
    out = []
    for family in ("keras_sgd", "torch_sgd"):
        out += [(f"{family}_{name}", family, o) for name, o in sgd]
    out += [("keras_sgd_clipnorm", "keras_sgd", {"lr": 0.1, "clipnorm": 0.5}),
            ("keras_sgd_clipvalue", "keras_sgd", {"lr": 0.1, "clipvalue": 0.2}),
            ("keras_sgd_global_clipnorm", "keras_sgd", {"lr": 0.1, "global_clipnorm": 0.5})]
    keras_default = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-7}
    torch_default = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8}
    other = {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3}
    out += [("keras_adam_defaults", "keras_adam", keras_default),
            ("keras_adam_other", "keras_adam", other),
            ("keras_adamw_defaults", "keras_adamw", {**keras_default, "wd": 4e-3}),
            ("keras_adamw_other", "keras_adamw", {**other, "wd": 0.05}),
            ("torch_adam_defaults", "torch_adam", torch_default),
            ("torch_adam_other", "torch_adam", other),
            ("torch_adam_weight_decay", "torch_adam", {**other, "wd": 0.05}),
            ("torch_adamw_defaults", "torch_adamw", {**torch_default, "wd": 1e-2}),
            ("torch_adamw_other", "torch_adamw", {**other, "wd": 0.05})]
    for library, eps in (("keras", 1e-7), ("torch", 1e-8)):
        family = f"{library}_rmsprop"
        rms = {"lr": 1e-2, "rho": 0.9, "eps": eps}
        out += [(f"{family}_plain", family, rms),
                (f"{family}_momentum", family, {**rms, "momentum": 0.8, "eps": 1e-3}),
                (f"{family}_centered", family, {**rms, "centered": True, "eps": 1e-2}),
                (f"{family}_weight_decay", family, {**rms, "wd": 0.05})]
        family = f"{library}_adagrad"
        ada = {"lr": 0.1, "initial": 0.1, "eps": eps}
        out += [(f"{family}_plain", family, ada),
                (f"{family}_weight_decay", family, {**ada, "wd": 0.05})]
    return out


def run(family, o, gradients):
    if family.startswith("keras"):
        names = {"lr": "learning_rate", "wd": "weight_decay", "eps": "epsilon",
                 "initial": "initial_accumulator_value"}
        options = {names.get(k, k): v for k, v in o.items() if k != "betas"}
        if "betas" in o:
            options["beta_1"], options["beta_2"] = o["betas"]
        return run_keras(CLASSES[family], options, gradients)
    names = {"wd": "weight_decay", "rho": "alpha", "initial": "initial_accumulator_value"}
    options = {names.get(k, k): v for k, v in o.items()}
    if "betas" in o:
        options["betas"] = tuple(o["betas"])
    return run_torch(CLASSES[family], options, gradients)


def run_library(library):
    """All paths of one library, and its versions."""
    tables = gradient_tables()
    paths = []
    for name, family, options in cases():
        for table in ("smooth", "hard"):
            if not family.startswith(library):
                continue
            if table == "hard" and not ("sgd" not in family or "clip" in name):
                continue
            path = run(family, options, tables[table])
            difference = np.abs(path - shadow(family, options, tables[table])).max()
            assert difference < 2e-4, (name, table, difference)
            print(f"{name:34s} {table:7s} {difference:.2e}", file=sys.stderr)
            paths.append({"name": name, "family": family, "gradients": table, "options": options,
                          "max_abs_difference_from_float64": float(difference),
                          "parameters": path.astype(float).tolist()})
    if library == "torch":
        import torch
        return {"versions": {"torch": torch.__version__}, "paths": paths}
    import keras
    versions = {"keras": keras.__version__, "keras_backend": keras.backend.backend()}
    return {"versions": versions, "paths": paths}


def main():
    if len(sys.argv) == 2:
        json.dump(run_library(sys.argv[1]), sys.stdout)
        return
    versions, paths = {}, []
    for library in ("keras", "torch"):
        text = subprocess.run([sys.executable, __file__, library], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        part = json.loads(text)
        versions.update(part["versions"])
        paths += part["paths"]
    for path in paths:
        path["max_abs_difference_from_float64"] = io.f64(path["max_abs_difference_from_float64"], 3)
        path["parameters"] = io.f32(path["parameters"])
    io.write("optimizers.json",
             {"made_by": "scripts/goldens/optimizers.py", **versions, "seed": None,
              "how": "real library optimizers in float32, given gradients; variables of 3 and 5 "
                     "elements (this matters for clipnorm only)"},
             {"steps": STEPS, "cut_after_step": CUT_AFTER, "cut_factor": CUT_FACTOR,
              "variable_sizes": [3, 5], "start": io.f32(START),
              "gradients": {k: io.f32(v) for k, v in gradient_tables().items()}, "paths": paths})


if __name__ == "__main__":
    main()
