"""Writes tests/goldens/layers.json: forward and backward of layers, from PyTorch in float64.

Inputs are small multiples of 1/64 (exact in float32 too) and the gradient that flows in from above
is given, so every implementation starts from the same numbers. Layouts are ours: activations
[N, H, W, C], convolution weights [Cout, KH, KW, Cin], dense weights [in, out]. 'same' pads as
TensorFlow does, the odd row and column at the bottom and right; every convolution is repeated in
TensorFlow and must agree to 1e-12. The training trace is PyTorch's autograd with the
formula of Keras' Adam in float64; Keras' own train_on_batch must agree with it. Keras runs in a
process of its own.
"""

import json
import subprocess
import sys

import golden_io as io

import numpy as np

SEED = 20260102


def exact(rng, shape, scale=64, spread=96):
    """Random multiples of 1/scale in (-spread/scale, spread/scale)."""
    return rng.integers(-spread, spread + 1, size=shape).astype(np.float64) / scale


def same_pads(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def torch_conv(x, w, b, spec):
    """x NHWC, w [Cout, KH, KW, Cin] torch tensors -> NHWC output of the (fused) block."""
    import torch.nn.functional as F

    y = x.permute(0, 3, 1, 2)
    if spec["padding"] == "same":
        top, bottom = same_pads(x.shape[1], w.shape[1], spec["stride"])
        left, right = same_pads(x.shape[2], w.shape[2], spec["stride"])
        y = F.pad(y, (left, right, top, bottom))
    y = F.conv2d(y, w.permute(0, 3, 1, 2), b, stride=spec["stride"])
    if spec["relu"]:
        y = F.relu(y)
    if spec["pool"]:
        y = F.max_pool2d(y, 2)
    return y.permute(0, 2, 3, 1)


def conv_cases():
    """(name, x shape, w shape, spec): few, and each for a reason."""
    def spec(padding="valid", stride=1, bias=True, relu=False, pool=False):
        return {"padding": padding, "stride": stride, "bias": bias, "relu": relu, "pool": pool}
    return [
        ("valid 3x3", [2, 6, 5, 2], [3, 3, 3, 2], spec()),
        ("valid 3x3 without bias", [1, 5, 5, 1], [2, 3, 3, 1], spec(bias=False)),
        ("same 3x3", [2, 5, 4, 2], [3, 3, 3, 2], spec("same")),
        ("same 2x2, odd row and column at the bottom right", [1, 4, 5, 2], [2, 2, 2, 2],
         spec("same")),
        ("same 4x3", [1, 5, 6, 1], [2, 4, 3, 1], spec("same")),
        ("valid 3x3 stride 2", [1, 7, 8, 2], [2, 3, 3, 2], spec(stride=2)),
        ("same 3x3 stride 2, even size", [1, 6, 6, 2], [2, 3, 3, 2], spec("same", 2)),
        ("same 3x3 stride 2, odd size", [1, 7, 5, 2], [2, 3, 3, 2], spec("same", 2)),
        ("same 7x7 on a map smaller than the kernel", [1, 4, 4, 1], [2, 7, 7, 1], spec("same")),
        ("1x1", [2, 3, 3, 3], [4, 1, 1, 3], spec()),
        ("valid 3x3, ReLU, pool", [2, 8, 8, 1], [3, 3, 3, 1], spec(relu=True, pool=True)),
        ("same 3x3, ReLU, pool on an odd size", [1, 7, 7, 2], [3, 3, 3, 2],
         spec("same", relu=True, pool=True)),
        ("same 5x5, pool without ReLU", [1, 5, 6, 2], [2, 5, 5, 2], spec("same", pool=True)),
    ]


def make_conv(rng):
    import torch

    out = []
    for name, x_shape, w_shape, spec in conv_cases():
        x = torch.tensor(exact(rng, x_shape), requires_grad=True)
        w = torch.tensor(exact(rng, w_shape, spread=48), requires_grad=True)
        b = torch.tensor(exact(rng, w_shape[:1]), requires_grad=True) if spec["bias"] else None
        y = torch_conv(x, w, b, spec)
        dy = exact(rng, list(y.shape))
        y.backward(torch.tensor(dy))
        case = {"name": name, **spec, "x_shape": x_shape, "w_shape": w_shape,
                "y_shape": list(y.shape), "x": x, "w": w, "b": b, "dy": dy, "y": y,
                "dx": x.grad, "dw": w.grad, "db": b.grad if spec["bias"] else None}
        out.append({k: flat(v) for k, v in case.items()})
    return out


def flat(value):
    """Arrays become flat lists in row-major order."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return [float(v) for v in value.ravel()] if isinstance(value, np.ndarray) else value


def make_pool(rng):
    """Values are multiples of 1/2 in a small range, so windows are full of ties."""
    import torch
    import torch.nn.functional as F

    out = []
    for name, shape in (("ties everywhere", [2, 4, 6, 2]), ("odd sizes, last row and column "
                        "dropped", [1, 5, 7, 2]), ("one row", [1, 2, 8, 3])):
        values = rng.integers(-2, 3, size=shape).astype(np.float64) / 2
        x = torch.tensor(values, requires_grad=True)
        y = F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        dy = exact(rng, list(y.shape))
        y.backward(torch.tensor(dy))
        dx = np.zeros(shape)
        for n, h, w, c in np.ndindex(*y.shape):
            window = values[n, 2 * h:2 * h + 2, 2 * w:2 * w + 2, c]
            i, j = np.unravel_index(np.argmax(window), (2, 2))
            dx[n, 2 * h + i, 2 * w + j, c] += dy[n, h, w, c]
        assert np.array_equal(dx, x.grad.numpy()), "the first maximum must win a tie"
        case = {"name": name, "x_shape": shape, "y_shape": list(y.shape), "x": x, "dy": dy,
                "y": y, "dx": x.grad}
        out.append({k: flat(v) for k, v in case.items()})
    return out


def make_linear(rng):
    import torch

    out = []
    for name, n, inputs, outputs, relu in (("plain", 4, 5, 3, False), ("ReLU", 3, 7, 4, True),
                                           ("one row, one output", 1, 6, 1, False)):
        x = torch.tensor(exact(rng, [n, inputs]), requires_grad=True)
        w = torch.tensor(exact(rng, [inputs, outputs]), requires_grad=True)
        b = torch.tensor(exact(rng, [outputs]), requires_grad=True)
        y = x @ w + b
        y = torch.relu(y) if relu else y
        dy = exact(rng, [n, outputs])
        y.backward(torch.tensor(dy))
        case = {"name": name, "relu": relu, "n": n, "in": inputs, "out": outputs, "x": x, "w": w,
                "b": b, "dy": dy, "y": y, "dx": x.grad, "dw": w.grad, "db": b.grad}
        out.append({k: flat(v) for k, v in case.items()})
    return out


def make_cross_entropy(rng):
    import torch

    out = []
    for name, n, classes, scale in (("small logits", 4, 10, 1.0), ("two classes", 5, 2, 4.0),
                                    ("large logits that overflow a plain exp", 3, 6, 500.0),
                                    ("all logits equal", 2, 10, 0.0)):
        logits = torch.tensor(exact(rng, [n, classes]) * scale, requires_grad=True)
        labels = rng.integers(0, classes, size=n)
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
        loss.backward()
        case = {"name": name, "n": n, "classes": classes, "logits": logits,
                "labels": [int(v) for v in labels], "loss": loss.item(),
                "probabilities": torch.softmax(logits, 1), "dlogits": logits.grad}
        out.append({k: flat(v) for k, v in case.items()})
    return out


# The tiny network: Conv 3x3x3 valid, ReLU, MaxPool 2, Flatten, Dense 4 on 7x7x2; 5 Adam steps.
TRACE = {"input": [7, 7, 2], "conv_out": 3, "kernel": 3, "classes": 4, "batch": 6, "steps": 5,
         "optimizer": {"family": "keras_adam", "lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-7}}


def trace_inputs():
    rng = np.random.default_rng(SEED + 1)
    shape = [TRACE["steps"], TRACE["batch"], *TRACE["input"]]
    return {"x": exact(rng, shape), "labels": rng.integers(0, TRACE["classes"], size=shape[:2]),
            "conv_w": exact(rng, [3, 3, 3, 2], spread=24), "conv_b": exact(rng, [3], spread=8),
            "dense_w": exact(rng, [12, 4], spread=24), "dense_b": exact(rng, [4], spread=8)}


NAMES = ("conv_w", "conv_b", "dense_w", "dense_b")


def keras_trace():
    """Losses, and all weights after each step, from keras.Model.train_on_batch in float64."""
    import keras

    keras.config.set_floatx("float64")
    start = trace_inputs()
    model = keras.Sequential([
        keras.Input(TRACE["input"]), keras.layers.Conv2D(3, 3, activation="relu"),
        keras.layers.MaxPooling2D(2), keras.layers.Flatten(), keras.layers.Dense(4)])
    model.set_weights([start["conv_w"].transpose(1, 2, 3, 0), start["conv_b"],
                       start["dense_w"], start["dense_b"]])
    adam = TRACE["optimizer"]
    model.compile(
        keras.optimizers.Adam(adam["lr"], *adam["betas"], epsilon=adam["eps"]),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    losses, weights = [], []
    for step in range(TRACE["steps"]):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(start["x"][step], start["labels"][step])))
        conv_w, conv_b, dense_w, dense_b = model.get_weights()
        weights.append([a.ravel().tolist() for a in (conv_w.transpose(3, 0, 1, 2), conv_b,
                                                     dense_w, dense_b)])
    return losses, weights


def tensorflow_convolutions(cases):
    """Largest difference between the stored y and tf.nn.conv2d, over all convolution cases."""
    import tensorflow as tf

    worst = 0.0
    for c in cases:
        x, w = np.reshape(c["x"], c["x_shape"]), np.reshape(c["w"], c["w_shape"])
        y = tf.nn.conv2d(x, w.transpose(1, 2, 3, 0), c["stride"], c["padding"].upper())
        y = y + c["b"] if c["bias"] else y
        y = tf.nn.relu(y) if c["relu"] else y
        y = tf.nn.max_pool2d(y, 2, 2, "VALID") if c["pool"] else y
        worst = max(worst, float(np.abs(y.numpy().ravel() - np.array(c["y"])).max()))
    return worst


def torch_trace():
    import torch

    start = trace_inputs()
    w = {k: torch.tensor(start[k], requires_grad=True) for k in NAMES}
    moments = {k: (np.zeros(w[k].shape), np.zeros(w[k].shape)) for k in NAMES}
    spec = {"padding": "valid", "stride": 1, "relu": True, "pool": True}
    adam = TRACE["optimizer"]
    (b1, b2), losses, weights = adam["betas"], [], []
    for step in range(TRACE["steps"]):
        y = torch_conv(torch.tensor(start["x"][step]), w["conv_w"], w["conv_b"], spec)
        logits = y.reshape(TRACE["batch"], -1) @ w["dense_w"] + w["dense_b"]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(start["labels"][step]))
        gradients = torch.autograd.grad(loss, list(w.values()))
        alpha = adam["lr"] * np.sqrt(1 - b2 ** (step + 1)) / (1 - b1 ** (step + 1))
        for key, gradient in zip(NAMES, gradients):
            g, (m, v) = gradient.numpy(), moments[key]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            moments[key] = (m, v)
            with torch.no_grad():
                w[key] -= torch.tensor(alpha * m / (np.sqrt(v) + adam["eps"]))
        losses.append(loss.item())
        weights.append([flat(w[k]) for k in NAMES])
    return losses, weights


def child(part, text=""):
    out = subprocess.run([sys.executable, __file__, part], check=True, input=text, text=True,
                         stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def torch_part():
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)
    return {"torch": torch.__version__, "conv2d": make_conv(rng), "max_pool2d": make_pool(rng),
            "linear": make_linear(rng), "softmax_cross_entropy": make_cross_entropy(rng),
            "trace": torch_trace()}


def keras_part():
    import keras
    import tensorflow as tf

    cases = json.load(sys.stdin)
    return {"keras": keras.__version__, "tensorflow": tf.__version__,
            "difference": tensorflow_convolutions(cases), "trace": keras_trace()}


def numbers(cases):
    """Inputs are short multiples of 1/64; results get 15 digits."""
    return [{k: io.f64(v, 15) if isinstance(v, list) and k not in ("labels",) and
             not k.endswith("shape") else v for k, v in c.items()} for c in cases]


def main():
    if len(sys.argv) == 2:
        json.dump(torch_part() if sys.argv[1] == "torch" else keras_part(), sys.stdout)
        return
    torch = child("torch")
    keras = child("keras", json.dumps(torch["conv2d"]))
    assert keras["difference"] < 1e-12, keras["difference"]
    (losses, weights), (torch_losses, torch_weights) = keras["trace"], torch["trace"]
    worst = max(np.abs(np.concatenate(a) - np.concatenate(b)).max()
                for a, b in zip(weights, torch_weights))
    loss_difference = np.abs(np.subtract(losses, torch_losses)).max()
    # Even with floatx float64 Keras rounds the betas to float32 on the way, which moves the first
    # steps by about 1.6e-5 of their size; so the exact numbers are stored and Keras confirms them.
    print(f"trace, Keras against PyTorch: weights {worst:.1e}, losses {loss_difference:.1e}")
    assert worst < 1e-6 and loss_difference < 5e-6
    start = trace_inputs()
    trace = {**TRACE, **{k: io.f64(start[k].ravel(), 15) for k in ("x",) + NAMES},
             "labels": start["labels"].tolist(), "losses": io.f64(torch_losses, 15),
             "after": [{k: io.f64(v, 12) for k, v in zip(NAMES, s)} for s in torch_weights],
             "max_abs_difference_of_keras": {"weights": io.f64(worst, 3),
                                             "losses": io.f64(loss_difference, 3)}}
    io.write("layers.json",
             {"made_by": "scripts/goldens/layers.py", "torch": torch["torch"],
              "keras": keras["keras"], "tensorflow": keras["tensorflow"], "seed": SEED,
              "how": "PyTorch float64; all arrays flat and row-major: x, y, dx, dy [N,H,W,C], "
                     "w [Cout,KH,KW,Cin], linear w [in,out]; loss is the mean over the batch"},
             {"conv2d": numbers(torch["conv2d"]), "max_pool2d": numbers(torch["max_pool2d"]),
              "linear": numbers(torch["linear"]),
              "softmax_cross_entropy": numbers(torch["softmax_cross_entropy"]), "trace": trace})


if __name__ == "__main__":
    main()
