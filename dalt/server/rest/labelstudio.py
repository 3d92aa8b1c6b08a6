"""The machine-learning backend of Label Studio, under ``/label-studio``.

Label Studio asks for predictions of its tasks and reports annotations.  A task is known by
``sample_id`` or ``source`` in its data, or by a text that is a sample.  Annotations are
recorded here at once and learned by the trainer like all other labels.  A task that is not a
sample is predicted from its text or from the file in it; no address is ever fetched.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dalt.core.records import (
    BadInput,
    LabelValue,
    NotEncoded,
    NothingLearned,
    Proposal,
    Sample,
    Suggestion,
    UnknownSample,
)
from dalt.core.timing import MOST_ACTIVE_SECONDS, seconds_of
from dalt.data.exchange.items import Imported
from dalt.data.exchange.label_forms import AnotherQuestion
from dalt.data.exchange.labelstudio import Config, config_of, label_of, result_of
from dalt.data.exchange.studio_results import size_in
from dalt.data.exchange.studio_tasks import annotator_of
from dalt.server.rest.backend import Backend
from dalt.server.rest.errors import documented
from dalt.server.rest.task_samples import TaskSamples

MOST_TASKS = 1_000
RECORDED = frozenset({"ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED"})
TAKEN_BACK = frozenset({"ANNOTATIONS_DELETED", "ANNOTATION_DELETED"})
SESSION = "label-studio"
NONE_YET = "none yet"


class _Open(BaseModel):
    """Label Studio sends more than DALT reads, and varies between versions."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="after")
    def _is_unicode(self) -> Self:
        """Refuse half surrogate pairs everywhere: nothing can store them."""
        try:
            json.dumps(self.model_dump(), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("must be valid Unicode, not half of a surrogate pair") from None
        return self


class Setup(_Open):
    """Label Studio's message when it connects, and before it asks for predictions."""

    project: str | int | None = None
    label_schema: Annotated[str, Field(alias="schema", max_length=1_000_000)] = ""


class SetUp(BaseModel):
    """The version of the model."""

    model_version: str


class Task(_Open):
    """A task of Label Studio."""

    id: int | str | None = None
    data: dict[str, Any] = {}


class Tasks(_Open):
    """Tasks that want predictions."""

    tasks: Annotated[list[Task], Field(max_length=MOST_TASKS)]
    label_config: Annotated[str, Field(max_length=1_000_000)] = ""


class TaskPrediction(BaseModel):
    """A prediction that Label Studio shows before a person answers; it may be empty."""

    result: list[dict[str, Any]]
    score: float
    model_version: str


class TaskPredictions(BaseModel):
    """One prediction for each task, in their order."""

    results: list[TaskPrediction]
    model_version: str


class Happened(_Open):
    """An event in a project of Label Studio."""

    action: Annotated[str, Field(max_length=200)]
    annotation: dict[str, Any] | list[dict[str, Any]] | None = None
    annotations: list[dict[str, Any]] | None = None
    task: dict[str, Any] | list[dict[str, Any]] | None = None
    project: dict[str, Any] | None = None


class Heard(BaseModel):
    """The outcome of the event."""

    status: str
    recorded: int


def label_studio_router(backend: Backend) -> APIRouter:
    """All routes under ``/label-studio``."""
    found = APIRouter(prefix="/label-studio", tags=["label studio"])
    studio = Studio(backend)

    @found.get("/health")
    async def health() -> dict[str, str]:
        """Whether this server is up; needs no token."""
        return {"status": "UP"}

    @found.post("/setup", responses=documented(401, 413, 422))
    def setup(body: Setup) -> SetUp:
        """Connect a project; its labeling configuration must match this project's task."""
        if body.label_schema.strip():
            config_of(body.label_schema, backend.classes)
        return SetUp(model_version=studio.version)

    @found.post("/predict", responses=documented(401, 409, 413, 422, 503))
    def predict(body: Tasks) -> TaskPredictions:
        """Suggest results for tasks, for those whose samples are in the pool."""
        results = studio.predict([task.data for task in body.tasks], body.label_config)
        return TaskPredictions(results=results, model_version=studio.version)

    @found.post("/webhook", responses=documented(401, 404, 413, 422, 503))
    def webhook(body: Happened) -> Heard:
        """Record annotations; the trainer trains, and all other events are ignored."""
        return Heard(status="ok", recorded=studio.hear(body))

    return found


class Studio:
    """A project as Label Studio sees it.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._samples = TaskSamples(backend)

    @property
    def version(self) -> str:
        """The newest snapshot, by its name in Label Studio."""
        snapshot = self._backend.trainer.snapshot
        return NONE_YET if snapshot is None else str(snapshot.version)

    def predict(
        self, tasks: Sequence[Mapping[str, Any]], label_config: str
    ) -> list[TaskPrediction]:
        """Predict tasks, in their order; empty where there is no sample.

        Raises
        ------
        NothingLearned
            Before the first snapshot.
        """
        if self._backend.trainer.snapshot is None and self._backend.classes.shape is None:
            raise NothingLearned("Nothing has been learned yet, so there is nothing to suggest.")
        classes = self._backend.classes
        config = config_of(label_config, classes) if label_config.strip() else Config()
        samples = [self._sample(data, config.value) for data in tasks]
        return [
            self._of_raw(data, config) if sample is None else self._prediction(sample, config)
            for sample, data in zip(samples, tasks, strict=True)
        ]

    def _prediction(self, sample: Sample, config: Config) -> TaskPrediction:
        if self._backend.classes.shape is not None:
            return self._proposed(sample, config)
        return self._of(self._backend.suggestion(sample), config)

    def _of_raw(self, data: Mapping[str, Any], config: Config) -> TaskPrediction:
        """Predict a task that is not a sample from its text, or from the file in it."""
        given = data.get(config.value)
        if self._backend.classes.shape is None and isinstance(given, str):
            try:
                raw = self._backend.decode(_file_in(given) or given)
                return self._of(self._backend.predict([raw])[0][0], config)
            except (BadInput, NotEncoded):  # an address is not fetched; nor is there always a model
                pass
        return TaskPrediction(result=[], score=0.0, model_version=self.version)

    def _of(self, suggestion: Suggestion, config: Config) -> TaskPrediction:
        label = self._likely(suggestion)
        score = suggestion.top_probability or 0.0
        result = [] if label is None else result_of(label, config, (1, 1), score)
        return TaskPrediction(result=result, score=score, model_version=self.version)

    def _likely(self, suggestion: Suggestion) -> LabelValue | None:
        return suggestion.likely if self._backend.classes.multi else suggestion.top

    def _proposed(self, sample: Sample, config: Config) -> TaskPrediction:
        proposals: Sequence[Proposal] = self._backend.propose(sample, SESSION)
        label = tuple(each.region for each in proposals)
        size = self._backend.size(sample)
        score = min((each.probability for each in proposals), default=0.0)
        return TaskPrediction(
            result=result_of(label, config, size, score), score=score, model_version=self.version
        )

    def hear(self, body: Happened) -> int:
        """Record or take back annotations, and return how many.

        Raises
        ------
        UnknownSample
            If a task matches no sample of the pool.
        """
        if body.action in RECORDED:
            return self._record(body)
        if body.action in TAKEN_BACK:
            return sum(self._take_back(each) for each in body.annotations or ())
        self._backend.trainer.wake()
        return 0

    def _record(self, body: Happened) -> int:
        annotations = _several(body.annotation)
        tasks = _several(body.task)
        by_id = {str(task.get("id")): task for task in tasks}
        config = self._config(body.project or {})
        count = 0
        for annotation in annotations:
            task = by_id.get(str(annotation.get("task"))) or (tasks[0] if len(tasks) == 1 else None)
            if task is None or not isinstance(task.get("data"), dict):
                raise BadInput("This annotation comes without its task: send the payload along.")
            count += self._answer(annotation, task, config)
        return count

    def _config(self, project: Mapping[str, Any]) -> Config | None:
        """The question that is the project's; None where the message does not say."""
        written = project.get("label_config")
        if not isinstance(written, str) or not written.strip():
            return None
        try:
            return config_of(written, self._backend.classes)
        except BadInput:
            return None

    def _answer(
        self, annotation: Mapping[str, Any], task: Mapping[str, Any], config: Config | None
    ) -> int:
        sample = self._samples.find(task["data"], config.value if config else "")
        if sample is None:
            raise UnknownSample(
                f"Task {task.get('id')} is of no sample of this project: its data needs sample_id "
                "or source, as `dalt export --format label-studio` writes them."
            )
        result = annotation.get("result")
        if not isinstance(result, list) or not all(isinstance(each, dict) for each in result):
            raise BadInput("The result of an annotation is a list.")
        skipped = bool(annotation.get("was_cancelled"))
        try:
            label = None if skipped else self._label(result, sample, config)
        except AnotherQuestion:
            return 0
        self._backend.answer(
            annotator_of(annotation.get("completed_by")) or SESSION,
            sample.id,
            label,
            key=_prefix(annotation) + _said(annotation),
            active_seconds=_seconds(annotation.get("lead_time")),
            suggestion=self._shown(annotation),
        )
        return 1

    def _label(
        self, result: Sequence[Mapping[str, Any]], sample: Sample, config: Config | None
    ) -> LabelValue:
        """The label of a result, in pixels and code points of the sample as it is here."""
        said = label_of(result, self._backend.classes, config)
        size = size_in(result)
        return self._backend.meaning(Imported("This annotation", said, size=size), sample)

    def _shown(self, annotation: Mapping[str, Any]) -> Suggestion:
        """The suggestion that a person saw, if they began with DALT's prediction."""
        prediction = annotation.get("prediction")
        if not isinstance(prediction, Mapping):
            return Suggestion()
        version = str(prediction.get("model_version", ""))
        score, result = prediction.get("score"), prediction.get("result")
        # A number of another script is a digit, too, and NaN and 10**400 are numbers.
        numbered = version.isascii() and version.isdigit() and len(version) < 10
        if not numbered or not isinstance(score, int | float) or not 0 <= score <= 1 or not result:
            return Suggestion()
        try:
            label = label_of(result, self._backend.classes)
        except (BadInput, AnotherQuestion):
            return Suggestion()
        names = (label,) if isinstance(label, str) else ()
        return Suggestion(names, (float(score),), int(version)) if names else Suggestion()

    def _take_back(self, annotation: Mapping[str, Any]) -> int:
        if not isinstance(annotation.get("id"), int):
            raise BadInput("A deleted annotation has an id.")
        prefix = _prefix(annotation)
        taken = self._backend.store.answers.take_back(prefix, None, SESSION, key=f"{prefix}deleted")
        self._backend.trainer.wake()
        return int(taken > 0)

    def _sample(self, data: Mapping[str, Any], field: str) -> Sample | None:
        """The sample of a task; None if it is of none, or can be of several."""
        try:
            return self._samples.find(data, field)
        except BadInput:
            return None


def _file_in(text: str) -> bytes | None:
    """The file in a ``data:`` address; None for another address."""
    about, comma, coded = text.partition(",")
    if not (about.startswith("data:") and about.endswith(";base64") and comma):
        return None
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _several(given: dict[str, Any] | list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _prefix(annotation: Mapping[str, Any]) -> str:
    """Prefix of the keys of all events of one annotation."""
    return f"label-studio:{annotation.get('id')}:"


def _said(annotation: Mapping[str, Any]) -> str:
    """A key that changes with the annotation's content and stays the same for a resend."""
    about = [annotation.get(name) for name in ("result", "updated_at", "was_cancelled")]
    return hashlib.blake2b(repr(about).encode("utf-8", "replace"), digest_size=12).hexdigest()


def _seconds(value: object) -> float | None:
    """A time that can be true: nobody's annotation is refused for its clock."""
    return seconds_of(value, MOST_ACTIVE_SECONDS)
