#!/usr/bin/env python3
"""Several processes on one study, and what must be true of it afterwards.

  workers_test.py PROGRAM MODE [--processes N] [--trials N] [--kills N] [--pauses N] [--restarts N]
                  [--odd LIBRARY] [--optuna N]

PROGRAM is tune_worker. MODE: sqlite, or postgresql (the server of $HONE_TEST_POSTGRES). --kills ends
workers with SIGKILL and starts others in their place; --pauses stops them beyond their lease;
--restarts crashes the server. --odd preloads a library into the workers, whose clocks then differ by
days and whose host names change at each look. --optuna adds workers of Python's Optuna (Python:
$HONE_PYTHON, else /usr/bin/python3; exit 77 where it has none).

The checker reads the logs of all workers and the database:
 1. the numbers of the trials are 0, 1, 2, ..., each once;
 2. what a worker was told is in the database, with its value, and was told once;
 3. every trial was begun by a worker, and its value is one that a worker had;
 4. a trial is run again only after a kill, a pause or a crash of the server;
 5. at the end every trial is COMPLETE, those of Python's workers too;
 6. nobody stored anything of a trial that it had lost;
 7. the best value is the smallest of the COMPLETE ones;
 8. values lie within their distributions, steps and names of a trial are unique;
 9. with --optuna, both kinds of workers have ended trials.
"""
import argparse
import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path


LEASE = "0.4"  # seconds
BEYOND_LEASE = 0.8
SHORTEST_WAIT = 0.01


class Database:
    """Rows of the study's tables, whichever database it is."""

    def __init__(self, url):
        self.url = url

    def rows(self, sql):
        if self.url.startswith("sqlite:///"):
            connection = sqlite3.connect(self.url[len("sqlite:///"):])
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        done = subprocess.run(
            ["psql", "-X", "-q", "-t", "-A", "-F", "\x1f", self.url, "-c",
             f"SELECT row_to_json(q) FROM ({sql}) q"], capture_output=True, text=True, check=True)
        return [tuple(json.loads(line).values()) for line in done.stdout.splitlines()]


class Workers:
    def __init__(self, options, url, folder):
        self.options, self.url, self.folder = options, url, folder
        self.running, self.started, self.killed, self.paused = {}, 0, 0, 0

    def start(self):
        log = self.folder / f"worker{self.started}.log"
        lease = LEASE if self.options.kills or self.options.pauses else "60"
        pause = str(self.microseconds_of_a_step())
        environment = dict(os.environ)
        if self.options.odd:  # a day behind, right, a day ahead, two days ahead, ...
            environment |= {"LD_PRELOAD": self.options.odd, "HONE_TEST_HOST": f"host{self.started}",
                            "HONE_TEST_CLOCK": str((self.started - 1) * 86400)}
        process = subprocess.Popen([self.options.program, self.url, str(log),
                                    str(self.options.trials), lease, pause], env=environment)
        self.running[process] = log
        self.started += 1

    def microseconds_of_a_step(self):
        if self.options.optuna:  # Python's workers need time to get a trial at all
            return 10000
        # So long that the trials last until all disturbances have been.
        seconds = (self.options.kills * self.mean_wait() +
                   self.options.pauses * (self.mean_wait() + 2 * BEYOND_LEASE))
        # A pause leaves one worker more.
        steps = 3 * self.options.trials / (self.options.processes + self.options.pauses)
        return round(1e6 * 1.3 * seconds / steps)

    def longest_wait(self):
        """Between two disturbances, in seconds."""
        return 0.1 if self.options.mode == "sqlite" else 0.5

    def mean_wait(self):
        return (SHORTEST_WAIT + self.longest_wait()) / 2

    def start_optuna(self, python):
        log = self.folder / f"worker{self.started}.log"
        script = Path(__file__).with_name("optuna_worker.py")
        process = subprocess.Popen([python, "-W", "ignore", str(script), self.url, str(log),
                                    str(self.options.trials)])
        self.running[process] = log
        self.started += 1

    def wait_until_ready(self):
        """Those of Optuna's have been loaded."""
        while any(process.poll() is None and not Path(f"{log}.ready").exists()
                  for process, log in self.running.items()):
            time.sleep(0.05)

    def disturb(self):
        victim = random.choice(list(self.running))
        if victim.poll() is not None:
            return
        if self.killed < self.options.kills:
            victim.kill()
            victim.wait()
            del self.running[victim]
            self.killed += 1
            self.start()
        elif self.paused < self.options.pauses:
            os.kill(victim.pid, signal.SIGSTOP)
            time.sleep(BEYOND_LEASE)
            self.start()  # takes over what those hold whom nobody hears of
            time.sleep(BEYOND_LEASE)
            os.kill(victim.pid, signal.SIGCONT)
            self.paused += 1

    def wait(self):
        codes = [process.wait(timeout=600) for process in self.running]
        assert codes == [0] * len(codes), f"workers ended with {codes}"

    def lines(self):
        for number in range(self.started):
            log = self.folder / f"worker{number}.log"
            if log.exists():
                text = log.read_text()
                for line in text.splitlines()[:None if text.endswith("\n") else -1]:
                    yield number, line.split()


def check(options, database, workers):
    trials = database.rows(
        "SELECT t.trial_id, t.number, t.state, v.value FROM trials t LEFT JOIN trial_values v ON "
        "v.trial_id=t.trial_id ORDER BY t.number")
    ours = {row[0] for row in database.rows("SELECT trial_id FROM hone_trials")}
    by_number = {number: (trial, state, value) for trial, number, state, value in trials}
    assert sorted(t[1] for t in trials) == list(range(len(trials))), "1: numbers"
    begun, told, had = collections.Counter(), {}, collections.defaultdict(set)
    lost = set()
    for worker, (what, number, *rest) in workers.lines():
        number = int(number)
        if what == "begin":
            begun[number] += 1
        elif what == "end":
            had[number].add(float(rest[0]))
        elif what == "lost":
            lost.add((worker, number))
        elif what == "told":
            assert number not in told, f"2: trial {number} was told twice"
            assert (worker, number) not in lost, f"6: trial {number} was told after it was lost"
            told[number] = float(rest[0])
    for number, value in told.items():
        trial, state, stored = by_number[number]
        assert state == "COMPLETE" and stored == value, f"2: trial {number}: {state} {stored}"
    for number, (trial, state, value) in by_number.items():
        assert state == "COMPLETE", f"5: trial {number} is {state}"
        assert begun[number] > 0, f"3: trial {number} was never begun"
        assert value in had[number], f"3: trial {number}: {value} not in {had[number]}"
    if options.optuna:
        assert 0 < len(ours) < len(trials), "9: only one kind of worker has worked"
    disturbed = workers.killed + workers.paused + options.restarts
    again = sum(count - 1 for count in begun.values() if count > 1)
    assert again <= disturbed, f"4: {again} runs again after {disturbed} disturbances"
    complete = [v for _, _, s, v in trials if s == "COMPLETE"]
    assert database.rows("SELECT MIN(v.value) FROM trial_values v JOIN trials t ON "
                         "t.trial_id=v.trial_id WHERE t.state='COMPLETE'")[0][0] == min(complete)
    names = collections.Counter()
    for trial, name, value, text in database.rows(
            "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params"):
        names[trial, name] += 1
        limits = json.loads(text)["attributes"]
        assert limits["low"] <= value <= limits["high"], f"8: {name} of {trial} is {value}"
    steps = collections.Counter(map(tuple, database.rows(
        "SELECT trial_id, step FROM trial_intermediate_values")))
    assert all(c == 1 for c in [*names.values(), *steps.values()]), "8: a name or step twice"
    return len(trials), len(told), again


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("mode", choices=["sqlite", "postgresql"])
    for name, default in (("processes", 4), ("trials", 120), ("kills", 0), ("pauses", 0),
                          ("restarts", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--odd")
    parser.add_argument("--optuna", type=int, default=0)
    options = parser.parse_args()
    python = os.environ.get("HONE_PYTHON", "/usr/bin/python3")
    if options.optuna and subprocess.run(
            [python, "-c", "import optuna; assert int(optuna.__version__.split('.')[0]) >= 4"],
            capture_output=True).returncode:
        print(f"{python} has no Optuna of version 4 or later: skipped")
        return 77
    random.seed(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'study.db'}"
        if options.mode == "postgresql":
            server = os.environ["HONE_TEST_POSTGRES"]
            base = f"workers{os.getpid()}"
            subprocess.run(["psql", "-X", "-q", f"postgresql://postgres@/postgres?host={server}",
                            "-c", f"CREATE DATABASE {base}"], check=True)
            url = f"postgresql://postgres@/{base}?host={server}"
        workers = Workers(options, url, folder)
        begin = time.monotonic()
        for _ in range(options.optuna):
            workers.start_optuna(python)
        workers.wait_until_ready()
        for _ in range(options.processes):
            workers.start()
        while any(p.poll() is None for p in workers.running) and (
                workers.killed < options.kills or workers.paused < options.pauses):
            time.sleep(random.uniform(SHORTEST_WAIT, workers.longest_wait()))
            workers.disturb()
        assert (workers.killed, workers.paused) == (options.kills, options.pauses), \
            f"the trials ended after {workers.killed} kills and {workers.paused} pauses"
        for number in range(options.restarts):
            time.sleep(0.3)
            subprocess.run(["bash", str(Path(__file__).parents[1] / "postgres_server.sh"), "restart",
                            server], check=True)
        workers.wait()
        # A death on another host, or of who shares but a server, is known when its lease has run out.
        if options.odd or (options.kills and options.mode == "postgresql"):
            time.sleep(0.5)
            workers.start()
            workers.wait()
        seconds = time.monotonic() - begin
        total, told, again = check(options, Database(url), workers)
        # A worker of Optuna's counts what is finished, not what runs.
        assert 0 <= total - options.trials <= options.optuna * (options.processes + 1), \
            f"{total} trials, {options.trials} were wanted"
        also = (f", {options.optuna} more workers of Optuna's" if options.optuna else "") + (
            ", clocks a day apart and host names that change" if options.odd else "")
        print(f"{options.mode}: {total} trials by {options.processes} workers in {seconds:.1f} s, "
              f"{total / seconds:.0f} a second; {told} told, {workers.killed} kills, "
              f"{workers.paused} pauses, {options.restarts} restarts, {again} run again{also}: all "
              "invariants hold")


if __name__ == "__main__":
    sys.exit(main())
