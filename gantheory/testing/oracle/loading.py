"""A file with two losses, as the command has it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType

from gantheory.testing.oracle.handing import CannotJudge
from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.judging import identify_game
from gantheory.testing.oracle.sampling import read_sample


def judge_file(path: str | Path, *, sample: str | Path | None = None) -> Judgement:
    """Judge the losses of a file.

    Parameters
    ----------
    path:
        A Python file with d_loss(real, fake) and g_loss(fake) or g_loss(fake, real), and if need be
        `outputs`, `array`, `claims` and `sample` as `identify_game` has them.
    sample:
        A file of D's outputs, .npy or .csv, in place of the `sample` of the file.

    Returns
    -------
    Judgement
        With `judged` False where the file cannot be loaded or lacks something.
    """
    path, sample = Path(path), None if sample is None else Path(sample)
    try:
        with _beside(path):
            with redirect_stdout(StringIO()):
                module = _loaded(path)
            return _judged(module, path, sample)
    except CannotJudge as error:
        return Judgement("unknown", judged=False, reasons=(str(error),))


def _judged(module: ModuleType, path: Path, sample: Path | None) -> Judgement:
    for name, arguments in (("d_loss", "real, fake"), ("g_loss", "fake")):
        if not hasattr(module, name):
            raise CannotJudge(f"{path.name} has no {name}: write def {name}({arguments}).")
    try:
        return identify_game(
            module.d_loss,
            module.g_loss,
            outputs=getattr(module, "outputs", "logits"),
            array=getattr(module, "array", None),
            claims=getattr(module, "claims", None),
            sample=getattr(module, "sample", None) if sample is None else read_sample(sample),
        )
    except ValueError as error:
        raise CannotJudge(f"{path.name}: {error}.") from error


def _loaded(path: Path) -> ModuleType:
    """Return the module of a file, loaded under a name of its own.

    Raises
    ------
    CannotJudge
        If there is no such file, or it does not import.
    """
    if not path.is_file():
        raise CannotJudge(f"{path} is not a file: give a Python file with d_loss and g_loss.")
    name = f"gantheory_losses_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CannotJudge(f"{path} is not a Python file: its name has to end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        text = " ".join(f"{error}".split())
        raise CannotJudge(
            f"{path.name} does not import, {type(error).__name__}: {text[:200]}; it has to run by "
            f"itself, as python {path.name} would."
        ) from error
    finally:
        del sys.modules[name]
    return module


@contextmanager
def _beside(path: Path) -> Iterator[None]:
    """Let a file import its neighbours, as Python does for a file that it runs."""
    before = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield
    finally:
        sys.path[:] = before
