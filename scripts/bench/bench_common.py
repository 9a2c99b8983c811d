"""What the Python sides of the step benchmark share: arguments, network plans, the two modes.

Import it before torch or tensorflow: it sets the thread limits that they read at import.

A plan is a list of layers: ("conv", out, kernel, "valid"|"same"), ("relu",), ("pool",),
("flatten",), ("dropout", p), ("linear", out). full and resnet-8 also have ("batch norm",) and
("mean",) over all positions; resnet-8 ("conv", out, kernel, padding, stride) without a bias, and
("residual", body, shortcut) of two plans. Input is 28x28x1, ten classes.
"""

import argparse
import json
import os
import sys
import time

PARAMETERS = {"reference": 225_034, "tutorial-1": 1_617_866, "tutorial-2": 1_036_490,
              "tutorial-3": 1_413_834, "tutorial-4": 3_380_682, "resnet-8": 77_754,
              "full": 288_618}


def plan_of(net):
    if net == "reference":
        return [("conv", 32, 3, "valid"), ("relu",), ("pool",),
                ("conv", 64, 3, "valid"), ("relu",), ("pool",), ("flatten",), ("dropout", 0.5),
                ("linear", 128), ("relu",), ("linear", 10)]
    if net == "resnet-8":
        return resnet_8()
    if net == "full":
        return full()
    blocks = int(net.split("-")[1])
    plan = [("conv", 64, 7, "same"), ("relu",), ("pool",)]
    for i in range(1, blocks):
        plan += [("conv", 128 * i, 3, "same"), ("relu",)] * 2 + [("pool",)]
    plan += [("flatten",)]
    for width in (128, 64):
        plan += [("linear", width), ("relu",), ("dropout", 0.25)]
    return plan + [("linear", 10)]


def resnet_8():
    def convolution(out, kernel, stride):
        return [("conv", out, kernel, "same", stride), ("batch norm",)]

    plan = convolution(16, 3, 1) + [("relu",)]
    for filters in (16, 32, 64):
        stride = 1 if filters == 16 else 2
        body = convolution(filters, 3, stride) + [("relu",)] + convolution(filters, 3, 1)
        plan += [("residual", body, convolution(filters, 1, stride) if stride > 1 else []), ("relu",)]
    return plan + [("mean",), ("linear", 10)]


def full():
    plan = []
    for out, pooled in ((32, 0), (32, 1), (64, 0), (64, 1), (128, 0), (128, 0)):
        plan += [("conv", out, 3, "same"), ("batch norm",), ("relu",)] + [("pool",)] * pooled
    return plan + [("mean",), ("linear", 10)]


def arguments(description, extra=lambda parser: None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--net", choices=sorted(PARAMETERS), default="reference")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of the timed run")
    parser.add_argument("--images", type=int, default=8192, help="synthetic images kept in memory")
    parser.add_argument("--feed", choices=["gather", "fixed"], default="gather",
                        help="gather: each step picks its shuffled batch from the resident images "
                             "(float, already scaled); fixed: one batch, no copy at all")
    parser.add_argument("--server", action="store_true",
                        help="read 'run N' and 'info' lines from stdin, answer one JSON line each")
    parser.add_argument("--malloc", choices=["tuned", "default"], default="tuned",
                        help="tuned: keep freed memory in the process (faster); default: glibc's "
                             "own settings")
    extra(parser)
    options = parser.parse_args()
    if options.batch < 1 or options.threads < 1 or options.images < options.batch:
        parser.error("needs --batch >= 1, --threads >= 1 and --images >= --batch")
    return options


# glibc gives large blocks back to the kernel after each step, and the page faults cost PyTorch
# about a quarter of its time; these settings keep the blocks. They must be there at process start.
TUNED_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}


def prepare_process():
    """Sets what the libraries read when they load: thread limits and, by a second start, malloc."""
    limit_threads()
    words = " ".join(sys.argv).replace("--malloc=", "--malloc ")
    tuned = "--malloc default" not in words
    if tuned and any(os.environ.get(k) != v for k, v in TUNED_MALLOC.items()):
        os.environ.update(TUNED_MALLOC)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def limit_threads():
    """Reads --threads early, since the libraries take their limits from the environment."""
    threads = "1"
    for index, word in enumerate(sys.argv):
        if word == "--threads" and index + 1 < len(sys.argv):
            threads = sys.argv[index + 1]
        elif word.startswith("--threads="):
            threads = word.split("=", 1)[1]
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                 "TF_NUM_INTRAOP_THREADS"):
        os.environ[name] = threads
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    # Idle OpenMP threads must not spin: the two sides take turns on the same cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def timed(step, count):
    """Runs count steps; CPU seconds are those of all threads of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        loss = step()
    loss = float(loss)  # inside the clock: nothing may still be pending
    return {"steps": count, "cpu_seconds": time.process_time() - cpu,
            "wall_seconds": time.perf_counter() - wall, "loss": loss}


def main(options, step, info):
    """step() does one training step and returns its loss; info is printed as it is."""
    if options.server:
        for line in sys.stdin:
            words = line.split()
            if words == ["info"]:
                print(json.dumps(info), flush=True)
            elif len(words) == 2 and words[0] == "run" and words[1].isdigit() and int(words[1]):
                print(json.dumps(timed(step, int(words[1]))), flush=True)
            elif words:
                print(json.dumps({"error": f"unknown line {line.strip()!r}"}), flush=True)
        return
    warm = timed(step, 3)
    per_step = timed(step, 3)["wall_seconds"] / 3
    result = timed(step, max(1, round(options.seconds / per_step)))
    assert result["loss"] == result["loss"] and warm["steps"] == 3, "the loss is not a number"
    print(json.dumps({
        **info, "images_per_second": round(result["steps"] * options.batch / result["wall_seconds"],
                                           1),
        "images_per_cpu_second": round(result["steps"] * options.batch / result["cpu_seconds"], 1),
        **result}))
