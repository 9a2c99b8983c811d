"""Writes tests/goldens/schedules.json: learning rates of PyTorch's and Keras' schedules.

rates[t] is the rate that step (or epoch) t uses, t from 0; a formula in float64 is compared first.
Keras and PyTorch run in processes of their own.
"""

import json
import math
import subprocess
import sys

import golden_io as io

COUNT = 40


def torch_part():
    import torch
    from torch.optim import lr_scheduler as s

    plans = [("StepLR", {"lr": 0.1}, {"step_size": 7, "gamma": 0.5}),
             ("MultiStepLR", {"lr": 0.1}, {"milestones": [5, 12, 30], "gamma": 0.1}),
             ("ExponentialLR", {"lr": 0.1}, {"gamma": 0.9}),
             ("CosineAnnealingLR", {"lr": 0.1}, {"T_max": COUNT, "eta_min": 0.0}),
             ("CosineAnnealingLR", {"lr": 0.05}, {"T_max": COUNT, "eta_min": 0.001}),
             ("LinearLR", {"lr": 0.1},
              {"start_factor": 0.1, "end_factor": 1.0, "total_iters": 10}),
             ("CosineAnnealingWarmRestarts", {"lr": 0.1},
              {"T_0": 10, "T_mult": 1, "eta_min": 0.001}),
             ("CosineAnnealingWarmRestarts", {"lr": 0.1},
              {"T_0": 5, "T_mult": 2, "eta_min": 0.0}),
             ("PolynomialLR", {"lr": 0.1}, {"total_iters": 30, "power": 2.0}),
             ("OneCycleLR", {"lr": 0.1, "momentum": 0.9},
              {"max_lr": 0.5, "total_steps": COUNT}),
             ("OneCycleLR", {"lr": 0.1, "momentum": 0.9},
              {"max_lr": 0.02, "total_steps": COUNT, "pct_start": 0.25, "div_factor": 10.0,
               "final_div_factor": 100.0, "anneal_strategy": "linear",
               "base_momentum": 0.8, "max_momentum": 0.9}),
             ("OneCycleLR", {"lr": 0.1, "momentum": 0.9},
              {"max_lr": 0.02, "total_steps": COUNT, "three_phase": True})]
    cases = []
    for name, optimizer_options, options in plans:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], **optimizer_options)
        scheduler = getattr(s, name)(optimizer, **options)
        rates, momenta = [], []
        for step in range(COUNT):
            rates.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0].get("momentum"))
            optimizer.step()
            if step + 1 < COUNT:
                scheduler.step()
        case = {"name": name, "lr": optimizer_options["lr"], "options": options, "rates": rates}
        if name == "OneCycleLR":
            case["momenta"] = momenta
        if name == "CosineAnnealingLR":
            low = options["eta_min"]
            exact = [low + (case["lr"] - low) * (1 + math.cos(math.pi * t / COUNT)) / 2
                     for t in range(COUNT)]
            assert max(abs(a - b) for a, b in zip(exact, rates)) < 1e-12
        cases.append(case)
    cases.append(chain_case(torch))
    return {"versions": {"torch": torch.__version__}, "cases": cases}


def chain_case(torch):
    """A line up, a cosine, then a constant part: three schedules one after the other."""
    from torch.optim import lr_scheduler as s

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    parts = [s.LinearLR(optimizer, start_factor=0.25, end_factor=1.0, total_iters=8),
             s.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.01),
             s.ConstantLR(optimizer, factor=1.0, total_iters=0)]
    chain = s.SequentialLR(optimizer, parts, milestones=[8, 28])
    rates = []
    for step in range(COUNT):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < COUNT:
            chain.step()
    return {"name": "SequentialLR", "lr": 0.1,
            "options": {"linear": 8, "start": 0.25, "cosine": 20, "eta_min": 0.01}, "rates": rates}


def keras_part():
    import keras

    s = keras.optimizers.schedules
    plans = [("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10,
                                   "decay_rate": 0.5, "staircase": False}),
             ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10,
                                   "decay_rate": 0.5, "staircase": True}),
             ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.01}),
             ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 30, "alpha": 0.1,
                              "warmup_target": 0.1, "warmup_steps": 8}),
             ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [0.1, 0.01, 0.001]}),
             ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30,
                                  "end_learning_rate": 0.001, "power": 2.0}),
             ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6,
                                      "t_mul": 2.0, "m_mul": 0.5, "alpha": 0.05})]
    cases = []
    for name, options in plans:
        schedule = getattr(s, name)(**options)
        cases.append({"name": name, "options": options,
                      "rates": [float(schedule(step)) for step in range(COUNT)]})
    return {"versions": {"keras": keras.__version__, "keras_backend": keras.backend.backend()},
            "cases": cases}


def child(part):
    out = subprocess.run([sys.executable, __file__, part], check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def main():
    if len(sys.argv) == 2:
        json.dump(torch_part() if sys.argv[1] == "torch" else keras_part(), sys.stdout)
        return
    torch, keras = child("torch"), child("keras")
    for case in keras["cases"]:
        case["rates"] = io.f32(case["rates"])
    io.write("schedules.json",
             {"made_by": "scripts/goldens/schedules.py", **torch["versions"],
              **keras["versions"], "seed": None,
              "how": "rates[t] is used by step t (from 0); PyTorch in double, Keras in float32"},
             {"torch": torch["cases"], "keras": keras["cases"]})


if __name__ == "__main__":
    main()
