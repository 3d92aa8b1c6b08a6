"""The certified finish of a project: begins audits, judges them and says how far they are."""

from __future__ import annotations

from collections.abc import Callable

from dalt.core.audits import Audit, Certified, Checked
from dalt.core.records import BadInput, ClassSet
from dalt.core.summaries import counted
from dalt.learning.heads.snapshot import Snapshot
from dalt.storage.store import Store
from dalt.study.bounds import Draws
from dalt.study.certificates.budget import allotted
from dalt.study.certificates.finish import Finish
from dalt.study.certificates.freezing import plan_audit
from dalt.study.certificates.judging import (
    draws_needed,
    draws_of,
    judge,
    least_due,
    least_new,
    promise_of,
)
from dalt.study.certificates.ladder import belief_of

FEWEST = 20
"""Labels that a model must have learned from: with fewer, an audit would only spend the budget."""
_NEWEST, _NEWEST_LEAST = 50, 20
"""Fewest and most labels whose suggestions show how well the model is calibrated; else half."""
_BLOCK = 10
"""After so many answers the page updates the number of samples to check: a person who sees it jump
must not learn which of their answers differed from the model's."""


class Auditor:
    """Audits of one project; any process and any thread may look at them.

    Parameters
    ----------
    store : Store
    classes : callable
        Returns the present classes.
    """

    def __init__(self, store: Callable[[], Store], classes: Callable[[], ClassSet]) -> None:
        self._of_store = store
        self._classes = classes

    @property
    def _store(self) -> Store:
        return self._of_store()

    # --- beginning ----------------------------------------------------------------------

    def begin(
        self,
        snapshot: Snapshot,
        *,
        max_error: float,
        confidence: float,
        seed: int,
        n_learned: int,
    ) -> Audit:
        """Freeze a model and begin its audit, in one transaction.

        An audit of another promise ends then, and goes on if this one is refused; one of the same
        promise that runs by now is returned instead.

        Parameters
        ----------
        snapshot : Snapshot
        max_error, confidence : float in (0, 1)
        seed : int
            The project's.
        n_learned : int
            How many labels the model has learned from.

        Raises
        ------
        BadInput
            If the model has learned from too few labels or is not sure enough, if no or too few
            samples are left, or if the error budget is used up.
        """
        classes, store = self._classes(), self._store
        samples = [sample for sample, _ in store.samples.states()]
        free = store.audits.untouched([each.id for each in samples])
        if not free:
            raise BadInput(
                "No sample is left that nobody has labelled or is labelling, so there is nothing "
                "for the model to label."
            )
        if n_learned < FEWEST:
            raise BadInput(
                f"The model has learned from {counted(n_learned, 'label')}, too few to audit; "
                f"label at least {FEWEST} samples before finish()."
            )
        alpha = allotted(store.audits.spent(), confidence)
        plan = plan_audit(
            snapshot,
            classes,
            [each for each in samples if each.id in free],
            max_error=max_error,
            confidence=confidence,
            draws_needed=lambda n, share: draws_needed(n, alpha, max_error, share),
            belief=self._belief(classes),
            seed=f"{seed}:{len(store.audits.all())}:{snapshot.hash}",
        )

        def due(n: int, alpha: float) -> int:
            least = promise_of(n, alpha, max_error).least(Draws()) if n else None
            if least is None:
                raise BadInput("Others have just taken these samples; call finish() again.")
            return least

        return store.audits.begin(plan, lambda spent: allotted(spent, confidence), due)

    def _belief(self, classes: ClassSet) -> dict[float, float]:
        """How much surer the model is than it says, as far as its newest suggestions tell."""
        said = [
            (classes.present(each.label) != classes.present(each.suggested), each.probability)
            for each in self._store.labels.newest(2 * _NEWEST)
            if each.label is not None and each.suggested is not None
            if each.probability is not None and each.draw != "verify" and not classes.multi
        ]
        said = said[: max(_NEWEST_LEAST, len(said) // 2)]
        # Answers of earlier audits all count, since those audits drew uniformly.
        said += [
            (classes.present(label) != classes.present(model), sure)
            for label, model, sure in self._store.audits.answered()
        ]
        return belief_of([wrong for wrong, _ in said], [sure for _, sure in said])

    def nothing_new(self, snapshot: Snapshot, *, max_error: float, confidence: float) -> bool:
        """Whether the newest attempt at this promise has ended, and nothing was labelled since.

        A model that was fitted anew counts only if its head or its embeddings are others.
        """
        attempts = self._store.audits.all()
        last = attempts[-1] if attempts else None
        if last is None or last.ended_at is None:
            return False
        if (last.max_error, last.confidence) != (max_error, confidence):
            return False
        model = last.content["head"], last.content["encoder"]
        same = (snapshot.head, snapshot.encoder) == model
        return same and not self._store.events.labelled_since(last.ended_at)

    # --- looking ------------------------------------------------------------------------

    def look(self) -> None:
        """Judge the running audit by the answers so far; cheap, and safe at any time."""
        if self._store.read_only:
            return  # the outcome could not be recorded; who can write looks next
        audits, classes = self._store.audits, self._classes()
        frozen = (audits.running(), audits.in_force())
        for content in (each.content for each in frozen if each is not None):
            if changed := _changed(content, classes):  # first: this look must issue nothing
                audits.void(changed)
                return
        audits.settle(judge, classes.present)
        certified = audits.certified(classes.present)
        if certified is not None and _refuted(certified):
            audits.void(
                "People have since found more errors among the model's labels than promised."
            )

    def left_to_check(self) -> int | None:
        """How many samples annotators still have to check, as pages say; None if none runs."""
        audits = self._store.audits
        audit = audits.running()
        if audit is None:
            return None
        promise = promise_of(audit.rungs[audit.testing - 1], audit.alpha, audit.max_error)
        present = self._classes().present
        found = audits.checked(audit, audit.testing, present)
        block = found.n_drawn - found.n_drawn % _BLOCK
        told = Checked(found.marks[:block].rstrip("?"))
        due = least_due(promise, told)
        return None if due is None else max(least_new(found, due), 1)

    def standing(self) -> Finish | None:
        """Where the finish stands; None if nobody has begun one."""
        store, classes = self._store, self._classes()
        attempts = store.audits.all()
        if not attempts:
            return None
        certified, audit = store.audits.certified(classes.present), attempts[-1]
        certificate = None if certified is None else certified.certificate
        if certificate is not None and audit.state != "running":
            audit = next(each for each in attempts if each.audit_id == certificate.audit_id)
        running = audit.state == "running"
        found, least, about = Draws(), 0, None
        if running:
            promise = promise_of(audit.rungs[audit.testing - 1], audit.alpha, audit.max_error)
            checked = store.audits.checked(audit, audit.testing, classes.present)
            found, due = draws_of(checked), least_due(promise, checked)
            least = 0 if due is None else least_new(checked, due)
            about = promise.expected(draws_of(checked, len(checked.marks)))
            about = None if about is None else max(about, least)
        elif certificate is not None:  # as it was issued, whatever was answered again since
            found = Draws(certificate.n_checked, certificate.n_wrong, certificate.n_doubtful)
        elif audit.state != "void":
            found = draws_of(store.audits.checked(audit, audit.testing, classes.present))
        counts = store.samples.counts()
        n_model = 0 if certified is None else certified.n_labels
        if certificate is None and running:
            n_model = audit.rungs[audit.testing - 1] - found.n_drawn - found.n_elsewhere
        spent = store.audits.spent()
        return Finish(
            holds=certificate is not None,
            running=running,
            max_error=audit.max_error if certificate is None else certificate.max_error,
            confidence=audit.confidence if certificate is None else certificate.confidence,
            error_bound=None if certified is None else certified.error_bound,
            n_model=n_model,
            n_people=counts.labelled,
            n_remaining=counts.open + counts.leased,
            n_checked=found.n_drawn,
            n_wrong=found.n_wrong,
            n_doubtful=found.n_doubtful,
            least_more=least,
            about_more=about,
            snapshot=audit.content["snapshot"],
            attempts=len(attempts),
            budget_left=max(1 - audit.confidence - spent, 0.0),
            why="" if running else attempts[-1].why,
        )

    def void(self, why: str) -> bool:
        """End the running audit and the certificate in force; whether there was any."""
        return self._store.audits.void(why)


def _refuted(certified: Certified) -> bool:
    issued = certified.certificate
    return certified.n_found > issued.max_error * issued.n_labelled


def _changed(content: object, classes: ClassSet) -> str:
    """Why a changed task ends what was frozen; empty if it does not.

    Another name, order, key or colour changes nothing: labels keep their meaning.
    """
    assert isinstance(content, dict)
    now = {classes.former.get(name, name) for name in content["classes"]}
    if content["multi"] != classes.multi:
        return "The task was changed: a sample can have one class, or several."
    if now != set(classes.names) or len(now) < len(content["classes"]):
        return "The classes were changed."
    return ""
