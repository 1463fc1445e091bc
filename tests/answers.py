"""What gantheory answers, without digits: two machines have to say the same.

    python tests/answers.py > FILE            what the oracle says of every entry of its bank
    gantheory verify --json > FILE            what became of every claim of the book
    python tests/answers.py FILE FILE         compares two of one kind; exit code 1 if they differ
    python tests/answers.py --another-processor COMMAND...

The last runs a command as if on an older machine: numpy without the instructions of newer processors,
another BLAS, and no machine code by numba.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ANOTHER_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Prescott",
    "NUMBA_DISABLE_JIT": "1",
}


def of_the_book(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict of every claim and page in the JSON of `gantheory verify`."""
    claims = {c["label"]: c["verdict"] for page in result["pages"] for c in page["claims"]}
    return claims | {page["label"] + " (page)": str(page["verified"]) for page in result["pages"]}


def of_the_oracle(entries: Any) -> dict[str, str]:
    """Return what the oracle says of entries of its bank: verdict, exit code, game."""
    from gantheory.testing import identify_game

    said = {}
    for entry in entries:
        options = {"outputs": entry.outputs, "array": entry.array, "claims": entry.claims}
        answer = identify_game(entry.d_loss, entry.g_loss, **options)
        said[entry.name] = f"{answer.verdict}, {answer.judged}, {answer.game}"
    return said


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return a line for everything that is not answered the same, or by one alone."""
    names = list(one) + [name for name in other if name not in one]
    return [
        f"{name}: {one.get(name, 'nothing')} | {other.get(name, 'nothing')}"
        for name in names
        if one.get(name) != other.get(name)
    ]


def _read(file: str) -> dict[str, str]:
    data = json.loads(Path(file).read_text(encoding="utf-8"))
    return of_the_book(data) if "pages" in data else data


def main(files: list[str]) -> int:
    """Print the oracle's answers, or the differences of two files; or run a command."""
    if files and files[0] == "--another-processor":
        os.execvpe(files[1], files[1:], {**os.environ, **ANOTHER_PROCESSOR})
    if not files:
        import oracle_bank as bank

        print(json.dumps(of_the_oracle((*bank.RIGHT, *bank.WRONG, *bank.ODD)), indent=1))
        return 0
    one, other = map(_read, files)
    wrong = differences(one, other)
    print("\n".join([*wrong, f"{len(one)} answers, {len(wrong)} of them not the same"]))
    return 1 if wrong or not one else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
