"""Output folders and databases that cannot be used: exit 4 with one clear message, and no loss."""
import fcntl
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import harness
from harness import Case, Lines, run, start, trials, wait_for


def locked(case):
    """A connection of another program that keeps everybody out."""
    connection = sqlite3.connect(case.out / "study.db", isolation_level=None)
    case.addCleanup(connection.close)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


class Folder(Case):
    def test_an_output_folder_that_is_a_file_is_refused(self):
        self.out.write_text("mine")
        self.refused(self.tune(), 4, str(self.out), "--out")
        self.assertEqual(self.out.read_text(), "mine")
        self.refused(self.tune(out=self.out / "below"), 4, str(self.out / "below"), "--out")

    def test_an_output_folder_that_cannot_be_written_is_refused(self):
        self.out.mkdir()
        self.out.chmod(0o500)
        self.addCleanup(self.out.chmod, 0o700)
        options = {}
        if os.getuid() == 0:  # root may write everywhere: become nobody
            if not hasattr(os, "setuid") or shutil.which("setpriv") is None:
                self.skipTest("root, and no setpriv")
            self.skip_unless_nobody_can_read()
            options = {"user": 65534, "group": 65534}
        self.refused(self.tune(**options), 4, str(self.out), "--out")

    def skip_unless_nobody_can_read(self):
        for folder in (self.folder, self.data.parent, self.data):
            folder.chmod(0o755)
        found = subprocess.run(["test", "-x", harness.PROGRAM], user=65534, group=65534)
        if found.returncode != 0:
            self.skipTest("the program is not readable for other users")

    def test_a_second_run_in_the_same_folder_is_refused(self):
        process = start(self.command("--epochs", 20000))
        self.addCleanup(process.kill)
        lines = Lines(process)
        lines.wait("trials   20000 epochs")
        self.refused(self.tune("--epochs", 20000), 4, str(self.out), f"another {harness.program_name()}", "--out")
        self.complete("--trials", 1, "--no-retrain", out=self.folder / "another")
        process.kill()
        lines.finish()
        process.stderr.close()
        process.stdout.close()

    def test_a_result_that_cannot_be_written_is_told_and_written_later(self):
        self.out.mkdir()
        blocker = self.out / "trials.csv"
        blocker.mkdir()
        (blocker / "file").write_text("")
        self.refused(self.tune(), 4, "trials.csv")
        shutil.rmtree(blocker)
        self.complete()
        self.assert_same_as_undisturbed()


class Database(Case):
    def test_a_file_that_is_no_database_is_refused_and_kept(self):
        self.out.mkdir()
        content = b"This is a shopping list." * 100
        (self.out / "study.db").write_bytes(content)
        self.refused(self.tune(), 4, "study.db", "not a SQLite database", "move the file away")
        self.refused(self.tune("--fresh"), 4, "study.db", "move the file away")
        self.assertEqual((self.out / "study.db").read_bytes(), content)

    def test_a_database_of_something_else_is_refused_and_kept(self):
        self.out.mkdir()
        with sqlite3.connect(self.out / "study.db") as connection:
            connection.execute("CREATE TABLE trials(recipe TEXT)")
        connection.close()
        before = (self.out / "study.db").read_bytes()
        self.refused(self.tune(), 4, "study.db")
        self.assertEqual((self.out / "study.db").read_bytes(), before)

    def test_a_damaged_database_is_refused(self):
        self.complete("--trials", 1, "--no-retrain")
        path = self.out / "study.db"
        data = bytearray(path.read_bytes())
        for at in range(4096, len(data), 4096):
            data[at:at + 200] = os.urandom(200)
        path.write_bytes(data)
        self.refused(self.tune("--trials", 2), 4, "study.db", "damaged")
        path.write_bytes(data[:5000])
        self.refused(self.tune("--trials", 2), 4, "study.db")

    def test_a_folder_in_the_place_of_the_database_is_refused(self):
        (self.out / "study.db").mkdir(parents=True)
        self.refused(self.tune(), 4, "study.db")
        self.refused(self.tune("--storage", f"sqlite:///{self.folder}/absent/study.db"), 4,
                     "absent/study.db")

    def test_a_database_that_is_locked_for_a_moment_is_waited_for(self):
        self.complete("--trials", 1, "--no-retrain")
        connection = locked(self)
        process = start(self.command("--trials", 2, "--no-retrain"))
        self.addCleanup(process.kill)
        lines = Lines(process)
        lines.wait("data ")
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(0.5)
        connection.execute("ROLLBACK")
        self.assertEqual(lines.finish(), 0, lines.text)
        process.stderr.close()
        process.stdout.close()


class OtherWorker(Case):
    def is_running(self, path):
        try:
            return path.exists() and any(trial[1] == "RUNNING" for trial in trials(path))
        except sqlite3.OperationalError:  # its tables are being made
            return False

    def study_name(self):
        return {"fmnist_tune": "fmnist-quick", "hone_tune": "hone_tune"}[harness.program_name()]

    def endless(self, *more):
        """Works on its first trial until it is killed."""
        process = start(self.command(*more, "--jobs", 1, "--no-retrain", "--epochs", 20000, "--train-images",
                                     8, "--batch", 8, "--pruner", "none"))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_a_study_that_a_living_worker_runs_is_not_removed(self):
        shared = self.folder / "shared.db"
        words = ["--storage", f"sqlite:///{shared}"]
        first = self.endless(*words)
        wait_for(lambda: self.is_running(shared), "its trial")
        wait_for(lambda: list(self.out.glob("*-0.checkpoint")), "its checkpoint")
        second = self.folder / "second"
        self.refused(self.tune(*words, "--fresh", out=second), 2, f"process {first.pid} on host",
                     "end that process first")
        hone = Path(harness.PROGRAM).with_name("hone")
        place = ["delete-study", "--storage", f"sqlite:///{shared}", "--study-name", self.study_name()]
        if hone.exists():
            result = run(place, program=str(hone))
            self.assertEqual(result.code, 2, str(result))
            self.assertIn(f"process {first.pid} on host", result.err)
        self.assertTrue(self.is_running(shared))
        first.kill()
        first.wait()
        left, = self.out.glob("*-0.checkpoint")
        self.complete(*words, "--fresh", out=second)
        # Its own folder knows that what is left there is of a study that is no more.
        other = self.out / left.name.replace("-0.", "-1.")
        other.write_text("no checkpoint")
        self.complete(*words, "--fresh")
        self.assertEqual([path.name for path in self.out.glob("*checkpoint*")], [other.name])

    def test_deleting_a_study_deletes_its_checkpoints_beside_the_database(self):
        hone = Path(harness.PROGRAM).with_name("hone")
        if not hone.exists():
            self.skipTest("hone is not built")
        first = self.endless()
        left, = wait_for(lambda: list(self.out.glob("*-0.checkpoint")), "its checkpoint")
        first.kill()
        first.wait()
        token = left.name.split("-")[0]
        others = {f"{token}-1.checkpoint": b"no checkpoint",
                  token[::-1] + "-0.checkpoint": left.read_bytes()}
        for name, content in others.items():
            (self.out / name).write_bytes(content)
        result = run(["delete-study", "--storage", f"sqlite:///{self.out}/study.db", "--study-name",
                      self.study_name()], program=str(hone))
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("removed", result.out)
        self.assertEqual(sorted(path.name for path in self.out.glob("*checkpoint*")), sorted(others))

    def test_a_trial_of_another_worker_is_told_and_taken_over_when_asked(self):
        """Two output folders, one study: the second run waits for the first one's trial."""
        words = ["--storage", f"sqlite:///{self.folder}/shared.db", "--no-retrain", "--jobs", 1,
                 "--trials", 6, "--epochs", 40, "--train-images", 8, "--batch", 8, "--pruner",
                 "none"]
        first = start(self.command(*words))
        self.addCleanup(first.kill)
        wait_for(lambda: self.is_running(self.folder / "shared.db"), "its trial")
        first.send_signal(signal.SIGSTOP)  # it lives, and does nothing
        second = start(self.command(*words, out=self.folder / "second"))
        self.addCleanup(second.kill)
        told = Lines(second)
        told.wait(f"waits for trial 0, which process {first.pid} on ")
        second.kill()
        told.finish()
        result = self.tune(*words, "--take-over", out=self.folder / "second")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.summary(self.folder / "second")["trials"]["finished"], 6)
        first.kill()
        first.communicate()
        second.stderr.close()
        second.stdout.close()


class LockedDatabase(Case):
    """Long: the program waits for its busy timeout, tens of seconds, before it gives up."""

    def test_a_database_that_stays_locked_is_given_up_with_a_message(self):
        self.complete("--trials", 1, "--no-retrain")
        stored = trials(self.out / "study.db")
        connection = locked(self)
        self.refused(self.tune("--trials", 2), 4, "study.db", "locked", "end that program")
        connection.execute("ROLLBACK")
        self.assertEqual(trials(self.out / "study.db"), stored)
        self.complete("--trials", 2)


class FileSizeLimit(Case):
    """A limit on the size of files (ulimit -f) is a full disk, not a signal that ends the program."""

    def test_a_file_beyond_the_limit_is_told(self):
        for kib in (4, 200):
            limit = (kib * 1024, kib * 1024)
            result = self.tune(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
            self.refused(result, 4, str(self.out))
        self.complete()


class FullDisk(Case):
    """On a small file system of its own; needs root."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", self.disk],
                                 stderr=subprocess.DEVNULL)
        if mounted.returncode != 0:
            self.skipTest("no small file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
        self.out = self.disk / "out"

    def fill(self, leave):
        """Takes all the space but `leave` bytes."""
        free = os.statvfs(self.disk)
        size = free.f_bavail * free.f_bsize - leave
        with open(self.disk / "ballast", "wb") as file:
            file.write(bytes(max(size, 0)))

    def compare(self):
        self.complete()
        self.assert_same_as_undisturbed()

    def test_a_disk_that_is_full_from_the_start_is_told_once(self):
        self.fill(0)
        self.refused(self.tune(), 4, str(self.out))
        (self.disk / "ballast").unlink()
        self.compare()

    def test_a_disk_that_runs_full_in_the_search_fails_no_trial(self):
        self.fill(400_000)  # room for the database, not for a checkpoint
        result = self.tune()
        self.refused(result, 4, str(self.out), "space", "same command")
        self.assertNotIn("failed", result.out)
        (self.disk / "ballast").unlink()
        self.compare()

    def test_a_disk_that_runs_full_in_the_retraining_loses_no_trial(self):
        self.complete("--no-retrain")
        self.fill(300_000)
        self.refused(self.tune(), 4, str(self.out), "space", "same command")
        (self.disk / "ballast").unlink()
        self.compare()
