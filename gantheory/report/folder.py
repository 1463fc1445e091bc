"""A report's folder, written so that nothing else in it is lost."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from gantheory.errors import PageError

MANIFEST = "report.json"
"""The file that says of a folder that it is a report, and which files are its own."""

_MADE_BY = "gantheory report"


def require_folder(folder: Path) -> None:
    """Make the folder; refuse one that has something in it and is no earlier report.

    Raises
    ------
    PageError
        If it may not be written to, or holds files that no report has written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            names = os.listdir(folder)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise PageError(f"{folder}: cannot be written to: {reason}") from None
    if names and not _own_files(folder):
        raise PageError(
            f"{folder}: has files in it and is not an earlier report: name a new folder, or an empty one"
        )


def _own_files(folder: Path) -> list[str]:
    """Return the files that an earlier report says are its own, [] if there is none."""
    manifest = folder / MANIFEST
    try:
        if manifest.is_symlink():
            return []
        said = json.loads(manifest.read_text(encoding="utf-8"))
        files = said["files"] if said["made_by"] == _MADE_BY else []
        return [name for name in files if isinstance(name, str)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_folder(folder: Path, files: Iterable[tuple[str, str]]) -> list[Path]:
    """Write the files, and delete those of an earlier report that are not among them.

    Each is written whole or not at all; a run that was ended halfway leaves a report behind, which
    another one replaces.

    Raises
    ------
    PageError
        If the folder may not be written to, or holds files that no report has written.
    """
    require_folder(folder)
    before = _own_files(folder)
    made = dict(files)
    _write(folder, MANIFEST, _manifest({*before, *made, MANIFEST}))
    for name, text in made.items():
        _write(folder, name, text)
    for name in sorted(set(before) - set(made) - {MANIFEST}):
        _delete(folder, name)
    _write(folder, MANIFEST, _manifest({*made, MANIFEST}))
    return [folder / name for name in made]


def _manifest(names: Iterable[str]) -> str:
    return json.dumps({"made_by": _MADE_BY, "files": sorted(names)}, indent=1) + "\n"


def _place(folder: Path, name: str) -> Path:
    """Return where a file of the report stands; outside the folder, or through a link, is refused."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or len(parts) > 2:
        raise PageError(f"{folder}: {name!r} is not a name of a report's file")
    if len(parts) == 2 and (folder / parts[0]).is_symlink():
        raise PageError(f"{folder / parts[0]}: is a link to elsewhere: delete it first")
    return folder.joinpath(*parts)


def _write(folder: Path, name: str, text: str) -> None:
    place = _place(folder, name)
    place.parent.mkdir(exist_ok=True)
    handle, scratch = tempfile.mkstemp(prefix=".gantheory-", dir=place.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n", errors="replace") as file:
            file.write(text)
        os.chmod(scratch, 0o644)
        os.replace(scratch, place)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _delete(folder: Path, name: str) -> None:
    """Delete a file of an earlier report; one that its manifest has no business with stays."""
    try:
        place = _place(folder, name)
    except PageError:
        return
    if place.is_file() and not place.is_symlink() and place.suffix in (".html", ".js", ".css"):
        place.unlink()
