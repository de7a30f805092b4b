"""What can be wrong with a whole file or its destination, as one tree.

AppError
└── FeedError
    ├── UnknownFormat   no feed of that name (the text names those there are)
    ├── NotReadable     no such file, a folder, or no permission
    ├── NotThisFormat   not what the format says: empty, columns missing or twice, no JSON
    ├── Damaged         the file ends or breaks in the middle; what came before it is kept
    └── NotSent         the server cannot be reached, or refuses the sender
"""

from __future__ import annotations

from app.errors import AppError


class FeedError(AppError):
    """Root of what a feed raises. A single bad row is no error: it is a refusal, kept and counted."""


class UnknownFormat(FeedError):
    """No feed of that name."""


class NotReadable(FeedError):
    """No such file, a folder, or no permission."""


class NotThisFormat(FeedError):
    """The file is not what the format says."""


class Damaged(FeedError):
    """The file ends or breaks in the middle. ``line`` is the first line that could not be read whole."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class NotSent(FeedError):
    """The server cannot be reached, or refuses the sender. What it accepted before stays accepted."""
