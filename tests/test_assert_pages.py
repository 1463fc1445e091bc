"""The examples of docs/assertions.md, run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "assertions.md"
BLOCKS = re.findall(r"^```python (\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def of(library: str) -> list[str]:
    return [code for name, code in BLOCKS if name == library]


def run(code: str) -> None:
    exec(compile(code, str(PAGE), "exec"), {"__name__": "example"})


def test_every_function_has_its_examples() -> None:
    assert {name for name, _ in BLOCKS} == {"numpy", "jax", "torch"}
    for name in ("assert_gradient", "assert_gradient_penalty", "assert_training_step"):
        for library in ("numpy", "jax", "torch"):
            assert any(f"import {name}\n" in code for code in of(library)), (name, library)
    assert any("import assert_divergence\n" in code for code in of("numpy"))
    assert PAGE.read_text("utf-8").count("```python") == len(BLOCKS)


@pytest.mark.parametrize("library", ["numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_examples(library: str) -> None:
    for code in of(library):
        run(code)


@pytest.mark.torch
def test_examples_in_torch() -> None:
    for code in of("torch"):
        run(code)


def test_an_example_can_fail() -> None:
    code = of("numpy")[0].replace("slope.sum()", "slope.mean()")
    with pytest.raises(AssertionError, match="gradient of b is wrong"):
        run(code)
