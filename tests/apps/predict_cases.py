"""fmnist_tune predict: pictures of every kind, and files that are none."""
import re
import struct

from harness import Case, picture, png, random, run

CLASSES = [str(label) for label in range(10)]  # the data of these tests have no names


class Predict(Case):
    model = None

    def setUp(self):
        super().setUp()
        if Predict.model is None:
            self.complete("--trials", 1, "--final-epochs", 12)
            Predict.model = (self.out / "model.safetensors").read_bytes()
        self.path = self.folder / "model.safetensors"
        self.path.write_bytes(Predict.model)
        self.grey = picture(3, random.Random(1))

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def named(self, *images):
        """Runs it and returns [(file, garment, {class: percent})]."""
        result = run(["predict", self.path, *images])
        self.assertEqual((result.code, result.err), (0, ""), str(result))
        answers = []
        for line in result.out.splitlines():
            head = re.fullmatch(r"(\S.*\.png): (.+)", line)
            row = re.fullmatch(r"  (\S.*?) +([\d.]+)%", line)
            self.assertTrue(head or row, repr(line))
            if head:
                answers.append((head[1], head[2], {}))
            else:
                answers[-1][2][row[1]] = float(row[2])
        for _, garment, percent in answers:
            self.assertLess(abs(sum(percent.values()) - 100), 1.5, result.out)
            self.assertEqual(max(percent, key=percent.get), garment)
            self.assertLessEqual(set(percent), set(CLASSES))
        return answers

    def kinds(self):
        """The same picture in the ways that PNG has for it."""
        rgb = b"".join(bytes((v, v, v)) for v in self.grey)
        yield "grey", png(28, 28, self.grey)
        yield "rgb", png(28, 28, rgb, colour=2)
        yield "light", png(28, 28, bytes(255 - v for v in self.grey))
        yield "deep", png(28, 28, b"".join(struct.pack(">BB", v, 0) for v in self.grey), depth=16)
        # Transparent parts are laid on white: an inverted picture that is dark where it is opaque.
        yield "alpha", png(28, 28, b"".join(bytes((0, v)) for v in self.grey), colour=4)
        yield "rgba", png(28, 28, b"".join(bytes((0, 0, 0, v)) for v in self.grey), colour=6)

    def test_every_kind_of_png_gets_the_same_name(self):
        files = [self.write(f"{kind}.png", data) for kind, data in self.kinds()]
        answers = self.named(*files)
        self.assertEqual([answer[0] for answer in answers], list(map(str, files)))
        self.assertEqual({answer[1] for answer in answers}, {CLASSES[3]}, answers)

    def test_a_larger_picture_is_brought_to_size(self):
        rows = [self.grey[28 * y:28 * y + 28] for y in range(28)]
        large = b"".join(b"".join(bytes((v,)) * 4 for v in row) * 4 for row in rows)
        self.assertEqual(len(self.named(self.write("large.png", png(112, 112, large)))), 1)
        self.assertEqual(len(self.named(self.write("dot.png", png(1, 1, b"\x80")))), 1)

    def test_files_that_are_no_proper_png_are_refused_by_name(self):
        good = png(28, 28, self.grey)
        damaged = bytearray(good)
        damaged[len(good) // 2] ^= 0xff
        for name, data in (("cut.png", good[:-20]), ("damaged.png", bytes(damaged)),
                           ("empty.png", b""),
                           ("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200)),
                           ("text.png", b"no picture at all"),
                           ("huge.png", png(60000, 60000, b"\0" * 60000)),
                           ("bomb.png", png(4097, 1, bytes(4097)))):
            with self.subTest(name=name):
                file = self.write(name, data)
                self.refused(run(["predict", self.path, file]), 3, str(file))
        for name in ("missing.png", "."):
            with self.subTest(name=name):
                path = self.folder / name
                self.refused(run(["predict", self.path, path]), 3, str(path))

    def test_a_bad_picture_among_good_ones_does_not_hide_them(self):
        good, bad = self.write("good.png", png(28, 28, self.grey)), self.write("bad.png", b"bad")
        result = run(["predict", self.path, good, bad])
        self.refused(result, 3, "bad.png")
        self.assertIn(f"{good}: {CLASSES[3]}", result.out)

    def test_models_that_are_damaged_or_missing_are_refused_by_name(self):
        image = self.write("good.png", png(28, 28, self.grey))
        size = struct.unpack("<Q", Predict.model[:8])[0]
        for data in (b"", b"junk", Predict.model[:-1], Predict.model + b"\0",
                     struct.pack("<Q", 1 << 62) + Predict.model[8:],
                     Predict.model[:8] + b"[" + Predict.model[9:],
                     Predict.model[:8] + b"{}" + b" " * (size - 2) + Predict.model[8 + size:]):
            self.path.write_bytes(data)
            self.refused(run(["predict", self.path, image]), 3, str(self.path))
        self.path.unlink()
        self.refused(run(["predict", self.path, image]), 3, str(self.path))

    def test_a_model_that_computes_nan_names_no_garment(self):
        image = self.write("good.png", png(28, 28, self.grey))
        self.path.write_bytes(Predict.model[:-4] + struct.pack("<f", float("nan")))
        result = run(["predict", self.path, image])
        self.refused(result, 3, str(self.path))
        self.assertEqual(result.out, "")

    def test_a_wrong_command_line_is_refused(self):
        image = self.write("good.png", png(28, 28, self.grey))
        self.refused(run(["predict"]), 2, "MODEL")
        self.refused(run(["predict", self.path]), 2, "IMAGE")
        self.refused(run(["predict", self.path, image, "--device", "cuda:999"]), 5, "cuda")
