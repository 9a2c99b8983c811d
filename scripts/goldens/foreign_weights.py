"""Writes tests/goldens/foreign/: two small networks with their weights, made by PyTorch and by Keras, and
what they give.

  torch.safetensors, keras.safetensors            the weights, as docs/weights.md says to write them
  torch_tokens.safetensors, keras_tokens...       the same of a network that reads indices
  foreign.json                                    inputs and outputs of all four

Keras runs in a process of its own, with any of its backends (KERAS_BACKEND).
"""

import json
import subprocess
import sys

import golden_io as io

import numpy as np
from safetensors.numpy import save_file

FOLDER = io.OUT / "foreign"


def numbers(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def torch_network():
    import torch
    from torch import nn

    torch.manual_seed(1)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(4, 6, 3, groups=2), nn.GroupNorm(3, 6), nn.GELU())
            self.head = nn.Sequential(
                nn.Flatten(), nn.BatchNorm1d(24), nn.Linear(24, 5), nn.LayerNorm(5), nn.ReLU(),
                nn.Linear(5, 3))

        def forward(self, x):
            return self.head(self.features(x))

    tokens = nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(12, 2))
    network = Network()
    with torch.no_grad():
        for module in network.modules():
            for name, tensor in [*module.named_parameters(recurse=False),
                                 *module.named_buffers(recurse=False)]:
                if tensor.dtype == torch.float32 and tensor.dim() == 1:
                    tensor.uniform_(0.5, 1.5)
    network.eval()
    x, i = numbers((3, 8, 8, 2), 3), np.array([[0, 3, 6], [5, 1, 2]], dtype=np.int32)
    with torch.no_grad():
        y = network(torch.tensor(x).permute(0, 3, 1, 2)).numpy()
        z = tokens(torch.tensor(i)).numpy()
    for name, model in (("torch", network), ("torch_tokens", tokens)):
        save_file({key: value.contiguous().numpy() for key, value in model.state_dict().items()},
                  FOLDER / f"{name}.safetensors")
    return torch.__version__, x, y, i, z


def keras_network():
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    network = keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(4, 3, padding="same", name="conv2d"),
        layers.BatchNormalization(name="batch_normalization"), layers.ReLU(),
        layers.MaxPooling2D(),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise"),
        layers.Activation("gelu"), layers.Flatten(),
        layers.Dense(5, name="dense"), layers.LayerNormalization(name="norm"), layers.ReLU(),
        layers.Dense(3, name="dense_1")])
    tokens = keras.Sequential([keras.Input((3,), dtype="int32"),
                               layers.Embedding(7, 4, name="embedding"), layers.Flatten(),
                               layers.Dense(2, name="dense")])
    for seed, variable in enumerate(network.weights):
        if len(variable.shape) == 1:
            variable.assign(0.5 + np.abs(numbers(variable.shape, seed)))
    x, i = numbers((3, 8, 8, 2), 3), np.array([[0, 3, 6], [5, 1, 2]], dtype=np.int32)
    y, z = network.predict(x, verbose=0), tokens.predict(i, verbose=0)
    for name, model in (("keras", network), ("keras_tokens", tokens)):
        save_file({v.path: np.asarray(v.numpy()) for v in model.weights},
                  FOLDER / f"{name}.safetensors")
    print(json.dumps({"version": keras.__version__, "backend": keras.backend.backend(),
                      "y": np.asarray(y).tolist(), "z": np.asarray(z).tolist()}))


def main():
    if "--keras" in sys.argv:
        keras_network()
        return
    FOLDER.mkdir(exist_ok=True)
    torch_version, x, y, i, z = torch_network()
    keras = json.loads(subprocess.run([sys.executable, __file__, "--keras"], check=True,
                                      capture_output=True, text=True).stdout.splitlines()[-1])
    io.write("foreign/foreign.json",
             {"torch": torch_version, "keras": keras["version"],
              "keras_backend": keras["backend"], "script": "scripts/goldens/foreign_weights.py"},
             {"x": io.f32(x.reshape(-1)), "indices": i.reshape(-1).tolist(),
              "torch": io.f32(y.reshape(-1)), "torch_tokens": io.f32(z.reshape(-1)),
              "keras": io.f32(np.reshape(keras["y"], -1)),
              "keras_tokens": io.f32(np.reshape(keras["z"], -1))})


if __name__ == "__main__":
    main()
