"""One training step of a benchmark network in PyTorch on the CPU, timed.

Prints one JSON line, or with --server answers `run N` lines; see bench_common.py and compare.
The step is the whole of it: gather the batch, forward, loss, backward, Adam.
"""

import bench_common as common

common.prepare_process()

import torch  # noqa: E402  (after prepare_process)
from torch import nn  # noqa: E402

from torch_layers import build  # noqa: E402


def extra(parser):
    parser.add_argument("--layout", choices=["channels_last", "nchw"], default="channels_last")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32",
                        help="bf16: autocast; parameters and Adam stay fp32")
    parser.add_argument("--adam", choices=["fused", "foreach", "loop"], default="fused")
    parser.add_argument("--compile", action="store_true", help="torch.compile the forward pass")


def make_step(options):
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    model = build(options.net)
    count = sum(p.numel() for p in model.parameters())
    assert count == common.PARAMETERS[options.net], (options.net, count)
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    model = model.to(memory_format=layout).train()
    forward = torch.compile(model) if options.compile else model
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=options.adam == "fused",
                            foreach=options.adam == "foreach")
    # With one channel NCHW and NHWC hold the same bytes, so gathering costs the same in both.
    images = torch.rand(options.images, 1, 28, 28).contiguous(memory_format=layout)
    labels = torch.randint(0, 10, (options.images,))
    order = torch.randperm(options.images)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16")
    loss_of = nn.CrossEntropyLoss()
    fixed = (images[:options.batch].contiguous(memory_format=layout), labels[:options.batch])
    position = 0

    def next_batch():
        nonlocal position
        if options.feed == "fixed":
            return fixed
        if position + options.batch > options.images:
            position = 0
        rows = order[position:position + options.batch]
        position += options.batch
        return images[rows].contiguous(memory_format=layout), labels[rows]

    def step():
        x, y = next_batch()
        adam.zero_grad(set_to_none=True)
        with autocast:
            loss = loss_of(forward(x).float(), y)
        loss.backward()
        adam.step()
        return loss.detach()

    return step


def main():
    options = common.arguments(__doc__.splitlines()[0], extra)
    step = make_step(options)
    info = {"framework": "torch", "net": options.net, "batch": options.batch,
            "threads": torch.get_num_threads(), "layout": options.layout,
            "precision": options.precision, "adam": options.adam, "compile": options.compile,
            "feed": options.feed, "malloc": options.malloc, "torch_version": torch.__version__,
            "isa": torch.backends.cpu.get_cpu_capability()}
    common.main(options, step, info)


if __name__ == "__main__":
    main()
