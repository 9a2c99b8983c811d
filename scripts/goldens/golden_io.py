"""Shared by the golden scripts: one-thread set-up, number formatting and compact JSON.

Import this first, before numpy, torch or keras: it sets the thread limits they read at import.
"""

import json
import math
import os
import pathlib
import platform

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
              "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np  # noqa: E402  (after the thread limits)

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens"


class Raw(float):
    """A float with its own text: lets one file mix 9-digit and 17-digit numbers."""

    def __new__(cls, value, digits):
        self = super().__new__(cls, value)
        self.text = f"{float(value):.{digits}g}"
        return self


def f32(array):
    """Nested lists of float32 values, 9 significant digits: they read back to the same bits."""
    return _nested(np.asarray(array, dtype=np.float32), 9)


def f64(array, digits=17):
    """Nested lists of float64 values, 17 significant digits by default."""
    return _nested(np.asarray(array, dtype=np.float64), digits)


def _nested(array, digits):
    if array.ndim == 0:
        return Raw(array, digits)
    return [_nested(part, digits) for part in array]


def _text(value):
    if isinstance(value, np.bool_):
        value = bool(value)
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value)
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return '"nan"'
        if math.isinf(number):
            return '"inf"' if number > 0 else '"-inf"'
        return value.text if isinstance(value, Raw) else repr(number)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(k))}:{_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_text(v) for v in value) + "]"
    raise TypeError(f"cannot write {type(value)} to a golden file")


def write(name, header, body):
    """Writes tests/goldens/<name>: the header first, then one line per element of each list."""
    header = {**header, "python": platform.python_version(),
              "non_finite": 'NaN and infinities are the strings "nan", "inf", "-inf"'}
    lines = ["{", f'"header":{_text(header)}']
    for key, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
            text = "[\n" + ",\n".join(_text(v) for v in value) + "\n]"
        else:
            text = _text(value)
        lines[-1] += ","
        lines.append(f"{json.dumps(key)}:{text}")
    lines.append("}")
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    json.loads(path.read_text(encoding="utf-8"))
    print(f"{path.relative_to(OUT.parents[1])}: {path.stat().st_size} bytes")
