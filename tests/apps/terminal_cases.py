"""What is printed on a terminal, elsewhere, and when a stream is closed."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import harness
from harness import Case, environment, run

ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Terminal(Case):
    def on_terminal(self, arguments, width=100, send=None, **env):
        """(exit code, what the terminal got); send(text so far) may return a signal's key."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        before = termios.tcgetattr(slave)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        process = subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=slave,
                                   stdout=slave, stderr=slave, preexec_fn=own_terminal,
                                   env=environment(**{"TERM": "xterm-256color", **env}))
        self.addCleanup(process.kill)
        text, end = b"", time.monotonic() + 60
        os.set_blocking(master, False)
        while time.monotonic() < end:
            over = process.poll() is not None
            try:
                while True:
                    part = os.read(master, 65536)
                    if not part:
                        break
                    text += part
            except (BlockingIOError, OSError):
                pass
            if over:
                break
            key = send(text.decode(errors="replace")) if send else None
            if key:
                os.write(master, key)
                send = None
            time.sleep(0.01)
        self.assertEqual(termios.tcgetattr(slave), before, "the terminal is as it was")
        os.close(master)
        os.close(slave)
        return process.returncode, text.decode(errors="replace").replace("\r\n", "\n")

    def screen(self, text):
        """The lines that stay: what is drawn over is gone."""
        lines = []
        for line in text.split("\n"):
            line = line.rsplit("\x1b[K", 1)[-1]
            lines.append(ESCAPE.sub("", line).rstrip("\r"))
        return lines

    def test_a_terminal_gets_a_live_line_that_is_wiped_away(self):
        code, text = self.on_terminal(self.command("--epochs", 4))
        self.assertEqual(code, 0, text)
        live = [ESCAPE.sub("", part.split("\n")[0]) for part in text.split("\r\x1b[K")[1:]]
        self.assertTrue(any("/3 trials" in line and harness.speed_unit() in line for line in live), live)
        drawn = [line for line in live if "/3 trials" in line]
        self.assertLess(max(map(len, drawn)), 100, "no live line is wider than the terminal")
        self.assertIn("\x1b[1m", text, "the best value stands out")
        lines = self.screen(text)
        self.assertEqual(sum(line.startswith("trial  ") for line in lines), 3, lines)
        self.assertFalse([line for line in lines if harness.speed_unit() in line], "no live line is left")
        self.assertTrue(lines[-2].startswith("report: "), lines[-3:])

    def test_a_narrow_terminal_is_not_overflowed(self):
        code, text = self.on_terminal(self.command("--trials", 1), width=30)
        self.assertEqual(code, 0, text)
        live = [ESCAPE.sub("", part.split("\n")[0]) for part in text.split("\r\x1b[K")[1:]]
        drawn = [line for line in live if harness.speed_unit() in line or "trials  |" in line]
        self.assertTrue(all(len(line) < 30 for line in drawn), drawn)

    def test_ctrl_c_on_a_terminal_leaves_a_clean_line(self):
        def press(text):
            return b"\x03" if "/400 trials" in text else None
        code, text = self.on_terminal(self.command("--epochs", 300, "--trials", 400), send=press)
        self.assertEqual(code, 130, text)
        lines = self.screen(text)
        self.assertIn("stopping after this batch; press Ctrl-C again to stop at once", lines)
        self.assertTrue(lines[-2].startswith("interrupted; run the same command to go on: "), lines)
        self.assertEqual(lines[-1], "", "the cursor stands on a line of its own")

    def test_no_color_is_heeded(self):
        code, text = self.on_terminal(self.command("--trials", 2), NO_COLOR="1")
        self.assertEqual(code, 0, text)
        self.assertNotRegex(text, r"\x1b\[[0-9;]*m")

    def test_an_empty_no_color_asks_for_nothing(self):
        _, text = self.on_terminal(self.command("--trials", 1, "--no-retrain"), NO_COLOR="")
        self.assertRegex(text, r"\x1b\[1m")

    def test_a_dumb_terminal_gets_plain_lines(self):
        for term in ("dumb", ""):
            code, text = self.on_terminal(self.command("--trials", 2, "--fresh"), TERM=term)
            self.assertEqual(code, 0, text)
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\r", text.replace("\r\n", "\n"))
            self.assertEqual(len(re.findall(r"^trial +\d", text, re.M)), 2)

    def test_a_path_cannot_send_escapes_through_the_live_line(self):
        code, text = self.on_terminal(self.command("--trials", 1, "--study", "x\x1b[2J\x9b2J"))
        self.assertEqual(code, 0, text)
        self.assertNotIn("\x1b[2J", text)
        self.assertNotIn("\x9b", text)

    def test_quiet_on_a_terminal_prints_the_result_only(self):
        code, text = self.on_terminal(self.command("--trials", 1, "--quiet"))
        self.assertEqual(code, 0, text)
        self.assertNotIn("\r", text)
        self.assertTrue(text.startswith("\n1 trials finished"), text)


class Streams(Case):
    def test_elsewhere_there_is_one_line_per_trial_and_per_epoch(self):
        result = self.complete()
        self.assertEqual(result.err, "")
        for character in "\r\x1b":
            self.assertNotIn(character, result.out)
        self.assertEqual(len(re.findall(r"^trial +\d", result.out, re.M)), 3)
        self.assertEqual(len(re.findall(r"^epoch \d/2", result.out, re.M)), 2)

    def test_a_closed_input_does_not_matter(self):
        result = run(["-c", 'exec "$0" "$@" <&-', harness.PROGRAM,
                      *self.command("--trials", 1, "--no-retrain")], program="/bin/sh")
        self.assertEqual(result.code, 0, str(result))

    def test_a_reader_that_goes_away_costs_nothing_that_is_stored(self):
        words = " ".join(map(harness.shlex.quote, [harness.PROGRAM, *self.command()]))
        subprocess.run(["/bin/sh", "-c", f"{words} | head -n 1"], timeout=60, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        self.complete()
        self.assert_same_as_undisturbed()

    def test_a_signal_before_the_search_begins_is_heeded(self):
        process = harness.start(self.command())
        self.addCleanup(process.kill)
        lines = harness.Lines(process)
        lines.wait("device ")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(lines.finish(), 130, lines.text)
        process.stderr.close()
        process.stdout.close()
        self.complete()
