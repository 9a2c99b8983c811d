"""hone_tune on tables: what is told of odd columns, signs of other countries, scales, and new rows."""
import csv
import io
import random

from own_cases import OwnCase, run


class Tables(OwnCase):
    def rows(self, name, names, rows, sign=",", decimal="."):
        """A table; floats with the decimal sign."""
        cell = lambda value: repr(value).replace(".", decimal) if isinstance(value, float) else str(value)
        path = self.folder / name
        path.write_text("".join(sign.join(map(cell, row)) + "\n" for row in [names, *rows]))
        return path

    def columns(self, count=60, scale=1.0, offset=0.0, seed=1):
        """Two numbers and what is to be predicted from them, all at one scale."""
        rng = random.Random(seed)
        pairs = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(count)]
        return [(scale * a + offset, b, scale * (2 * a + b)) for a, b in pairs]

    def regress(self, data, *options, **more):
        return self.tune(data, "--task", "regress", "--target", "y", *options, **more)

    def predicted(self, *files, options=(), out="out"):
        result = run("predict", self.folder / out, *files, *options)
        return list(csv.DictReader(io.StringIO(result.stdout))), result.stderr

    def test_scales_that_32_bits_hold_are_predicted_in_their_unit(self):
        for name, scale in (("small", 1e-33), ("large", 1e35)):
            rows = self.columns(200, scale)
            data = self.rows(name + ".csv", "aby", rows)
            self.regress(data, out=name)
            self.assertGreater(self.summary(name)["test_r2"], 0.9)
            answers, said = self.predicted(data, out=name)
            self.assertEqual(said, "")
            errors = [float(answer["prediction"]) - row[2] for answer, row in zip(answers, rows)]
            self.assertLess(sum(map(abs, errors)) / len(errors), 0.5 * scale)

    def test_scales_that_32_bits_do_not_hold_are_refused_with_a_unit(self):
        for scale, word in ((1e-40, "too close together for 32-bit numbers; multiply it by 1e39"),
                            (1e-60, "too close together for 32-bit numbers; multiply it by 1e59"),
                            (3e37, "too far apart for 32-bit numbers; divide it by 1e38"),
                            (1e300, "too large for f32")):
            data = self.rows("t.csv", "aby", [(b, b, y) for _, b, y in self.columns(60, scale)])
            message = self.regress(data, out="none", expect=3).stderr
            self.assertIn(word, message, scale)
            self.assertIn("'y'", message)
        # A feature with tiny differences is one that does not vary, and told; a wide one is refused.
        rows = [(a, b, 2 * b) for a, b, _ in self.columns(60, 1e-40)]
        data = self.rows("t.csv", "aby", rows)
        said = self.regress(data, out="narrow").stdout
        self.assertIn("the column 'a' goes from ", said)
        self.assertIn("too close together for 32-bit numbers; multiply it by 1e40", said)
        self.assertGreater(self.summary("narrow")["test_r2"], 0.8)
        data = self.rows("t.csv", "aby", [(a, b, b) for a, b, _ in self.columns(60, 3e37)])
        self.assertIn("the column 'a' goes from", self.regress(data, out="none", expect=3).stderr)

    def test_digits_of_columns_are_kept_and_of_targets_told(self):
        # Seconds since 1970 differ by a few: as 32-bit numbers they would be two values.
        rows = self.columns(200, 3.0, 1.7e9)
        data = self.rows("time.csv", "aby", rows)
        self.assertNotIn("goes from", self.regress(data).stdout)
        self.assertGreater(self.summary()["test_r2"], 0.9)
        answers, _ = self.predicted(data)
        errors = [abs(float(answer["prediction"]) - row[2]) for answer, row in zip(answers, rows)]
        self.assertLess(sum(errors) / len(errors), 1.5)
        data = self.rows("t.csv", "ya", [(1e8 + i % 7, i) for i in range(60)])
        said = self.regress(data, out="target").stdout
        self.assertIn("'y' goes from 100000000 to 100000006: as 32-bit numbers", said)
        data = self.rows("t.csv", "ya", [(1e9 + 1e-3 * i, i) for i in range(60)])
        message = self.regress(data, out="none", expect=3).stderr
        self.assertIn("'y' is the same in every row", message)
        self.assertIn("subtract an offset where smaller differences matter", message)

    def test_infinite_numbers_are_named_and_not_taken_for_texts(self):
        for cell, shown in (("inf", "inf"), ("-Infinity", "-inf"), ("1e400", "inf"), ("1e300", "1e+300")):
            rows = [(cell if i == 7 else float(i % 9), "pq"[i % 2]) for i in range(40)]
            data = self.rows("t.csv", "ay", rows)
            message = self.tune(data, "--target", "y", out="none", expect=3).stderr
            self.assertIn("t.csv: line 9: the column 'a' holds a number that is too large for f32, "
                          + shown, message)
            self.assertIn("leave the cell empty", message)
            data = self.rows("t.csv", "ya", [(row[0], i) for i, row in enumerate(rows)])
            self.assertIn(f"t.csv: line 9: the target 'y' is {shown}",
                          self.regress(data, out="none", expect=3).stderr)
        rows = [("NAN" if i == 7 else float(i % 9), "pq"[i % 2]) for i in range(40)]
        said = self.tune(self.rows("t.csv", "ay", rows), "--target", "y", trials=1).stdout
        self.assertIn("1 columns become", said)
        self.assertNotIn("texts", said)

    def test_cells_that_are_no_numbers_among_numbers_are_told(self):
        rows = [("1.o5" if i == 7 else i, "pq"[i % 2]) for i in range(40)]
        said = self.tune(self.rows("t.csv", "ay", rows), "--target", "y", trials=1).stdout
        self.assertIn("t.csv: line 9: 'a' is taken as texts: it has '1.o5', though 39 of 40 cells are "
                      "numbers; correct such cells", said)
        data = self.rows("t.csv", "ya", [(row[0], i) for i, row in enumerate(rows)])
        message = self.regress(data, out="none", expect=3).stderr
        self.assertIn("the target 'y' holds texts", message)
        self.assertIn("t.csv: line 9: 'y' is taken as texts: it has '1.o5'", message)
        data = self.rows("t.csv", "ay", [(i, 5) for i in range(40)])
        self.assertIn("t.csv: the target 'y' is the same in every row",
                      self.regress(data, out="none", expect=3).stderr)

    def test_names_and_keys_are_told_and_columns_can_be_left_out(self):
        names = ["id", "key", "a, b", "y"]
        rows = [(i + 1, f"c{i}", i % 9, "pq"[i % 2]) for i in range(40)]
        data = self.rows("t.csv", ["id", "key", '"a, b"', "y"], rows)
        said = self.tune(data, "--target", "y", trials=1, out="all").stdout
        self.assertIn("'id' counts the rows from 1 to 40; where it is a name or a key, --drop 'id'", said)
        self.assertIn("'key' has another text in every row", said)
        self.assertNotIn("'a, b' ", said)
        without = self.tune(data, "--target", "y", "--drop", "id,key", trials=1)
        self.assertIn("1 columns become 1 numbers", without.stdout)
        self.assertNotIn("--drop", without.stdout)
        # What is left out is a part of the study, and not needed to predict.
        self.assertIn("dropped columns: id, key -> id",
                      self.tune(data, "--target", "y", "--drop", "id", trials=1, expect=2).stderr)
        self.assertIn("is finished",
                      self.tune(data, "--target", "y", "--drop", "id", "--drop", "key", trials=1).stdout)
        self.assertIn("bit-identical", self.tune(data, "--target", "y", "--drop", "id,key", "replay", 0,
                                                 trials=1).stdout)
        new = self.rows("new.csv", ['"a, b"'], [(1,), (2,)])
        answers, said = self.predicted(new)
        self.assertEqual((len(answers), said), (2, ""))
        self.tune(data, "--target", "y", "--drop", "a, b", trials=1, out="name")
        for columns, word in (("y", "--drop y: is the target"), ("z", "there is no column 'z'"),
                              ("id,,key", "there is no column ''")):
            self.assertIn(word, self.tune(data, "--target", "y", "--drop", columns, out="none",
                                          expect=2).stderr)
        self.assertIn("none of its 1 columns can be a feature",
                      self.tune(data, "--target", "y", "--drop", ",".join(names[:2]), "--drop", names[2],
                                out="none", expect=3).stderr)

    def test_signs_of_other_countries_are_read_or_told(self):
        rows = self.columns()
        for sign, word, option in ((";", "';'", "';'"), ("\t", "tabs", "tab"), ("|", "'|'", "'|'")):
            data = self.rows("t.csv", "aby", rows, sign)
            self.assertIn(f"t.csv: its cells seem to be divided by {word}, not by ','; --delimiter "
                          f"{option} reads it", self.regress(data, out="none", expect=3).stderr)
        plain = self.rows("plain.csv", "aby", rows)
        german = self.rows("german.csv", "aby", rows, ";", ",")
        tabs = self.rows("tabs.csv", ['"a"', "b", "y"], rows, "\t")
        self.assertIn("divided by ';'", self.regress(german, out="none", expect=3).stderr)
        self.assertIn("divided by ','", self.regress(plain, "--delimiter", ";", out="none",
                                                     expect=3).stderr)
        self.assertIn("'a' is taken as texts: ", self.tune(
            self.rows("kinds.csv", "aby", [(a, b, "pq"[y > 0]) for a, b, y in rows], ";", ","),
            "--target", "y", "--delimiter", ";", trials=1, out="kinds").stdout)
        grouped = self.rows("grouped.csv", "aby", [('"1,%03d"' % i, b, y) for i, (_, b, y) in
                                                   enumerate(rows)])
        self.assertIn("write the numbers without", self.regress(grouped, trials=1, out="grouped").stdout)
        message = self.regress(german, "--delimiter", ";", out="none", expect=3).stderr
        self.assertIn("has a decimal comma; --decimal , reads it", message)
        points = self.rows("points.csv", "aby", rows, ";")
        message = self.regress(points, "--delimiter", ";", "--decimal", ",", out="none", expect=3).stderr
        self.assertIn("has a decimal point; --decimal . reads it", message)
        odd = self.rows("odd.csv", "aby", [("?!" if i == 3 else a, b, y) for i, (a, b, y) in
                                           enumerate(rows)], ";", ",")
        self.assertIn("'a' is taken as texts: it has '?!', though 59 of 60", self.regress(
            odd, "--delimiter", ";", "--decimal", ",", trials=1, out="odd").stdout)
        # The same numbers give the same study whatever their signs are.
        signs = ("--delimiter", ";", "--decimal", ",")
        self.regress(plain)
        for data, options in ((german, signs), (tabs, ("--delimiter", "tab"))):
            self.assertIn("is finished", self.regress(data, *options).stdout)
            self.assertIn("bit-identical", self.regress(data, *options, "replay", 1).stdout)
        answers, _ = self.predicted(plain)
        self.assertEqual(self.predicted(german, options=signs)[0], answers)
        self.assertIn("--delimiter ';' reads it",
                      run("predict", self.folder / "out", german, expect=3).stderr)
        for option in (("--delimiter", ";;"), ("--delimiter", "5"), ("--delimiter", '"'),
                       ("--decimal", ";"), ("--decimal", ","), ("--decimal", ",", "--delimiter", ",")):
            self.assertIn(option[0], self.regress(plain, *option, out="none", expect=2).stderr)

    def test_what_a_model_has_not_seen_is_told_once_a_column(self):
        rows = [(float(i % 9), "red" if i % 2 else "green", "pq"[i % 2]) for i in range(60)]
        self.tune(self.rows("t.csv", ["size", "colour", "y"], rows), "--target", "y", trials=1)
        new = self.rows("new.csv", ["colour", "size"],
                        [("red", 1.0), ("blue", 2.0), ("pink", ""), ("blue", ""), ("", 1.0)])
        answers, said = self.predicted(new)
        self.assertEqual(len(answers), 5)
        lines = said.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("new.csv: line 4: the column 'size' has no value, as have 2 of 5 rows", lines[0])
        self.assertIn("new.csv: line 3: the column 'colour' has 'blue', which no row that the model was "
                      "trained on had; 3 of 5 rows have such values", lines[1])

    def test_predictions_for_several_files_are_one_table(self):
        rows = self.columns()
        data = self.rows("t.csv", "aby", rows)
        self.regress(data, trials=1)
        first = self.rows("first.csv", "ab", [row[:2] for row in rows[:3]])
        second = self.rows("second, too.csv", "ab", [row[:2] for row in rows[3:5]])
        alone, _ = self.predicted(first)
        self.assertEqual(list(alone[0]), ["prediction"])
        both, _ = self.predicted(first, second)
        self.assertEqual([row["file"] for row in both], [str(first)] * 3 + [str(second)] * 2)
        self.assertEqual([row["prediction"] for row in both[:3]], [row["prediction"] for row in alone])
        self.assertEqual(list(both[0]), ["file", "prediction"])
