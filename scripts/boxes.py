"""Runs what stands in a Dockerfile and a compose file in boxes (bubblewrap), without an engine.

A box sees a root of its own with this machine's Debian and Python in it, that it can write to
where volumes are alone, nothing of our environment, and runs as the image's user.  What an engine
does besides is not shown: base images are not pulled, and what ends is not started again.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockerfile_parse import DockerfileParser

PATH = "/usr/local/bin:/usr/bin:/bin"
OF_THE_SYSTEM = {"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64", "sbin": "usr/sbin"}
PATIENCE = 180.0
"""Seconds until a service has failed to become what another one waits for."""


@dataclass
class Box:
    """What a container sees.

    Attributes
    ----------
    root : Path
        Its own files.
    writable : bool
        Whether it may change them.
    binds : dict of str to Path
        Folders that are shared with others, by where they appear.
    shown : dict of str to Path
        The same, not to be written to.
    hosts : Path, optional
        Its /etc/hosts.
    """

    root: Path
    writable: bool = False
    binds: dict[str, Path] = field(default_factory=dict)
    shown: dict[str, Path] = field(default_factory=dict)
    hosts: Path | None = None

    def command(
        self, words: Sequence[str], env: Mapping[str, str], *, user: str = "0:0", cwd: str = "/"
    ) -> list[str]:
        """What to run, so that the words are run in here."""
        uid, gid = user.split(":")
        libraries = "/usr/local/lib"  # an image has told its linker of them
        made = [
            "bwrap", "--die-with-parent", "--unshare-pid", "--clearenv",
            "--bind" if self.writable else "--ro-bind", str(self.root), "/",
            "--ro-bind", "/usr", "/usr", "--ro-bind", sys.base_prefix, "/usr/local",
            "--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--tmpfs", "/tmp",
        ]  # fmt: skip
        if self.hosts is not None:
            made += ["--ro-bind", str(self.hosts), "/etc/hosts"]
        for where, folder in self.shown.items():
            made += ["--ro-bind", str(folder), where]
        for where, folder in self.binds.items():
            made += ["--bind", str(folder), where]
        for name, value in {"LD_LIBRARY_PATH": libraries, **env}.items():
            made += ["--setenv", name, value]
        made += ["--chdir", cwd, "--"]
        if user != "0:0":
            made += ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups", "--no-new-privs"]
        return [*made, *words]


@dataclass
class Image:
    """What a stage of a Dockerfile has become."""

    root: Path
    env: dict[str, str]
    user: str = "0:0"
    workdir: str = "/"
    entrypoint: list[str] = field(default_factory=list)


def build(dockerfile: Path, context: Path, work: Path, build_args: Mapping[str, str]) -> Image:
    """Carry out every step; gives the last stage.

    Raises
    ------
    subprocess.CalledProcessError
        If a step fails.
    ValueError
        If there is an instruction that is not known here.
    """
    with dockerfile.open("rb") as file:
        parsed = DockerfileParser(
            fileobj=file, parent_env={"PATH": PATH}, build_args=dict(build_args)
        )
        steps = list(zip(parsed.structure, parsed.context_structure, strict=True))
    stages: dict[str, Image] = {}
    image: Image | None = None
    for step, known in steps:
        instruction, value = step["instruction"], step["value"]
        if instruction == "COMMENT":
            continue
        print(f"== {instruction} {value}", flush=True)
        if instruction == "FROM":
            name = value.split()[-1]
            image = stages[name] = _begin(work / f"stage-{len(stages)}")
            continue
        assert image is not None, "it begins with FROM"
        image.env = known.envs
        _carry_out(instruction, value, image, stages, context, {**known.args, **known.envs})
    assert image is not None, "there is no stage"
    return image


def _begin(root: Path) -> Image:
    """A stage with what every Debian has."""
    for name in ("dev", "etc", "home", "opt", "proc", "tmp", "usr"):
        (root / name).mkdir(parents=True)
    for name, target in OF_THE_SYSTEM.items():
        (root / name).symlink_to(target)
    return Image(root, {"PATH": PATH})


def _carry_out(
    instruction: str,
    value: str,
    image: Image,
    stages: Mapping[str, Image],
    context: Path,
    env: Mapping[str, str],
) -> None:
    if instruction == "RUN" and value.split()[0] == "apt-get":
        pass  # a stage sees this machine's own packages, and installs none
    elif instruction == "RUN":
        _run(value, image, env)
    elif instruction == "COPY":
        _copy(shlex.split(value), image, stages, context)
    elif instruction == "WORKDIR":
        image.workdir = value
        _inside(image, value).mkdir(parents=True, exist_ok=True)
    elif instruction == "USER":
        image.user = value
    elif instruction == "ENTRYPOINT":
        image.entrypoint = json.loads(value)
    elif instruction not in ("ARG", "ENV", "EXPOSE", "CMD", "VOLUME"):
        raise ValueError(f"{instruction} is not known to this check.")


def _inside(image: Image, path: str) -> Path:
    return image.root / os.path.join(image.workdir, path).lstrip("/")


def _run(script: str, image: Image, env: Mapping[str, str]) -> None:
    # What reaches the package index from here belongs to this machine, not to the image.
    ways = {
        name: value
        for name, value in os.environ.items()
        if name.lower().endswith("_proxy") or name.startswith("PIP_")
    }
    paths = [value for value in ways.values() if value.startswith("/") and Path(value).exists()]
    shown = {path: Path(path) for path in paths}
    box = Box(image.root, writable=True, shown=shown)
    words = ["sh", "-c", script]
    command = box.command(words, {**ways, **env}, user=image.user, cwd=image.workdir)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _copy(words: list[str], image: Image, stages: Mapping[str, Image], context: Path) -> None:
    source = context
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")].root
    *names, where = words
    target = _inside(image, where)
    many = where.endswith("/")
    for name in names:
        found = source / name.lstrip("/")
        to = target / found.name if many else target
        to.parent.mkdir(parents=True, exist_ok=True)
        # What is copied over a folder goes into it, as there.
        trailing = "/." if found.is_dir() else ""
        if found.is_dir():
            to.mkdir(exist_ok=True)
        subprocess.run(["cp", "--archive", "--reflink=auto", f"{found}{trailing}", to], check=True)


def context_of(repository: Path, folder: Path) -> Path:
    """The files that git keeps or would keep and .dockerignore lets through.

    Raises
    ------
    ValueError
        If .dockerignore does not begin with ``*`` and then name what is let through.
    """
    lines = (repository / ".dockerignore").read_text().splitlines()
    first, *rest = [line for line in lines if line and not line.startswith("#")]
    if first != "*":
        raise ValueError(".dockerignore: this check knows only `*`, and then `!NAME`.")
    through = [line.removeprefix("!") for line in rest if line.startswith("!")]
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *through]
    names = subprocess.run(listed, cwd=repository, check=True, capture_output=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (repository / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(repository / name, folder / name)
    return folder


class Service:
    """A service of a compose file, as a process.

    Parameters
    ----------
    name : str
    config : mapping
        As ``docker compose config`` writes it.
    box : Box
    image : Image
    log : Path
        Gets all that it says.
    """

    def __init__(
        self, name: str, config: Mapping[str, Any], box: Box, image: Image, log: Path
    ) -> None:
        self.name = name
        self._config = config
        self._box = box
        self._image = image
        self._env = image.env | (config.get("environment") or {})
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def start(self) -> None:
        """Run its command."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self._words(self._config["command"]),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def run(self, command: str, typed: str = "") -> None:
        """Run another command in its place, and wait until that has ended.

        Raises
        ------
        subprocess.CalledProcessError
            If it fails.
        """
        subprocess.run(self._words(command), input=typed, text=True, check=True)

    def _words(self, command: str | Sequence[str]) -> list[str]:
        words = shlex.split(command) if isinstance(command, str) else command
        return self._inside([*self._image.entrypoint, *words])

    def adopt(self, process: subprocess.Popen[bytes]) -> None:
        """Take a process for its command that was started otherwise."""
        self._log.touch()
        self.process = process

    def _inside(self, words: Sequence[str]) -> list[str]:
        where = {"user": self._image.user, "cwd": self._image.workdir}
        return self._box.command(words, self._env, **where)

    def wait_for(self, condition: str) -> None:
        """Wait until it is started, healthy or has ended well.

        Raises
        ------
        RuntimeError
            If it does not come to that.
        """
        assert self.process is not None, f"{self.name} was not started"
        deadline = time.monotonic() + PATIENCE
        while not self._is(condition):
            if self.process.poll() not in (None, 0) or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} is not {condition}:\n{self.said}")
            time.sleep(0.2)

    def _is(self, condition: str) -> bool:
        assert self.process is not None
        if condition == "service_completed_successfully":
            return self.process.poll() == 0
        if condition == "service_healthy":
            return self.is_healthy()
        return True

    def is_healthy(self) -> bool:
        """What its health check says."""
        kind, *words = self._config["healthcheck"]["test"]
        command = self._inside(words if kind == "CMD" else ["sh", "-c", *words])
        return subprocess.run(command, capture_output=True).returncode == 0

    def stop(self) -> int:
        """End it in order; gives its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            _inner(self.process).terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it by force, with all that it has started."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()  # the box dies with it
            self.process.wait()


def _inner(box: subprocess.Popen[bytes]) -> Any:
    """The process that was asked for: the box itself hands no signals on."""
    import psutil

    process = psutil.Process(box.pid)
    while process.name() == "bwrap":
        (process,) = process.children()
    return process
