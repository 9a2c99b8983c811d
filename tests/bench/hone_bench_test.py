#!/usr/bin/env python3
"""What hone_bench prints: hone_bench_test.py PROGRAM step|ops|tune|server|options|memory"""
import json
import sqlite3
import subprocess
import sys
import tempfile

PARAMETERS = {"reference": 225_034, "tutorial-1": 1_617_866}


def run(*words, text=None):
    return subprocess.run([sys.argv[1], *words], input=text, capture_output=True, text=True)


def answer(*words):
    done = run(*words)
    assert done.returncode == 0, (words, done.stderr)
    return json.loads(done.stdout)


def step():
    for net, parameters in PARAMETERS.items():
        result = answer("step", "--net", net, "--batch", "8", "--seconds", "0.2", "--json")
        assert (result["net"], result["batch"], result["threads"]) == (net, 8, 1), result
        (cpu,) = result["devices"]
        assert cpu["device"] == "cpu" and cpu["description"] and cpu["threads"] == 1, cpu
        assert cpu["parameters"] == parameters, cpu["parameters"]
        assert cpu["pool_misses"] == 0 and cpu["large_allocations"] == 0, cpu
        assert 0 < cpu["loss"] < 10, cpu["loss"]
        assert cpu["images_per_second"] > 0 and cpu["images_per_cpu_second"] > 0, cpu
        assert cpu["steps"] == sum(turn["steps"] for turn in cpu["turns"]) > 0, cpu["turns"]
        verbs = [verb["verb"] for verb in cpu["verbs"]]
        assert verbs[0] == "gather_batch" and "adam_step" in verbs, verbs
        assert all(verb["seconds"] >= 0 for verb in cpu["verbs"])
        for verb in cpu["verbs"]:  # each of a layer's verbs is told by its layer
            layered = verb["verb"].startswith(("conv2d_", "linear_", "maxpool2d_", "dropout"))
            assert bool(verb["layer"]) == layered, verb
    eager = answer("step", "--batch", "8", "--seconds", "0.1", "--json", "--no-capture")
    assert eager["capture"] is False and eager["devices"][0]["verbs"] == [], eager


def ops():
    result = answer("ops", "--op", "linear", "--seconds", "0.05", "--json")
    assert result["fma_peak_gflops"] > 0 and "cpu" in result["devices"], result
    assert result["rows"] and {row["direction"] for row in result["rows"]} == {"forward", "backward"}
    assert all(row["op"] == "linear" and row["seconds"] > 0 for row in result["rows"])


def tune():
    result = answer("tune", "--trials", "12", "--parameters", "3", "--reports", "2", "--json")
    assert result["trials"] == 12 and result["cpu_seconds"] > 0 and result["wall_seconds"] > 0, result
    with tempfile.TemporaryDirectory() as folder:
        result = answer("tune", "--processes", "3", "--storage", f"sqlite:///{folder}/s.db", "--trials", "40",
                        "--sampler", "random", "--json")
        assert result["cpu_seconds"] > 0 and result["wall_seconds"] > 0, result
        connection = sqlite3.connect(f"{folder}/s.db")
        numbers = connection.execute("SELECT number FROM trials WHERE state='COMPLETE' ORDER BY number").fetchall()
        connection.close()
        assert numbers == [(i,) for i in range(40)], numbers
    alone = run("tune", "--processes", "2")
    assert alone.returncode == 2 and "--storage" in alone.stderr, alone


def server():
    done = run("step", "--batch", "8", "--server", text="run 2\nrun none\nrun 1\n")
    assert done.returncode == 0, done.stderr
    first, wrong, second = map(json.loads, done.stdout.splitlines())
    assert (first["steps"], second["steps"]) == (2, 1), (first, second)
    assert first["cpu_seconds"] > 0 and first["wall_seconds"] > 0, first
    assert "run none" in wrong["error"], wrong


def memory():
    """Too little memory for the BLAS library ends the program with an error; it does not wait for ever."""
    command = 'ulimit -v "$1"; shift; exec "$@"'
    for kib in (60_000, 90_000, 120_000, 150_000):
        for words, code in ((["step", "--batch", "16"], 5), (["--help"], 0), (["step", "--batch", "0"], 2)):
            done = subprocess.run(["bash", "-c", command, "-", str(kib), sys.argv[1], *words], timeout=60,
                                  capture_output=True, text=True)
            if done.returncode == 127:  # too little to load the libraries, even
                continue
            assert done.returncode == code, (kib, words, done.returncode, done.stderr)
            assert code != 5 or "memory" in done.stderr, (kib, done.stderr)


def options():
    for words, message in ((["--net", "other"], "tutorial-1"), (["--batch", "0"], "--batch"),
                           (["--batch", "0x10"], "0x10"), (["--seconds", "nan"], "nan"),
                           (["--conv", "other"], "other"), (["--data", "other"], "synthetic"),
                           (["--server", "--device", "cpu,ref"], "one device"),
                           (["--server", "--json"], "--json")):
        done = run("step", *words)
        assert done.returncode == 2 and message in done.stderr, (words, done)
        assert not done.stdout, (words, done.stdout)


{"step": step, "ops": ops, "tune": tune, "server": server, "options": options,
 "memory": memory}[sys.argv[2]]()
