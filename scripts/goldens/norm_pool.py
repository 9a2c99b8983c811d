"""Writes tests/goldens/norm_pool.json: batch normalisation and average pooling, in float64.

Outputs and gradients are PyTorch's, inputs and layouts as in layers.py. The running statistics
after each of three training batches, and the output of a fourth batch in evaluation mode, stand
once as PyTorch's BatchNorm has them and once as Keras' BatchNormalization (with the torch backend:
its formulas are Keras' own).
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import golden_io as io  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

SEED = 20261127


def exact(rng, shape, scale=64, spread=96):
    """Random multiples of 1/scale in (-spread/scale, spread/scale)."""
    return rng.integers(-spread, spread + 1, size=shape).astype(np.float64) / scale


def flat(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return [float(v) for v in value.ravel()]
    return value


def channels_first(x):
    return x.movedim(-1, 1)


def make_norm(rng):
    out = []
    for name, shape, relu, pool in (("images", [3, 4, 5, 2], False, False),
                                    ("images, ReLU, pool on an odd size", [2, 5, 4, 3], True, True),
                                    ("images, pool", [2, 4, 4, 1], False, True),
                                    ("vectors, ReLU", [6, 4], True, False),
                                    ("two vectors", [2, 3], False, False)):
        x = torch.tensor(exact(rng, shape), requires_grad=True)
        scale = torch.tensor(exact(rng, shape[-1:]) + 2, requires_grad=True)
        shift = torch.tensor(exact(rng, shape[-1:]), requires_grad=True)
        y = F.batch_norm(channels_first(x), None, None, scale, shift, training=True, eps=1e-3)
        y = F.relu(y) if relu else y
        y = F.max_pool2d(y, 2) if pool else y
        y = y.movedim(1, -1)
        dy = exact(rng, list(y.shape))
        y.backward(torch.tensor(dy))
        case = {"name": name, "relu": relu, "pool": pool, "epsilon": 1e-3, "x_shape": shape,
                "y_shape": list(y.shape), "x": x, "scale": scale, "shift": shift, "dy": dy, "y": y,
                "dx": x.grad, "dscale": scale.grad, "dshift": shift.grad}
        out.append({k: flat(v) for k, v in case.items()})
    return out


def torch_running(x):
    layer = (torch.nn.BatchNorm2d if x.ndim == 5 else torch.nn.BatchNorm1d)(x.shape[-1])
    layer = layer.double()
    means, variances = [], []
    for batch in x[:-1]:
        layer(channels_first(torch.tensor(batch)))
        means.append(flat(layer.running_mean))
        variances.append(flat(layer.running_var))
    layer.eval()
    y = layer(channels_first(torch.tensor(x[-1]))).movedim(1, -1)
    return {"form": "pytorch", "momentum": 0.9, "epsilon": 1e-5, "means": means,
            "variances": variances, "y": flat(y)}


def keras_running(x):
    import keras

    keras.config.set_floatx("float64")
    layer = keras.layers.BatchNormalization()
    means, variances = [], []
    for batch in x[:-1]:
        layer(torch.tensor(batch), training=True)
        means.append(flat(layer.moving_mean.value))
        variances.append(flat(layer.moving_variance.value))
    y = layer(torch.tensor(x[-1]), training=False)
    return {"form": "keras", "momentum": 0.99, "epsilon": 1e-3, "means": means,
            "variances": variances, "y": flat(y)}


def make_running(rng):
    out = []
    for name, shape in (("images", [4, 3, 2, 3, 2]), ("vectors", [4, 5, 3])):
        x = exact(rng, shape) + 0.5
        for run in (torch_running, keras_running):
            out.append({"name": name, "shape": shape, "x": flat(x), **run(x)})
    return out


def make_avgpool(rng):
    out = []
    for name, shape, kernel, stride in (("2x2", [2, 4, 6, 2], 2, 2), ("odd size", [1, 5, 7, 3], 2, 2),
                                        ("overlapping", [2, 6, 5, 1], 3, 2),
                                        ("gaps", [1, 7, 8, 2], 2, 3)):
        x = torch.tensor(exact(rng, shape), requires_grad=True)
        y = F.avg_pool2d(channels_first(x), kernel, stride).movedim(1, -1)
        dy = exact(rng, list(y.shape))
        y.backward(torch.tensor(dy))
        case = {"name": name, "kernel": kernel, "stride": stride, "x_shape": shape,
                "y_shape": list(y.shape), "x": x, "dy": dy, "y": y, "dx": x.grad}
        out.append({k: flat(v) for k, v in case.items()})
    return out


def main():
    import keras

    torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)
    header = {"torch": torch.__version__, "keras": keras.__version__, "script": "norm_pool.py",
              "seed": SEED}
    io.write("norm_pool.json", header, {"batch_norm": make_norm(rng), "running": make_running(rng),
                                        "avgpool2d": make_avgpool(rng)})


if __name__ == "__main__":
    main()
