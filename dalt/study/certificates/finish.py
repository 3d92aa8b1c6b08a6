"""What `project.finish()` returns: whether the model's labels are certified, and what is left."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dalt.core.summaries import as_html, as_text, counted, percent


@dataclass(frozen=True, slots=True)
class Finish:
    """Where the certified finish of a project stands.

    Attributes
    ----------
    holds : bool
        Whether a certificate holds: the model labels `n_model` samples.
    running : bool
        Whether an audit runs: its samples come first to everybody who labels.
    max_error, confidence : float
        What the certificate promises, or will promise.
    error_bound : float or None
        The most of the model's labels that may be wrong now, as a share; None without a
        certificate.  It can grow beyond `max_error` when people label samples of the model and
        find few errors: those that are possible then lie in fewer samples.
    n_model : int
        How many samples the model labels now; while no certificate holds, how many it would
        label if the audit succeeds.
    n_people : int
        How many samples people have labelled.
    n_remaining : int
        How many samples remain for people, besides those that the audit keeps.
    n_checked, n_wrong, n_doubtful : int
        Samples that people have checked; those where person and model differ; those skipped, or
        answered outside of the audit, which count as wrong.
    least_more : int
        How many more samples people have to check if the model is right on all of them.
    about_more : int or None
        How many more if the model stays wrong as often as so far; None if that is too often.
    snapshot : int or None
        The frozen model's version.
    attempts : int
        Number of attempts so far.
    budget_left : float
        What is left of the error budget of 1 - `confidence`.
    why : str
        Why the last attempt, or certificate, ended without a promise that holds.
    """

    holds: bool
    running: bool
    max_error: float
    confidence: float
    error_bound: float | None
    n_model: int
    n_people: int
    n_remaining: int
    n_checked: int
    n_wrong: int
    n_doubtful: int
    least_more: int
    about_more: int | None
    snapshot: int | None
    attempts: int
    budget_left: float
    why: str = ""

    @property
    def sentence(self) -> str:
        """Whether the promise holds, in a sentence."""
        sure = f"at {percent(self.confidence)} confidence"
        promise = f"at most {percent(self.max_error)} errors, {sure}"
        if self.holds:
            bound = "" if self.error_bound is None else percent(self.error_bound)
            labels = f"The model labels {counted(self.n_model)}"
            return f"{labels}; at most {bound} of them are wrong, {sure}.{self._grown}"
        if self.running:
            return (
                f"An audit of snapshot {self.snapshot} runs: the model may label "
                f"{counted(self.n_model)} with {promise}."
            )
        return f"Nothing is certified ({promise})."

    @property
    def _grown(self) -> str:
        """Why the bound is larger than what was promised, if it is."""
        if self.error_bound is None or self.error_bound <= self.max_error:
            return ""
        return (
            f" That is more than the {percent(self.max_error)} promised, because people have since "
            "labelled some of its samples and found few errors among them: the errors that are "
            "still possible lie in fewer samples."
        )

    @property
    def details(self) -> list[str]:
        """What was checked, what is left, and why something ended."""
        said = []
        if self.n_checked:
            doubtful = f", {self.n_doubtful:,} skipped or unclear" if self.n_doubtful else ""
            said.append(
                f"{counted(self.n_checked)} checked without suggestions: {self.n_wrong:,} wrong"
                f"{doubtful}"
            )
        if self.running:
            about = (
                ""
                if self.about_more is None
                else f", about {self.about_more:,} at the present error rate"
            )
            said.append(
                f"at least {self.least_more:,} more to check{about}; everybody who labels gets "
                "them first"
            )
        said.append(
            f"{counted(self.n_people)} labelled by people, {self.n_remaining:,} remain for them"
        )
        if self.why:
            said.append(self.why)
        if self.attempts:
            said.append(
                f"{counted(self.attempts, 'attempt')} so far; {self.budget_left:.4g} of the error "
                f"budget of {1 - self.confidence:.4g} is left"
            )
        return said

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, with the ``sentence``."""
        return {"sentence": self.sentence, **asdict(self)}

    def __repr__(self) -> str:
        """A sentence, and the figures under it."""
        return as_text(self.sentence, self.details)

    def _repr_html_(self) -> str:
        """The same, for a cell of a notebook."""
        return as_html(self.sentence, self.details)
