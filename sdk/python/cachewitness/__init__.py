"""Evidence, reports and checks of cachewitness. Standard library only; see cachewitness.check to begin with."""

from ._reading import UnreadableError
from .check import Answer, CheckRequest, Status, run
from .evidence import (Body, Cell, EvidenceFile, Failure, Footer, Header, LeakStep, Observation, Purge, Response,
                       read_evidence)
from .report import Finding, Report, read_report

__version__ = "0.1.0"

__all__ = [
    "Answer", "Body", "Cell", "CheckRequest", "EvidenceFile", "Failure", "Finding", "Footer", "Header", "LeakStep",
    "Observation", "Purge", "Report", "Response", "Status", "UnreadableError", "read_evidence", "read_report", "run",
]
