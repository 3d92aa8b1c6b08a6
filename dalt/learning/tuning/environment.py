"""The environment of autoPyTorch: building it once, and telling half-built ones.

autoPyTorch's newest release is of 2022 and needs libraries of its time, so it cannot share an
environment with today's scikit-learn.  In its own environment it runs, with our torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from dalt.core.errors import last_line
from dalt.core.records import EngineMissing, Progress, TuningFailed
from dalt.learning.tuning.processes import end_session, nice_start

NAMED = "DALT_AUTOPYTORCH_PYTHON"
"""Environment variable: the interpreter of an environment that has autoPyTorch."""
LOCK = Path(__file__).with_name("autopytorch-lock.txt")
WORKER = Path(__file__).with_name("autopytorch_worker.py")
DIVIDER = "# --- built here"
MARK = "complete.json"
"""Written last: without it an environment is unfinished."""
SETUP = "dalt tune --setup"
CHECK_SECONDS = 120


def environment_folder() -> Path:
    """The folder of the environment for this lock and this Python."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(LOCK.read_bytes() + version.encode()).hexdigest()[:12]
    return Path(base) / "dalt" / f"autopytorch-{digest}"


def interpreter() -> Path:
    """Return the Python that has autoPyTorch.

    Raises
    ------
    EngineMissing
        If it is missing or unfinished; the message has the command that makes it.
    """
    named = os.environ.get(NAMED)
    if named:
        if not os.access(named, os.X_OK):
            raise EngineMissing(f"{NAMED} names {named}, and there is no interpreter.")
        return Path(named)
    folder = environment_folder()
    if is_complete(folder):
        return python_of(folder)
    state = "was not finished" if folder.exists() else "is not there"
    raise EngineMissing(
        f"autoPyTorch runs in an environment of its own, and that {state}: make it once with "
        f"`{SETUP}` (two minutes, 0.5 GB), or use the engine 'builtin'."
    )


def is_complete(folder: Path) -> bool:
    """Whether an environment is complete, and the torch that it borrows exists."""
    try:
        found = json.loads((folder / MARK).read_text("utf-8"))
        return python_of(folder).exists() and Path(found["torch"]).is_dir()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def build(progress: Progress, folder: Path | None = None) -> Path:
    """Build the environment, unless it exists.

    It appears under its name when it is complete; leftovers of an interrupted attempt are removed.

    Parameters
    ----------
    progress : callable
        Gets each step.
    folder : Path, optional
        Its folder; by default in the user's cache.

    Returns
    -------
    Path
        Its interpreter.

    Raises
    ------
    EngineMissing
        If it cannot be built here: wrong Python, or no C++ compiler.
    TuningFailed
        If a step failed; the message has its last line and the log's place.
    """
    folder = environment_folder() if folder is None else folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f"{folder.name}.lock"):  # only one process builds
        if is_complete(folder):
            return python_of(folder)
        _check_can_build()
        partial = folder.with_name(f"{folder.name}.part")
        for left in (partial, folder):
            shutil.rmtree(left, ignore_errors=True)
        try:
            _build_in(partial, folder.with_name(f"{folder.name}.log"), progress)
            partial.replace(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        return python_of(folder)


def check(python: Path) -> Mapping[str, str]:
    """Return versions of the searching packages, after importing everything they need.

    Raises
    ------
    EngineMissing
        If something cannot be imported.
    """
    try:
        done = subprocess.run(
            [str(python), "-W", "ignore", str(WORKER), "--check"],
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS,
            env=clean_environment(),
            check=False,
        )
        if done.returncode == 0:
            found: dict[str, str] = json.loads(last_line(done.stdout))
            return found
        reason = last_line(done.stderr)
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    raise EngineMissing(f"{python} cannot run autoPyTorch ({reason}): make another by `{SETUP}`.")


def clean_environment() -> dict[str, str]:
    """Environment variables of a process that must not see our own libraries."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"OMP_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _check_can_build() -> None:
    if sys.version_info[:2] != (3, 11):
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise EngineMissing(
            f"autoPyTorch runs on Python 3.11 and borrows the torch of DALT, which runs on "
            f"{running}: install DALT on Python 3.11, or let {NAMED} name an interpreter that "
            "has autoPyTorch."
        )
    if not any(shutil.which(name) for name in ("g++", "c++", "clang++")):
        raise EngineMissing(
            "A part of autoPyTorch is compiled, and there is no C++ compiler: install one "
            "(Debian: apt-get install g++) and try again."
        )


def _build_in(folder: Path, log: Path, progress: Progress) -> None:
    wheels, _, built = LOCK.read_text("utf-8").partition(DIVIDER)
    python = python_of(folder)
    pip = [str(python), "-m", "pip", "install", "--no-input", "--no-deps"]
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])
    steps: list[tuple[str, Callable[[], None]]] = [
        ("Making an environment", lambda: run([sys.executable, "-m", "venv", str(folder)])),
        ("Installing libraries", lambda: run([*pip, "--only-binary", ":all:", *_pins(wheels)])),
        ("Building autoPyTorch", lambda: run([*pip, "--no-build-isolation", *_pins(built)])),
        ("Trying it", lambda: _finish(folder)),
    ]

    def run(command: list[str]) -> None:
        _run(command, log, clean_environment() | {"PATH": path})

    log.write_text("", "utf-8")
    for number, (what, step) in enumerate(steps):
        progress(what, number, len(steps))
        step()
    progress("Done", len(steps), len(steps))


def _pins(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and "==" in line and line[0] != "#"]


def _finish(folder: Path) -> None:
    """Borrow our torch, import everything once, and mark the environment complete."""
    found = find_spec("torch")
    if found is None or found.origin is None:
        raise EngineMissing("There is no torch here that autoPyTorch could borrow.")
    torch = Path(found.origin).parent
    (site,) = (folder / "lib").glob("python*/site-packages")
    # After its own libraries: of ours it uses only torch and what only torch needs.
    (site / "zz-borrowed-torch.pth").write_text(f"{torch.parent}\n", "utf-8")
    versions = check(python_of(folder))
    mark = {"torch": str(torch), "versions": dict(versions)}
    (folder / MARK).write_text(json.dumps(mark, indent=1), "utf-8")


def _run(command: list[str], log: Path, environment: Mapping[str, str]) -> None:
    with log.open("ab") as out:
        process = nice_start(command, out, environment)
        try:
            code = process.wait()
        except BaseException:
            end_session(process)
            raise
    if code:
        said = log.read_text("utf-8", "replace")
        wrong = "\n".join(line for line in said.splitlines() if "ERROR" in line)
        raise TuningFailed(
            f"The environment of autoPyTorch could not be built ({last_line(wrong or said)}); the "
            f"full output is in {log}."
        )


def remove(folder: Path | None = None) -> None:
    """Remove the environment, so it can be built anew."""
    with suppress(FileNotFoundError):
        shutil.rmtree(environment_folder() if folder is None else folder)
