"""The book, or some of its pages, as a folder of HTML that needs nothing else."""

from gantheory.report.folder import require_folder, write_folder
from gantheory.report.making import files_of
from gantheory.report.material import Report, gathered

__all__ = ["Report", "files_of", "gathered", "require_folder", "write_folder"]
