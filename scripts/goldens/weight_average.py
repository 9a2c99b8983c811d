"""Writes tests/goldens/weight_average.json: the averages that PyTorch's AveragedModel keeps of weights
that go along the first path of optimizers.json, over its 200 steps.
"""

import json

import golden_io as io

import numpy as np
import torch
from torch.optim import swa_utils

MOMENTA = (0.5, 0.99)


def averages(path, momentum):
    module = torch.nn.Linear(len(path[0]), 1, bias=False)
    average = swa_utils.AveragedModel(module, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(momentum))
    rows = []
    for values in path:
        with torch.no_grad():
            module.weight.copy_(torch.tensor(values, dtype=torch.float32)[None])
        average.update_parameters(module)
        rows.append(average.module.weight.detach().numpy()[0].copy())
    return np.stack(rows)


def main():
    source = json.loads((io.OUT / "optimizers.json").read_text(encoding="utf-8"))["paths"][0]
    path = np.asarray(source["parameters"], dtype=np.float32)
    io.write("weight_average.json",
             {"torch": torch.__version__, "script": "scripts/goldens/weight_average.py",
              "made_by": "torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn"},
             {"path": source["name"],
              "averages": [{"momentum": m, "values": io.f32(averages(path, m))} for m in MOMENTA]})


if __name__ == "__main__":
    main()
