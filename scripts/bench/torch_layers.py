"""The benchmark networks as PyTorch modules."""

from torch import nn

import bench_common as common


def build(net):
    layers, channels, size, features = [], 1, 28, 0
    for kind, *args in common.plan_of(net):
        if kind == "conv":
            out, kernel, padding = args
            layers.append(nn.Conv2d(channels, out, kernel, padding=padding))
            channels, size = out, size if padding == "same" else size - kernel + 1
        elif kind == "relu":
            layers.append(nn.ReLU(inplace=True))
        elif kind == "pool":
            layers.append(nn.MaxPool2d(2))
            size //= 2
        elif kind == "flatten":
            layers.append(nn.Flatten())
            features = channels * size * size
        elif kind == "dropout":
            layers.append(nn.Dropout(args[0]))
        else:
            layers.append(nn.Linear(features, args[0]))
            features = args[0]
    return nn.Sequential(*layers)
