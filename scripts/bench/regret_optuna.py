"""Optuna's side of `hone_bench regret`: the same twenty functions, the same noise, paired seeds.

    python scripts/bench/regret_optuna.py FILE.json --seeds 100 [--sampler tpe|gp|random]
        [--functions a,b] [--trials 100]

Adds what FILE does not hold yet, and writes it after each function: for every function and seed the
noise-free regret of the best trial after 50 and after 100 trials, and of conditional functions the
leaf it lies in. The functions stand a second time in apps/bench/regret_functions.cpp; `--check`
prints values that the test of that file compares.
"""

import argparse
import json
import math
import os
import sys
import time
import warnings

MASK = (1 << 64) - 1


def mix(a, b):
    """base/philox.h: the SplitMix64 finaliser of (a, b)."""
    z = (a + 0x9E3779B97F4A7C15 * (b + 1)) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def noise(seed, trial):
    """A standard normal number for one trial of one study."""
    key = mix(mix(seed, 77), trial)
    u = ((mix(key, 1) >> 11) + 1) * 2.0**-53
    v = (mix(key, 2) >> 11) * 2.0**-53
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


def box(t, d, low=-5.0, high=5.0):
    return [t.real(f"x{i}", low, high) for i in range(d)]


def shift(i):
    """Where the minimum lies in dimension i, as a share of the half width of [-5, 5]."""
    return 5 * (0.62 * math.sin(2.3 * i + 1.1))


def rotated(z, twist):
    z = list(z)
    for i in range(len(z)):
        for j in range(i + 1, len(z)):
            a = twist * (0.7 * (i + 1) + 0.3 * (j + 1))
            c, s = math.cos(a), math.sin(a)
            z[i], z[j] = c * z[i] - s * z[j], s * z[i] + c * z[j]
    return z


def shifted(x):
    return [v - shift(i) for i, v in enumerate(x)]


def sphere(t):
    return sum(z * z for z in shifted(box(t, 5))), 0


def ellipsoid(t):
    z = rotated(shifted(box(t, 6)), 1.0)
    return sum(10 ** (3 * i / 5) * v * v for i, v in enumerate(z)) * 0.01, 0


def rosenbrock(t):
    z = [v - 0.4 * shift(i) + 1 for i, v in enumerate(box(t, 4))]
    return sum(100 * (z[i + 1] - z[i] ** 2) ** 2 + (1 - z[i]) ** 2 for i in range(3)) * 0.01, 0


def ackley(t):
    z = rotated(shifted(box(t, 5)), 0.5)
    a = math.sqrt(sum(v * v for v in z) / 5)
    b = sum(math.cos(2 * math.pi * v) for v in z) / 5
    return -20 * math.exp(-0.2 * a) - math.exp(b) + 20 + math.e, 0


def levy(t):
    w = [1 + v / 4 * 1.6 for v in shifted(box(t, 5))]
    total = math.sin(math.pi * w[0]) ** 2
    for i in range(4):
        total += (w[i] - 1) ** 2 * (1 + 10 * math.sin(math.pi * w[i] + 1) ** 2)
    return total + (w[4] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[4]) ** 2), 0


def griewank(t):
    z = [3 * v for v in rotated(shifted(box(t, 4)), 0.3)]
    product = 1.0
    for i, v in enumerate(z):
        product *= math.cos(v / math.sqrt(i + 1))
    return sum(v * v for v in z) / 100 + 1 - product, 0


def noisy_bowl(t):
    z = rotated(shifted(box(t, 4)), 0.8)
    return sum((1 + i) * v * v for i, v in enumerate(z)) / 40, 0.1


def noisy_wells(t):
    x = box(t, 3)
    deep = sum((v - shift(i)) ** 2 for i, v in enumerate(x))
    flat = sum((v + shift(i)) ** 2 for i, v in enumerate(x))
    return 1 - math.exp(-deep / 4) + 0.4 * (1 - math.exp(-flat / 12)) - NOISY_WELLS, 0.05


def corners(t):
    z = rotated(shifted(box(t, 5)), 0.4)
    return sum((1 + 0.5 * i) * abs(v) for i, v in enumerate(z)) / 5, 0


def terraces(t):
    z = shifted(box(t, 5))
    return sum((1 + i) * math.floor(abs(v) * 2) ** 2 for i, v in enumerate(z)) / 40 + 1e-3 * sum(
        v * v for v in z), 0


ACTIVATIONS = ["relu", "tanh", "gelu"]


def mixed_net(t):
    rate, decay = math.log10(t.log("rate", 1e-5, 1.0)), math.log10(t.log("decay", 1e-6, 1e-1))
    layers, width = t.integer("layers", 1, 8), t.log_integer("width", 8, 512)
    kind = t.choice("activation", ACTIVATIONS)
    best = [-2.3, -3.1, -2.7][kind]
    return (0.2 * (rate - best + 0.1 * layers) ** 2 + 0.03 * (decay + 3.4) ** 2
            + 0.04 * (layers - [5, 2, 4][kind]) ** 2 + 0.05 * (math.log2(width) - 6) ** 2
            + [0.0, 0.05, 0.02][kind]), 0


def mixed_grid(t):
    p = [t.integer(f"p{i}", 0, 20) for i in range(4)]
    kind = t.choice("kind", ["a", "b", "c", "d"])
    goal = [[4, 17, 9, 13], [15, 3, 12, 6], [8, 8, 2, 19], [11, 14, 5, 1]][kind]
    z = [v - g for v, g in zip(p, goal)]
    return (sum(v * v for v in z) + 0.8 * z[0] * z[1]) / 100 + [0.1, 0.0, 0.2, 0.05][kind], 0


def mixed_choices(t):
    k = [t.choice(f"c{i}", ["a", "b", "c", "d"]) for i in range(4)]
    x = [t.real(f"x{i}", 0.0, 1.0) for i in range(3)]
    cost = [[0.0, 0.3, 0.1, 0.4], [0.2, 0.0, 0.3, 0.1], [0.15, 0.4, 0.0, 0.25], [0.3, 0.2, 0.1, 0.0]]
    total = sum(cost[i][k[i]] for i in range(4))
    if k[0] == 2 and k[3] == 1:
        total -= 0.15  # a pair that is better than its parts, and still no better than the best
    for i in range(3):
        total += (x[i] - 0.2 - 0.17 * k[i] - 0.1 * i) ** 2
    return total, 0


def mixed_steps(t):
    drop = t.step("drop", 0.0, 0.9, 0.1)
    batch = t.choice("batch", [16, 32, 64, 128, 256])
    rate = math.log10(t.log("rate", 1e-5, 1.0))
    momentum, depth = t.real("momentum", 0.0, 0.99), t.integer("depth", 2, 12)
    ideal = -2.5 + 0.3 * (batch - 2) + 0.8 * (momentum - 0.6)
    return (0.3 * (rate - ideal) ** 2 + (drop - 0.3) ** 2 + 0.02 * (batch - 3) ** 2
            + 0.3 * (momentum - 0.85) ** 2 + 0.015 * (depth - 7) ** 2
            + 0.05 * abs(math.sin(1.3 * (depth - 7)))), 0


def cond_optimizer(t):
    kind = t.choice("optimizer", ["adam", "sgd", "lion"])
    blocks, drop = t.integer("blocks", 1, 6), t.real("drop", 0.0, 0.7)
    if kind == 0:
        g = 0.25 * (math.log10(t.log("adam_rate", 1e-6, 1e-1)) + 2.6 + 0.12 * blocks) ** 2
    elif kind == 1:
        rate, momentum = t.log("sgd_rate", 1e-5, 1.0), t.real("momentum", 0.0, 0.99)
        g = 0.015 + 0.25 * (math.log10(rate / (1 - momentum)) + 0.5) ** 2 + 0.1 * (
            momentum - 0.8) ** 2
    else:
        rate, decay = t.log("lion_rate", 1e-6, 1e-2), t.real("lion_decay", 0.0, 1.0)
        g = 0.04 + 0.3 * (math.log10(rate) + 3.8) ** 2 + 0.2 * (decay - 0.35) ** 2
    leaf = kind
    return g + 0.03 * (blocks - 4) ** 2 + 0.7 * (drop - 0.1 * blocks) ** 2, 0, leaf, 0


def leaf_bowl(t, name, d, goal, scale):
    return scale * sum((t.real(f"{name}_{i}", 0.0, 1.0) - goal - 0.13 * i) ** 2 for i in range(d))


def cond_tree2(t):
    top = t.choice("model", ["linear", "forest", "net"])
    if top == 0:
        return 0.12 + leaf_bowl(t, "linear", 2, 0.3, 1.0), 0, 0, 2
    sub = t.choice(["", "forest_kind", "net_kind"][top], ["u", "v", "w"])
    leaf = 1 + 3 * (top - 1) + sub
    floor = [0.06, 0.1, 0.03, 0.08, 0.0, 0.05][leaf - 1]
    return floor + leaf_bowl(t, f"leaf{leaf}", 3, 0.15 + 0.09 * leaf, 1.2), 0, leaf, 5


def cond_tree3(t):
    a = t.choice("a", ["p", "q", "r"])
    b = t.choice(f"b{a}", ["p", "q", "r"])
    c = t.choice(f"c{a}{b}", ["p", "q"])
    leaf = 6 * a + 2 * b + c
    floor = 0.0 if leaf == 11 else 0.05 + 0.15 * ((7 * leaf + 3) % 17) / 17
    shared = t.real("shared", 0.0, 1.0)
    return floor + 0.5 * (shared - 0.7) ** 2 + leaf_bowl(
        t, f"z{leaf}", 2, 0.2 + 0.03 * leaf, 1.0), 0, leaf, 11


def cond_loop(t):
    count = t.integer("count", 1, 5)
    total = 0.05 * (count - 3) ** 2
    for i in range(count):
        width = t.integer(f"width{i}", 4, 64)
        act = t.choice(f"act{i}", ["relu", "tanh"])
        total += 0.4 * ((width - 20 - 6 * i) / 60) ** 2 + 0.04 * (act != i % 2)
    rate = math.log10(t.log("rate", 1e-5, 1.0))
    return total + 0.1 * (rate + 2 + 0.2 * count) ** 2, 0, count - 1, 2


def cond_trap(t):
    kind = t.choice("kind", ["easy", "hard", "fair"])
    if kind == 0:
        return 0.2 + leaf_bowl(t, "easy", 2, 0.4, 0.3), 0, 0, 1
    if kind == 2:
        return 0.3 + leaf_bowl(t, "fair", 2, 0.5, 0.5), 0, 2, 1
    # A narrow valley on a high plain: looks worse than the others until it is found.
    d = leaf_bowl(t, "hard", 3, 0.25, 1.0)
    return 0.7 * (1 - math.exp(-d / 0.08)) + 0.2 * d, 0, 1, 1


def cond_pairs(t):
    loss = t.choice("loss", ["hinge", "log", "square"])
    solver = t.choice("solver", ["newton", "batch", "online"])
    table = [[0.12, 0.2, 0.16], [0.22, 0.14, 0.0], [0.08, 0.18, 0.24]]
    total = table[loss][solver]
    if solver == 0:
        total += leaf_bowl(t, "newton", 1, 0.3 + 0.2 * loss, 1.0)
    elif solver == 1:
        total += 0.1 * (math.log2(t.log_integer("batch", 1, 1024)) - 4 - loss) ** 2
    else:
        rate = math.log10(t.log("online_rate", 1e-4, 1.0))
        total += 0.2 * (rate + 1.5 + 0.4 * loss) ** 2
        total += leaf_bowl(t, "online", 2, 0.2 + 0.25 * loss, 0.8)
    strength = math.log10(t.log("strength", 1e-6, 10.0))
    return total + 0.05 * (strength + 3 - loss) ** 2, 0, 3 * loss + solver, 5


NOISY_WELLS = 0.39023536488678573  # the minimum, see minimum_of_wells

FUNCTIONS = {
    f.__name__: f
    for f in [
        sphere, ellipsoid, rosenbrock, ackley, levy, griewank, noisy_bowl, noisy_wells, corners,
        terraces, mixed_net, mixed_grid, mixed_choices, mixed_steps, cond_optimizer, cond_tree2,
        cond_tree3, cond_loop, cond_trap, cond_pairs
    ]
}


class OptunaTrial:
    """The suggest calls of the functions; a choice is its index."""

    def __init__(self, trial):
        self.trial = trial

    def real(self, name, low, high):
        return self.trial.suggest_float(name, low, high)

    def log(self, name, low, high):
        return self.trial.suggest_float(name, low, high, log=True)

    def step(self, name, low, high, step):
        return self.trial.suggest_float(name, low, high, step=step)

    def integer(self, name, low, high):
        return self.trial.suggest_int(name, low, high)

    def log_integer(self, name, low, high):
        return self.trial.suggest_int(name, low, high, log=True)

    def choice(self, name, choices):
        return choices.index(self.trial.suggest_categorical(name, choices))


class FixedDraws:
    """Values from a counter, for the comparison with the functions in C++."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def uniform(self):
        self.count += 1
        return (mix(mix(self.seed, 5), self.count) >> 11) * 2.0**-53

    def real(self, name, low, high):
        return low + self.uniform() * (high - low)

    def log(self, name, low, high):
        return math.exp(math.log(low) + self.uniform() * (math.log(high) - math.log(low)))

    def step(self, name, low, high, step):
        return low + math.floor(self.uniform() * (round((high - low) / step) + 1)) * step

    def integer(self, name, low, high):
        return low + math.floor(self.uniform() * (high - low + 1))

    def log_integer(self, name, low, high):
        return self.integer(name, low, high)

    def choice(self, name, choices):
        return math.floor(self.uniform() * len(choices))


def evaluate(function, trial):
    """(regret, spread of the noise, leaf, best leaf); leaves are 0 where there are none."""
    return (tuple(function(trial)) + (0, 0))[:4]


def make_sampler(optuna, kind, seed):
    if kind == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    if kind == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed)


def run_study(optuna, function, kind, seed, trials, marks):
    best = (math.inf, math.inf, 0)  # what was observed, its regret, its leaf
    study = optuna.create_study(sampler=make_sampler(optuna, kind, seed))
    regrets, leaf_found = [], 0
    for number in range(trials):
        trial = study.ask()
        regret, spread, leaf, goal = evaluate(function, OptunaTrial(trial))
        seen = regret + spread * noise(seed, number)
        study.tell(trial, seen)
        if seen < best[0]:
            best = (seen, regret, int(leaf == goal))
        if number + 1 in marks:
            regrets.append(float(f"{best[1]:.6g}"))
            leaf_found = best[2]
    return regrets, leaf_found


def check_lines():
    lines = {}
    for name, function in FUNCTIONS.items():
        rows = []
        for seed in range(6):
            regret, spread, leaf, goal = evaluate(function, FixedDraws(seed))
            rows.append([regret, spread * noise(seed, 3), leaf, goal])
        lines[name] = rows
    return lines


def minimum_of_wells():
    """By Newton-free descent on the noise-free function: three numbers are enough for a grid."""
    best = math.inf
    point, width = [shift(i) for i in range(3)], 0.5

    def value(x):
        deep = sum((v - shift(i)) ** 2 for i, v in enumerate(x))
        flat = sum((v + shift(i)) ** 2 for i, v in enumerate(x))
        return 1 - math.exp(-deep / 4) + 0.4 * (1 - math.exp(-flat / 12))

    while width > 1e-9:
        moved = False
        for i in range(3):
            for step in (-width, width):
                trial = list(point)
                trial[i] += step
                if value(trial) < best:
                    best, point, moved = value(trial), trial, True
        if not moved:
            width /= 2
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--sampler", default="tpe", choices=["tpe", "gp", "random"])
    parser.add_argument("--functions", default=",".join(FUNCTIONS))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        with open(options.file, "w") as out:
            header = {"script": "scripts/bench/regret_optuna.py --check", "rows":
                      "regret, noise of trial 3 of study s, leaf, best leaf at draws of seed s"}
            json.dump({"header": header, "values": check_lines()}, out, indent=1)
        return
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    data = {"header": {"optuna": optuna.__version__, "script": "scripts/bench/regret_optuna.py"}}
    if os.path.exists(options.file):
        with open(options.file) as stored:
            data = json.load(stored)
    results = data.setdefault(options.sampler, {})
    marks = [m for m in (50, 100) if m <= options.trials]
    for name in options.functions.split(","):
        row = results.setdefault(name, {"regret": [], "best_leaf": [], "cpu_ms": []})
        while len(row["regret"]) < options.seeds:
            start = time.process_time()
            regrets, leaf = run_study(optuna, FUNCTIONS[name], options.sampler,
                                      len(row["regret"]), options.trials, marks)
            row["regret"].append(regrets)
            row["best_leaf"].append(leaf)
            row["cpu_ms"].append(round(1e3 * (time.process_time() - start)))
        with open(options.file + ".new", "w") as out:
            json.dump(data, out)
        os.replace(options.file + ".new", options.file)
        print(name, len(row["regret"]), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
