"""The book: pages read without running them, and run without trusting them."""

from __future__ import annotations

from gantheory.book.planning import NoSuchPage
from gantheory.book.reading import SECTIONS, Page, bundled_folder, page_files, read_page
from gantheory.book.results import BookResult, ClaimResult, PageResult
from gantheory.book.running import verify

__all__ = [
    "SECTIONS",
    "BookResult",
    "ClaimResult",
    "NoSuchPage",
    "Page",
    "PageResult",
    "bundled_folder",
    "page_files",
    "read_page",
    "verify",
]
