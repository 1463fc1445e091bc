"""The book states the whole theory, and corrects what texts get wrong."""

from __future__ import annotations
