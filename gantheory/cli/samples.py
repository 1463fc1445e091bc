"""What `--data` names: a density, rows of a file, or an object in a file of Python."""

from __future__ import annotations

import csv
import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.training import Data, as_data
from gantheory.training.data import NAMED, checked_points


def data_named(text: str) -> Data:
    """Return the data that a command line names.

    Raises
    ------
    ValueError
        If it is no such name or file; of a bad row, its line.
    """
    if text in NAMED:
        return as_data(text)
    if text == "digits":
        return Data(_digits(), None)
    if text.endswith(".csv"):
        return Data(checked_points(read_csv(Path(text))), None)
    if text.endswith(".npy"):
        return Data(_read_npy(Path(text)), None)
    file, colon, name = text.rpartition(":")
    if colon and file.endswith(".py"):
        return _object(Path(file), name)
    raise ValueError(
        f"--data {text}: write {', '.join(NAMED)}, digits, a file .csv or .npy, or FILE.py:NAME"
    )


def read_csv(path: Path) -> Any:
    """Return the rows of a file of numbers separated by commas; a first line of names is skipped.

    Raises
    ------
    ValueError
        If the file cannot be read, or a line has no finite numbers, or not as many as the first.
    """
    rows: list[list[float]] = []
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            for cells in reader:
                if not cells or (not rows and reader.line_num == 1 and _is_header(cells)):
                    continue
                rows.append(_row(path, reader.line_num, cells, len(rows[0]) if rows else 0))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ValueError(f"{path}: cannot be read as a table: {problem}") from None
    if not rows:
        raise ValueError(f"{path}: there is no row of numbers")
    return np.array(rows)


def _is_header(cells: list[str]) -> bool:
    """Whether no cell is a number."""
    return all(_number(cell) is None for cell in cells)


def _row(path: Path, line: int, cells: list[str], width: int) -> list[float]:
    values = [_number(cell) for cell in cells]
    for cell, value in zip(cells, values, strict=True):
        if value is None or not math.isfinite(value):
            raise ValueError(f"{path}, line {line}: {cell.strip()!r} is no finite number")
    if width and len(values) != width:
        raise ValueError(f"{path}, line {line}: {len(values)} numbers, the first row has {width}")
    return [value for value in values if value is not None]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _read_npy(path: Path) -> Any:
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        raise ValueError(f"{path}: cannot be read as an array: {problem}") from None
    try:
        return checked_points(rows)
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None


def _object(path: Path, name: str) -> Data:
    if not path.is_file():
        raise ValueError(f"--data {path}:{name}: there is no file {path}")
    try:
        found = runpy.run_path(str(path))
    except Exception as problem:
        raise ValueError(f"{path} does not run: {type(problem).__name__}: {problem}") from None
    if name not in found:
        raise ValueError(f"{path} defines no {name}")
    return as_data(found[name])


def _digits() -> Any:
    """Scikit-learn's 1,797 digits of 8 by 8, from 0 to 1, shape (1797, 64); three pixels never vary."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ValueError(
            '--data digits: scikit-learn is not installed; write pip install "gantheory[digits]"'
        ) from None
    return np.asarray(load_digits().data, dtype=np.float64) / 16
