"""Words that this house once had of its own, and the field's words in their place."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

REPLACED = {
    r"astray": "failed, not verified",
    r"as needed": "as required",
    r"laws?": "distribution, density",
    r"bells?": "Gaussian component",
    r"careful way": "adaptive method",
    r"quick ways?": "fast path",
    r"is no (density|pair|number|page|name)": "is not a ...",
    r"for ever": "forever",
    r"wanders?": "has mass outside the bulks",
    r"wobble": "input error",
    r"not to be had": "not reached",
    r"told": "said, given, shown",
    r"goes_by": "matches_claim",
    r"shel(f|ves)": "bundled pages",
    r"sow": "seed",
}


def test_the_words_are_the_fields() -> None:
    # slugs, whose words are joined by hyphens or underscores, keep theirs
    pattern = re.compile(rf"(?<![\w-])({'|'.join(REPLACED)})(?![\w-])", re.IGNORECASE)
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for folder, ending in (("gantheory", "py"), ("proofs", "py"), ("docs", "md")):
        files += sorted((ROOT / folder).rglob(f"*.{ending}"))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in pattern.finditer(line)
    ]
    assert not found, "\n".join(found)
