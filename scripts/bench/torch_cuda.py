"""Training steps of a benchmark network in PyTorch on a GPU: eager, compiled and graph-captured.

Prints one JSON line for each of them. The step is the whole of it: gather the shuffled batch from
images on the device, forward, loss, backward, Adam (fused, capturable). Precision: fp32 without
TF32, tf32, or bf16 by autocast.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn

import bench_common as common
from torch_layers import build

WARM_UP, TURNS = 10, 7


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", choices=sorted(common.PARAMETERS), default="reference")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--math", choices=["fp32", "tf32", "bf16"], default="fp32")
    parser.add_argument("--modes", default="eager,compiled,captured")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each mode")
    parser.add_argument("--images", type=int, default=8192)
    return parser.parse_args()


class Step:
    """One model with its optimizer and data; step() trains one batch."""

    def __init__(self, options, compiled, captured):
        torch.manual_seed(1)
        self.batch, self.images = options.batch, options.images
        model = build(options.net).cuda().to(memory_format=torch.channels_last).train()
        count = sum(p.numel() for p in model.parameters())
        assert count == common.PARAMETERS[options.net], (options.net, count)
        self.forward = torch.compile(model) if compiled else model
        self.adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True, capturable=captured)
        self.loss_of = nn.CrossEntropyLoss()
        pixels = torch.rand(options.images, 1, 28, 28, device="cuda")
        self.pixels = pixels.contiguous(memory_format=torch.channels_last)
        self.labels = torch.randint(0, 10, (options.images,), device="cuda")
        self.order = torch.randperm(options.images, device="cuda")
        self.rows = self.order[:options.batch].clone()
        self.autocast = torch.autocast("cuda", torch.bfloat16, enabled=options.math == "bf16")
        self.position, self.loss, self.graph = 0, None, None
        if captured:
            self.capture()

    def work(self):
        self.adam.zero_grad(set_to_none=True)
        x = self.pixels[self.rows].contiguous(memory_format=torch.channels_last)
        with self.autocast:
            loss = self.loss_of(self.forward(x).float(), self.labels[self.rows])
        loss.backward()
        self.adam.step()
        self.loss = loss.detach()

    def capture(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.work()
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.work()

    def __call__(self):
        if self.position + self.batch > self.images:
            self.position = 0
        self.rows.copy_(self.order[self.position:self.position + self.batch])
        self.position += self.batch
        self.graph.replay() if self.graph else self.work()


def timed(step, count):
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(count):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / count


def main():
    options = arguments()
    exact = options.math != "tf32"
    torch.backends.cuda.matmul.allow_tf32 = not exact
    torch.backends.cudnn.allow_tf32 = not exact
    torch.backends.cudnn.benchmark = True  # the fastest that PyTorch has
    for mode in options.modes.split(","):
        step = Step(options, compiled=mode == "compiled", captured=mode == "captured")
        timed(step, WARM_UP)
        count = max(1, int(options.seconds / TURNS / timed(step, WARM_UP)))
        per_step = statistics.median(timed(step, count) for _ in range(TURNS))
        loss = float(step.loss)
        assert loss == loss, "the loss is not a number"
        print(json.dumps({"framework": "torch " + torch.__version__, "mode": mode,
                          "device": torch.cuda.get_device_name(), "net": options.net,
                          "batch": options.batch, "math": options.math,
                          "seconds_per_step": per_step,
                          "images_per_second": options.batch / per_step}), flush=True)


if __name__ == "__main__":
    main()
