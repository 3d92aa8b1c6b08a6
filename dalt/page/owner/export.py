"""Labels as a file that the owner's browser saves."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Mapping
from functools import partial

from dalt.core.errors import one_line
from dalt.core.records import BadInput
from dalt.data.exchange.entries import RoomForOne
from dalt.data.exchange.fitting import FITS, fitting
from dalt.page.owner.export_job import LARGEST, ExportJob, Stopped, TooLarge, Wanted
from dalt.page.owner.section import Handler, OwnerDesk, Section
from dalt.page.protocol.owner_editing import (
    AskPart,
    Export,
    Exported,
    ExportFailed,
    ExportOver,
    ExportPart,
    ExportProgress,
    FormatSaid,
    OwnerFormats,
)


class ExportSection(Section):
    """Writes a file, one at a time, and hands it out in parts when the page asks for them."""

    name = "export"

    def __init__(self, desk: OwnerDesk) -> None:
        super().__init__(desk)
        self._jobs: dict[str, ExportJob] = {}
        self._told: OwnerFormats | None = None

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"export": self._export, "export_part": self._part, "export_over": self._over}

    def begin(self) -> None:
        """Say it again to a page that has just opened."""
        self._told = None

    def refresh(self) -> None:
        """Say which formats fit, where that is not what was said last."""
        said = OwnerFormats(
            type="owner_formats",
            formats=[
                FormatSaid(name=name, ending=FITS[name].ending, folder=not FITS[name].ending)
                for name in self._names()
            ],
            consensus=self._desk.project.settings.task == "classes",
        )
        if said != self._told:
            self._told = said
            self._desk.say(said)

    def close(self) -> None:
        """Remove what nobody has taken."""
        for job in list(self._jobs.values()):
            job.end()
        self._jobs.clear()

    def _names(self) -> list[str]:
        project = self._desk.project
        kind, settings = project.kind, project.settings
        return [] if kind is None else fitting(kind, settings.task, settings.multi_label)

    def _export(self, content: Export) -> None:
        key, wanted = (
            content["key"],
            Wanted(content["format"], content["consensus"], content["excel"]),
        )
        if wanted.format not in self._names():
            raise BadInput(f"This project's labels cannot be exported as {wanted.format!r}.")
        if key in self._jobs:
            return  # said again
        self.close()
        job = ExportJob(self._desk.project, wanted, partial(self._tell, key))
        self._jobs[key] = job
        # Not on the page's own thread: its figures go on meanwhile.
        threading.Thread(
            target=self._run, args=(key, job, wanted), name="dalt-export", daemon=True
        ).start()

    def _tell(self, key: str, done: int, total: int, packing: bool) -> None:
        said = ExportProgress(
            type="export_progress", key=key, done=done, total=total, packing=packing
        )
        self._desk.say(said)

    def _run(self, key: str, job: ExportJob, wanted: Wanted) -> None:
        try:
            n_labels = job.write()
        except Stopped:
            return
        except TooLarge:
            self._fail(key, "", wanted)
        except RoomForOne as error:
            self._desk.say(
                ExportFailed(type="export_failed", key=key, message=str(error), several=True)
            )
        except Exception as error:  # the form says what it was
            self._fail(key, one_line(error))
        else:
            said = Exported(
                type="exported", key=key, name=job.file_name, size=job.size, labels=n_labels
            )
            self._desk.say(said)

    def _fail(self, key: str, message: str, too_large: Wanted | None = None) -> None:
        said = ExportFailed(type="export_failed", key=key, message=message)
        if too_large is not None:
            said["megabytes"] = LARGEST // 1_000_000
            said["command"] = self._command(too_large)
        self._desk.say(said)

    def _command(self, wanted: Wanted) -> str:
        """The command that writes the same file."""
        project, fit = self._desk.project, FITS[wanted.format]
        named = wanted.format if fit.ending == f".{wanted.format}" else ""
        parts = ["dalt", "export", project.folder.name, f"labels{fit.ending}"]
        if not named:
            parts += ["--format", wanted.format]
        if wanted.consensus:
            parts.append("--consensus")
        if wanted.excel and wanted.format == "csv":
            parts.append("--excel")
        return shlex.join(parts)

    def _part(self, content: AskPart) -> None:
        key = content["key"]
        try:
            job = self._jobs.get(key)
            if job is None:
                raise Stopped("This file is not there any more; export it again.")
            data, last = job.part(content["at"])
        except Stopped as error:
            self._fail(key, str(error))
            return
        said = ExportPart(type="export_part", key=key, at=content["at"], last=last)
        self._desk.say(said, [data])

    def _over(self, content: ExportOver) -> None:
        job = self._jobs.pop(content["key"], None)
        if job is not None:
            job.end()
