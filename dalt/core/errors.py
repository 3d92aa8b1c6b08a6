"""Errors that a user can cause; each message names the way out."""

from __future__ import annotations

import difflib
import errno
import os
import sys
from collections.abc import Sequence

JOINERS = "\u200c\u200d"
"""They print nothing, and letters of many scripts and emojis are written with them."""


def shown(value: object, longest: int = 60) -> str:
    """Write a user's value for a sentence: itself if it is short, else its type.

    Examples
    --------
    >>> shown("cat"), shown(None), shown({"a": 1}), shown(object())
    ("'cat'", 'None', "{'a': 1}", 'an object')
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if value is None or isinstance(value, str | bytes | bool | int | float | list | tuple | dict):
        if isinstance(value, str):  # of a long one the beginning says enough
            value = value[: longest + 1]
        try:
            written = repr(value)
        except ValueError:  # a whole number of more than 4,300 digits
            return "a number that is too large"
        except RecursionError:
            return f"a {type(value).__name__} that is nested too deeply"
        except Exception:  # something in it does not even say what it is
            return f"a {type(value).__name__}"
        if len(written) <= longest and "\n" not in written:
            return written
        if isinstance(value, str):
            return f"{written[: longest - 1]}…'"
        if isinstance(value, int):
            return f"{written[:10]}… ({len(written)} digits)"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def is_unicode(text: str) -> bool:
    r"""Whether text can be written to a file: without half of a surrogate pair.

    Examples
    --------
    >>> is_unicode("cat"), is_unicode("\ud800")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def one_line(error: BaseException) -> str:
    r"""An error as one line: its own sentence where it is ours, else with its type.

    Examples
    --------
    >>> one_line(ValueError("no such colour\nat pixel 3"))
    'ValueError: no such colour'
    """
    name, sentence = type(error).__name__, first_line(error)
    return sentence if isinstance(error, DaltError) or sentence == name else f"{name}: {sentence}"


def first_line(said: BaseException | str) -> str:
    r"""The first line of an error or of another program's message.

    Examples
    --------
    >>> first_line(ValueError("no such colour\nat pixel 3")), first_line(KeyboardInterrupt())
    ('no such colour', 'KeyboardInterrupt')
    >>> first_line("")
    'no reason given'
    """
    if lines := str(said).strip().splitlines():
        return lines[0]
    return "no reason given" if isinstance(said, str) else type(said).__name__


def plain(said: str, longest: int = 500) -> str:
    r"""Somebody's words as every database, page and terminal takes them: printable and short.

    Examples
    --------
    >>> plain("bad\0 text \ud800 \x1b[31m"), plain("한글 é"), plain("no" * 400, 6)
    ('bad� text � �[31m', '한글 é', 'nonon…')
    """
    cut = said if len(said) <= longest else said[: longest - 1] + "…"
    return "".join(sign if sign.isprintable() or sign in JOINERS else "\ufffd" for sign in cut)


def os_reason(error: OSError) -> str:
    """The system's reason for a failed call, without the error number and the path.

    Examples
    --------
    >>> os_reason(OSError(28, "No space left on device")), os_reason(OSError("cut short"))
    ('No space left on device', 'cut short')
    """
    return error.strerror or first_line(error)


def last_line(said: str, otherwise: str = "it said nothing") -> str:
    r"""The last line that a program wrote: usually the reason why it ended.

    Examples
    --------
    >>> last_line("Traceback\nMemoryError\n\n"), last_line("\n")
    ('MemoryError', 'it said nothing')
    """
    return (said.strip().splitlines() or [otherwise])[-1]


OF_OTHERS = (Exception, SystemExit)
"""What other people's code (a head, an encoder, a callback) may raise without ending ours; only
Ctrl+C is for us.  A thread that meets `SystemExit` would end without a word."""


class DaltError(Exception):
    """An error that a user can cause; its one-line message names the way out.

    Notebooks and IPython show that line alone; ``%tb`` in the next cell shows where it was
    raised and what caused it.  Plain Python shows the traceback, as for any exception.
    """

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython shows of this error."""
        from IPython import get_ipython  # IPython itself calls this

        formatter = get_ipython().InteractiveTB
        if sys.exception() is not self:  # called afterwards, by %tb
            return list(formatter.structured_traceback(type(self), self, self.__traceback__))
        sentence = "".join(formatter.get_exception_only(type(self), self))
        return [sentence.rstrip(), "(%tb shows where)"]


def _is_taken(path: str) -> bool:
    """Whether anything is there except the files of an interrupted `Project.create`."""
    here = os.path.expanduser(path)
    if not os.path.isdir(here):
        return os.path.exists(here)
    try:
        return any(not name.lstrip(".").startswith("project.toml.") for name in os.listdir(here))
    except OSError:
        return True


class ProjectNotFound(DaltError):
    """There is no project at the folder `path`."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        way_out = f"Project.create({self.free_path!r}, classes=[…]) makes one"
        super().__init__(self.sentence(way_out))

    def sentence(self, way_out: str) -> str:
        """Say what is not there, and what is meant or, if nothing is near, the way out."""
        here = os.path.expanduser(self.path)
        if os.path.isfile(os.path.join(here, "labels.db")):
            return (
                f"project.toml is missing in {self.path}, beside labels.db: restore it from a "
                "backup. The labels are still in labels.db, but the classes, the guideline and the "
                "project's id stood in that file; without one, nothing but a new project in "
                "another folder is left."
            )
        missing = f"There is no project at {self.path}{self.looked_in}"
        meant = os.path.normpath(self.path) + ".dalt"
        if os.path.isfile(os.path.join(os.path.expanduser(meant), "project.toml")):
            return f"{missing}. Did you mean {meant!r}?"
        if (around := self._around) is not None:
            return f"{missing}. It lies in a project: did you mean {around!r}?"
        return f"{missing}; {way_out}."

    @property
    def free_path(self) -> str:
        """A path for a new project: this one if it is free, or else one beside it."""
        place, number = self.path, 1
        while _is_taken(place):
            end = "" if number == 1 else f"-{number}"
            place = f"{os.path.normpath(self.path).removesuffix('.dalt')}{end}.dalt"
            number += 1
        return place

    @property
    def _around(self) -> str | None:
        """The project that the path lies in."""
        place = os.path.dirname(os.path.abspath(os.path.expanduser(self.path)))
        while not os.path.isfile(os.path.join(place, "project.toml")):
            if place == (place := os.path.dirname(place)):
                return None
        return place

    @property
    def looked_in(self) -> str:
        """The working folder, for relative paths: in a notebook it can surprise."""
        relative = not os.path.isabs(os.path.expanduser(self.path))
        return f" (looked in {os.getcwd()})" if relative else ""


class Closed(DaltError):
    """The project or session was closed and is used again."""


class ProjectExists(DaltError):
    """A project is already in the given folder."""


class BadSettings(DaltError):
    """``project.toml`` or an argument of a project is not valid."""


class BadInput(DaltError):
    """Raw data or a file given by the user cannot be used."""


class WrongUsage(BadInput):
    """Options that do not go together, or say what no option takes: the command exits with 2."""


class NotWritten(BadInput, OSError):
    """The system does not let DALT write: the disk is full or read-only, or rights are missing.

    `errno` and `strerror` are those of the system's own error, which is the ``__cause__``.
    """

    def __str__(self) -> str:
        return str(self.args[0])


OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""Error numbers of the system that only writing has."""
REFUSALS = {
    errno.ENOSPC: "Make room on its disk and try again; what was saved before is still there.",
    errno.EDQUOT: "Make room, or have your quota raised, and try again.",
    errno.EFBIG: "Let this process write larger files (`ulimit -f`), or choose another disk.",
    errno.EROFS: "Choose a place that can be written, or have this one mounted for writing.",
    errno.EACCES: "Have its owner allow you to write there, or choose another place.",
    errno.EPERM: "Have its owner allow you to write there, or choose another place.",
    errno.EIO: "Its disk fails: copy what is on it, and go on from the copy.",
}
"""The way out, by the number of the system's error."""


def not_written(path: str | os.PathLike[str], error: OSError) -> NotWritten:
    """The one sentence for an error of the system while a file was written.

    Parameters
    ----------
    path : path
        What was to be written, as people know it.
    error : OSError

    Examples
    --------
    >>> print(not_written("labels.csv", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    'labels.csv' cannot be written: No space left on device. Make room on its disk and try again; \
what was saved before is still there.
    """
    made = NotWritten(f"{os.fspath(path)!r} cannot be written: {refusal(error)}")
    made.errno, made.strerror, made.filename = error.errno, error.strerror, os.fspath(path)
    return made


def refusal(error: OSError) -> str:
    """Why the system does not let a file be written, and the way out where DALT knows one.

    Examples
    --------
    >>> refusal(OSError(errno.EROFS, "Read-only file system"))[:50]
    'Read-only file system. Choose a place that can be '
    """
    if error.errno not in REFUSALS:
        return f"{os_reason(error).rstrip('.')}."
    # Libraries put words of their own around those of the system.
    return f"{os.strerror(error.errno)}. {REFUSALS[error.errno]}"


def unreadable(error: OSError) -> str:
    """Why the system does not let a file be read, and the way out where rights are missing.

    Examples
    --------
    >>> unreadable(PermissionError(errno.EACCES, "Permission denied"))
    'Permission denied. Have its owner allow you to read it.'
    """
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{os.strerror(error.errno)}. Have its owner allow you to read it."
    return f"{os_reason(error).rstrip('.')}."


class KeyUsed(BadInput):
    """An idempotency key came again with something else: another sample, answer or person."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The key {shown(key)} has recorded something else already; nothing was recorded now. "
            "Use a new key for each answer."
        )


class WrongCall(BadInput, TypeError):
    """A method was called with an unknown argument, or without a required one."""


class ChangedMeanwhile(DaltError):
    """Somebody else has changed what was to be changed; nothing was written over."""


LONGEST_COMPARED = 1_000
"""Characters of a name that is compared with those of classes, to guess what was meant."""


class UnknownClass(DaltError):
    """A label names a class that the project does not have."""

    def __init__(self, name: object, classes: Sequence[str]) -> None:
        said = name if isinstance(name, str) else shown(name)
        # Who writes SPAM means spam, which no measure of similar letters finds.
        close = [each for each in classes if each.casefold() == said.strip().casefold()]
        if not close and len(said) <= LONGEST_COMPARED:  # longer ones take seconds
            close = difflib.get_close_matches(said, classes, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
        super().__init__(
            f"There is no class {shown(name)} in this project.{hint} Classes: {known}."
        )


class UnknownSample(DaltError):
    """A sample id is not in the pool."""


class NotEncoded(DaltError):
    """The requested embeddings have not been made yet."""


class EncoderFailed(DaltError):
    """An encoder raised, or returned no valid embeddings; the former ones stay in use."""


class ClusterFailed(DaltError):
    """A Dask cluster cannot be reached, or cannot be used."""


class NothingLearned(DaltError):
    """A prediction was requested before the first snapshot."""


class DamagedStore(DaltError):
    """The database cannot be read, or was written by a newer DALT."""


class StoreReplaced(DamagedStore):
    """The database's file was removed, replaced or moved away while it was open."""


class ReadOnly(DaltError):
    """The project is open for reading only: nothing can be written where it lies."""


class StoreUnreachable(DaltError):
    """The database server is unreachable or busy; the same call can be repeated."""


class TookTooLong(DaltError, TimeoutError):
    """What was waited for is not there after the given time."""


class TrainingFailed(DaltError):
    """The last fit failed; the snapshot before it stays in use."""


class TrainerTaken(DaltError):
    """Another process already learns for this project."""


class ThinProject(DaltError):
    """The request needs a process that learns, and this one only follows."""


class TuningFailed(DaltError):
    """A search for a better head failed; the head in use stays."""


class EngineMissing(DaltError):
    """The requested search engine is not installed."""
