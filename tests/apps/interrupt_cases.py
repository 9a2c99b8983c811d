"""Signals and kill -9 at chosen and random moments: the same command goes on to the same bits."""
import random
import shutil
import signal
import sqlite3
import time

from harness import Case, Lines, shell_words, start, trials, wait_for

# Long enough that a signal meets what it is meant for.
SLOW = ["--train-images", "150", "--epochs", "5", "--trials", "4", "--final-epochs", "8"]


def finished(out):
    return [trial for trial in stored(out) if trial[1] in ("COMPLETE", "PRUNED", "FAIL")]


def stored(out):
    """All trials; none while the database or its tables are being made."""
    try:
        return trials(out / "study.db")
    except sqlite3.OperationalError as error:
        if not any(part in str(error) for part in ("no such table", "unable to open")):
            raise
        return []


class Resumable(Case):
    reference = None

    def uninterrupted(self):
        """One run for the whole class: every other one is compared with it."""
        if Resumable.reference is None:
            out = self.folder / "uninterrupted"
            self.complete(*SLOW, out=out)
            Resumable.reference = self.results_without_clocks(out)
        return Resumable.reference

    def assert_goes_on(self):
        before = finished(self.out)
        self.complete(*SLOW)
        after = trials(self.out / "study.db")
        for trial in before:
            self.assertIn(trial, after, "what was finished stays as it was")
        self.assertEqual([trial[0] for trial in after], list(range(4)))
        self.assert_same_results(self.uninterrupted(), self.results_without_clocks())
        left = [path.name for path in self.out.iterdir() if "checkpoint" in path.name]
        self.assertEqual(left, [])


class Interrupted(Resumable):
    def stopped(self, process, lines, kind):
        """Sends the signal and checks how the program ends."""
        process.send_signal(kind)
        begin = time.monotonic()
        code = lines.finish()
        self.assertLess(time.monotonic() - begin, 4)  # two, and a loaded machine
        errors = process.stderr.read()
        self.assertEqual(code, 130, lines.text + errors)
        self.assertIn("stopping after this batch", errors)
        self.assertIn("run the same command to go on", lines.text)
        process.stderr.close()
        process.stdout.close()

    def begin(self):
        process = start(self.command(*SLOW))
        self.addCleanup(process.kill)
        return process, Lines(process)

    def test_ctrl_c_between_trials_and_then_the_same_command(self):
        process, lines = self.begin()
        lines.wait("\ntrial   0")
        self.stopped(process, lines, signal.SIGINT)
        self.assertFalse((self.out / "summary.json").exists())
        self.assert_goes_on()

    def test_ctrl_c_in_a_trial_keeps_its_epochs(self):
        process, lines = self.begin()
        wait_for(lambda: list(self.out.glob("*-*.checkpoint")), "a checkpoint of a trial")
        self.stopped(process, lines, signal.SIGINT)
        self.assertTrue(list(self.out.glob("*-*.checkpoint")))
        self.assert_goes_on()

    def test_sigterm_in_the_retraining(self):
        process, lines = self.begin()
        lines.wait("\nepoch 2/8")
        self.stopped(process, lines, signal.SIGTERM)
        self.assertTrue((self.out / "final.checkpoint").exists())
        self.assert_goes_on()

    def test_ctrl_c_twice_in_different_phases(self):
        process, lines = self.begin()
        lines.wait("\ntrial   1")
        self.stopped(process, lines, signal.SIGTERM)
        process, lines = self.begin()
        lines.wait("\nepoch 1/8")
        self.stopped(process, lines, signal.SIGINT)
        self.assert_goes_on()

    def test_a_second_signal_ends_at_once(self):
        process = start(self.command("--train-images", 150, "--epochs", 20000, "--batch", 150))
        self.addCleanup(process.kill)
        lines = Lines(process)
        lines.wait("trials   20000 epochs")
        time.sleep(0.2)
        process.send_signal(signal.SIGSTOP)  # so that both signals are there before it can end
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        begin = time.monotonic()
        self.assertEqual(lines.finish(), 130)
        self.assertLess(time.monotonic() - begin, 2)
        self.assertNotIn("interrupted", lines.text, "it did not wait for its own clean end")
        process.stderr.close()
        process.stdout.close()

    def test_the_printed_command_can_be_pasted_into_a_shell(self):
        out = self.folder / "a folder, it's $HOME; `x`"
        process = start(self.command("--epochs", 20000, out=out))
        self.addCleanup(process.kill)
        lines = Lines(process)
        lines.wait("trials   20000 epochs")
        process.send_signal(signal.SIGINT)
        self.assertEqual(lines.finish(), 130)
        said = lines.text[lines.text.index("to go on: ") + len("to go on: "):].strip()
        self.assertEqual(shell_words(said)[1:], self.command("--epochs", 20000, out=out))
        process.stderr.close()
        process.stdout.close()

    def test_the_command_that_goes_on_after_fresh_has_no_fresh(self):
        process = start(self.command(*SLOW, "--fresh"))
        self.addCleanup(process.kill)
        lines = Lines(process)
        wait_for(lambda: finished(self.out), "a finished trial")
        process.send_signal(signal.SIGINT)
        self.assertEqual(lines.finish(), 130)
        self.assertIn("the same command without --fresh to go on: ", lines.text)
        said = lines.text[lines.text.index("to go on: ") + len("to go on: "):].strip()
        self.assertEqual(shell_words(said)[1:], self.command(*SLOW))
        process.stderr.close()
        process.stdout.close()


class Killed(Resumable):
    """The loop of the tests below; `kills` sudden ends at random moments."""

    def kill_loop(self, kills, seed):
        rng = random.Random(seed)
        begin = time.monotonic()
        self.uninterrupted()
        whole = time.monotonic() - begin
        killed = 0
        while killed < kills:
            process = start(self.command(*SLOW))
            try:
                time.sleep(0.05 + rng.random() * min(whole, 2.5) * 0.7)
                acknowledged = finished(self.out)
            finally:
                ended = process.poll() is not None
                process.kill()
                process.communicate()
            if ended:  # it was faster: begin a new study, with the kills that are still due
                self.assertEqual(process.returncode, 0)
                self.assert_goes_on()
                shutil.rmtree(self.out)
                continue
            killed += 1
            left = stored(self.out)
            for trial in acknowledged:
                self.assertIn(trial, left, "nothing acknowledged is lost")
            self.assertEqual([trial[0] for trial in left], list(range(len(left))))
        self.assert_goes_on()


class KilledThrice(Killed):
    def test_three_kills_at_random_moments_change_nothing(self):
        self.kill_loop(3, 11)


class KilledOften(Killed):
    def test_twenty_kills_at_random_moments_change_nothing(self):
        self.kill_loop(20, 12)
