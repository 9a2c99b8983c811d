"""fmnist_tune on the CUDA backend, over the emulation of a device: whole runs, too little memory, a lost device.

CTest sets HONE_PLUGIN_PATH to where the emulated device is.
"""
from harness import RESULTS, Case, database, environment, trials, trials_csv


class OnTheEmulatedDevice:
    def emulated(self, *extra, out=None, **settings):
        return self.tune("--device", "emulated", "--jobs", "1", "--train-images", "32", "--batch", "16",
                         "--epochs", "1", "--final-epochs", "1", *extra, out=out, env=environment(**settings))

    def faults(self):
        """How often a fault sent the study's trials back, by trial."""
        connection = database(self.out / "study.db")
        try:
            return [row[0] for row in connection.execute("SELECT faults FROM hone_trials")]
        finally:
            connection.close()

    def states(self):
        return [row["state"] for row in trials_csv(self.out)]


class WholeRun(OnTheEmulatedDevice, Case):
    def test_a_whole_run_in_which_one_trial_does_not_fit_and_fails_alone(self):
        # Both trials of this seed are one network; Adam's two moments are 1.7 MB more than SGD's one.
        options = ("--seed", "6", "--trials", "2")
        result = self.emulated(*options, HONE_EMULATION_MEMORY="35000000")
        self.assertEqual(result.code, 0, str(result))
        for part in ("conv2d_forward y [150, 14, 14, 16]", "bytes could not be allocated",
                     "of the device's 35000000 are free"):
            self.assertIn(part, result.out)
        self.assertEqual(self.states(), ["FAIL", "COMPLETE"])
        self.assertEqual(self.faults(), [0, 0], "what a trial's own size causes is no fault")
        for name in RESULTS:
            self.assertGreater((self.out / name).stat().st_size, 0, name)
        self.assertEqual(self.summary()["device"], "emulated")
        cpu = self.folder / "cpu"
        self.assertEqual(self.emulated(*options, "--device", "cpu", out=cpu).code, 0)
        one, other = trials(self.out / "study.db")[1], trials(cpu / "study.db")[1]
        self.assertEqual(one[3], other[3], "the same parameters")
        self.assertLess(abs(one[2][0][0] - other[2][0][0]), 0.05, "and nearly the same value")


class LostDevice(OnTheEmulatedDevice, Case):
    def test_a_lost_device_ends_the_worker_and_is_counted(self):
        for time in (1, 2, 3):
            lost = self.emulated("--trials", "1", HONE_EMULATION_BREAKS="50")
            self.refused(lost, 5, "cudaErrorIllegalAddress", "cannot use the device any more")
            self.assertEqual(self.faults(), [time])
        last = self.emulated("--trials", "1", HONE_EMULATION_BREAKS="50")
        self.assertEqual(last.code, 5, str(last))
        self.assertIn("met 4 times", last.out)
        self.assertEqual(self.states(), ["FAIL"], "so that restarts do not loop")
