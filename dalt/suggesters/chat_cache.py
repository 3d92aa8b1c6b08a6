"""Keeps what a language model said of a sample, by the hash of everything that it was asked."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from dalt.core.errors import BadInput, refusal
from dalt.core.rights import make_file, make_folder
from dalt.suggesters.contract import Vote

NAME = "answers.jsonl"


class AnswerCache:
    """Votes by hash, in a file of JSON lines that is only appended to.

    A line is written when an answer comes, so that a process that dies loses no answer that was
    paid for.  A line that was cut short is passed over, and asked for again.

    Parameters
    ----------
    folder : Path, optional
        Made if it is missing.  By default nothing is kept longer than this object.

    Raises
    ------
    BadInput
        If the folder cannot be made or read.

    Examples
    --------
    >>> cache = AnswerCache()
    >>> cache.put("c0ffee", {"spam": 0.9})
    >>> cache.get("c0ffee"), cache.get("beef")
    ({'spam': 0.9}, None)
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._votes: dict[str, Mapping[str, float]] = {}
        self._lock = threading.Lock()
        self._cut = False
        self._path = None if folder is None else folder / NAME
        if folder is not None:
            try:
                make_folder(folder)
                self._read(folder / NAME)
            except OSError as error:
                raise BadInput(
                    f"Answers cannot be kept in {str(folder)!r}: {refusal(error)}"
                ) from None

    @property
    def lasts(self) -> bool:
        """Whether answers are kept in a folder."""
        return self._path is not None

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._votes)

    def get(self, key: str) -> Vote:
        """The vote of that hash; None if there is none."""
        with self._lock:
            return self._votes.get(key)

    def put(self, key: str, vote: Mapping[str, float]) -> None:
        """Keep a vote.

        Raises
        ------
        BadInput
            If it cannot be written; it is kept for this process all the same.
        """
        line = json.dumps({"key": key, "vote": dict(vote)}, ensure_ascii=False) + "\n"
        with self._lock:
            self._votes[key] = vote
            if self._path is None:
                return
            try:
                make_file(self._path)
                self._append(self._path, line.encode())
            except OSError as error:
                raise BadInput(
                    f"An answer cannot be kept in {str(self._path)!r}: {refusal(error)}"
                ) from None

    def _append(self, path: Path, line: bytes) -> None:
        """Append in one call: processes that append at the same time do not mix their lines."""
        line = b"\n" + line if self._cut else line
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            self._cut = os.write(handle, line) < len(line)
        finally:
            os.close(handle)
        if self._cut:  # a full disk takes what it still can
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _read(self, path: Path) -> None:
        if not path.exists():
            return
        content = path.read_bytes()
        for line in content.splitlines():
            try:
                said = json.loads(line)
                vote = {str(name): float(share) for name, share in said["vote"].items()}
                self._votes[str(said["key"])] = vote
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        if content and not content.endswith(b"\n"):  # the next line must not join what was cut
            with path.open("ab") as file:
                file.write(b"\n")
