"""The benchmark networks as PyTorch modules."""

from torch import nn

import bench_common as common


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Builder:
    """Adds layers and keeps track of what goes through them."""

    def __init__(self, channels, size):
        self.channels, self.size, self.features = channels, size, channels

    def convolution(self, out, kernel, padding, stride=None):
        before, self.channels = self.channels, out
        if stride is None:
            self.size = self.size if padding == "same" else self.size - kernel + 1
            return nn.Conv2d(before, out, kernel, padding=padding)
        self.size = -(-self.size // stride)
        return nn.Conv2d(before, out, kernel, stride=stride, padding=kernel // 2, bias=False)

    def residual(self, body, shortcut):
        other = Builder(self.channels, self.size)
        return Residual(self.sequence(body), other.sequence(shortcut))

    def layer(self, kind, *args):
        if kind == "conv":
            return self.convolution(*args)
        if kind == "relu":
            return nn.ReLU(inplace=True)
        if kind == "batch norm":
            return nn.BatchNorm2d(self.channels)
        if kind == "residual":
            return self.residual(*args)
        if kind == "pool":
            self.size //= 2
            return nn.MaxPool2d(2)
        if kind == "mean":
            self.features = self.channels
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        if kind == "flatten":
            self.features = self.channels * self.size * self.size
            return nn.Flatten()
        if kind == "dropout":
            return nn.Dropout(args[0])
        before, self.features = self.features, args[0]
        return nn.Linear(before, args[0])

    def sequence(self, plan):
        return nn.Sequential(*(self.layer(*layer) for layer in plan))


def build(net):
    return Builder(1, 28).sequence(common.plan_of(net))
