#!/usr/bin/env python3
"""The command lines of docs/deploy, run with two workers on one study: deploy_test.py PROGRAM.

With HONE_TEST_POSTGRES (tests/tune/postgres_test.sh) on that server too.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "apps"))
import harness  # noqa: E402

PROGRAM = ""
TRIALS = 6


def commands(name):
    """The lines that start fmnist_tune, as the shell of the file sees them."""
    text = (ROOT / "docs" / "deploy" / name).read_text()
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if re.match(r"(exec )?fmnist_tune ", line)]
    return [line.replace("$$", "$") if name == "compose.yaml" else line for line in found]


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = Path(cls.folder.name)
        harness.make_data(cls.root / "data")
        (cls.root / "bin").mkdir()
        (cls.root / "bin" / "fmnist_tune").symlink_to(PROGRAM)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def start(self, line, storage, worker, folder):
        line, count = re.subn(r"--trials \d+", f"--trials {TRIALS}", line)
        self.assertEqual(count, 1, line)
        line += " --train-images 96 --epochs 1 --batch 32 --threads 1 --quiet"
        if "--no-retrain" not in line:
            line += " --final-epochs 1"
        return subprocess.Popen(
            ["sh", "-c", line], cwd=folder, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=harness.environment(
                HONE_STORAGE=storage, HONE_WORKER=f"worker-{worker}", HONE_DATA=self.root / "data",
                PATH=f"{self.root / 'bin'}:{os.environ['PATH']}"))

    def finish(self, process):
        out, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 0, out + err)
        return out

    def storages(self, name, folder):
        yield f"sqlite:///{folder / 'study.db'}"
        server = os.environ.get("HONE_TEST_POSTGRES")
        if server:
            base = f"deploy_{name.replace('.', '_')}_{os.getpid()}"
            subprocess.run(["psql", "-X", "-q", f"postgresql://postgres@/postgres?host={server}",
                            "-c", f"CREATE DATABASE {base}"], check=True)
            yield f"postgresql://postgres@/{base}?host={server}"

    def run_file(self, name):
        found = commands(name)
        workers = [line for line in found if "--no-retrain" in line]
        winners = [line for line in found if "--no-retrain" not in line]
        self.assertEqual(len(workers), 1, found)
        base = self.root / name
        base.mkdir()
        for number, storage in enumerate(self.storages(name, base)):
            folder = base / str(number)
            folder.mkdir()
            running = [self.start(workers[0], storage, i, folder) for i in range(2)]
            for process in running:
                out = self.finish(process)
                self.assertIn(f"{TRIALS} trials finished", out)
            self.assertTrue((folder / "runs" / "worker-1" / "report.html").is_file())
            for line in winners:
                self.assertIn("test accuracy", self.finish(self.start(line, storage, 9, folder)))
                self.assertTrue((folder / "runs" / "winner" / "model.safetensors").is_file())

    def test_slurm(self):
        self.run_file("workers.sbatch")
        subprocess.run(["bash", "-n", ROOT / "docs" / "deploy" / "workers.sbatch"], check=True)

    def test_kubernetes(self):
        self.run_file("workers.yaml")

    def test_compose(self):
        self.run_file("compose.yaml")


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
