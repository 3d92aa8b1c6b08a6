"""The registration of a study: its plan as a file, hashed before the first label.

The store has the hash, and anybody with the file can compare the two, so a later change of the
plan shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dalt.core.errors import os_reason
from dalt.core.files import write_atomically
from dalt.core.records import BadInput, StudyRecord
from dalt.core.rights import make_folder
from dalt.core.settings.settings import Settings
from dalt.study.conditions import MEANING
from dalt.study.plan import ALPHA, StudyPlan

FORMAT = "dalt study 1"
FOLDER = "studies"
"""In the project's folder."""
SETTINGS = ("classes", "guideline", "strategy", "suggestions_from")
"""Settings of the project that stand in a registration, and may change while the study runs."""
ANALYSIS = (
    "Every label that a page recorded with an arm counts, as the arm was assigned, whether the "
    "person followed the suggestion or not (intention to treat).",
    "Left out, in every arm alike: the warm-up, samples outside of the study's share, labels from "
    "before suggestions began, and labels whose time is unknown.",
    "Outcome 1 is the logarithm of active seconds for a sample. Each annotator's effect is "
    "estimated by least squares, with a constant for each stage of their work. With fewer than 8 "
    "annotators the result is about these annotators: their mean effect, weighted by samples, "
    "with errors clustered by block and sample (Bell and McCaffrey; degrees of freedom by "
    "Satterthwaite). From 8 on it is about annotators in general: random effects (restricted "
    "maximum likelihood) with the interval of Hartung and Knapp. A mixed model fitted in one step "
    "is a check of it.",
    "Outcome 2 is accuracy on gold samples, by non-inferiority with the margin of the plan "
    "(Newcombe's interval).",
    "Outcome 3 is how often suggestions that are wrong were accepted. Suggestions that are wrong "
    "on purpose count only here; samples that would have had one in another condition are left "
    "out of outcomes 1 and 2, too.",
    f"Intervals hold 95 % (two-sided, alpha {ALPHA}). Where the interval of the time includes no "
    "change, the report says that no effect was shown.",
    "The study may be looked at before its end; only the number of labels that was planned here "
    "has the power that was planned here.",
)
"""How the study is analysed, decided before its first label."""


def registration_of(plan: StudyPlan, project: Mapping[str, Any], registered_at: str) -> str:
    """The registration as JSON, the same for the same study.

    Parameters
    ----------
    plan : StudyPlan
    project : mapping
        What the study is about: the project's name, task, classes, settings and versions.
    registered_at : str
        The time, in UTC.
    """
    said = {
        "format": FORMAT,
        "registered_at": registered_at,
        "project": dict(project),
        "plan": plan.to_json(),
        "conditions": {each: MEANING[each] for each in plan.conditions},
        "planned": {
            "pairs": plan.n_pairs,
            "labels": plan.n_labels,
            "warm_up": plan.n_warm_up,
            "alpha": ALPHA,
            "method": "paired t-test on the logarithm of active seconds, within annotators",
        },
        "analysis": list(ANALYSIS),
    }
    return json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def settings_said(settings: Settings) -> dict[str, Any]:
    """The values of `SETTINGS`, as a registration has them."""
    return {
        "classes": list(settings.class_names),
        "guideline": settings.guideline,
        "strategy": settings.strategy,
        "suggestions_from": settings.page.suggestions_from,
    }


def changes(registration: str, settings: Settings) -> list[str]:
    """What has changed of `SETTINGS` since a study was registered; short values are named.

    Examples
    --------
    >>> from dalt.core.records import ClassSpec
    >>> settings = Settings(id="a", name="pets", classes=(ClassSpec("cat"), ClassSpec("dog")))
    >>> changes('{"project": {"strategy": "random"}}', settings)
    ["strategy (was 'random', is 'cover')"]
    """
    before, found = json.loads(registration)["project"], []
    for name, now in settings_said(settings).items():
        if name in before and before[name] != now:
            short = name in ("strategy", "suggestions_from")
            found.append(f"{name} (was {before[name]!r}, is {now!r})" if short else name)
    return found


def registered_margin(study: StudyRecord | None) -> float | None:
    """The margin of accuracy that a study registered; None without one."""
    return None if study is None else study.plan.get("plan", {}).get("margin")


def hash_of(registration: str | bytes) -> str:
    """SHA-256 of a registration, in hex.

    Examples
    --------
    >>> hash_of("{}")[:12]
    '44136fa355b3'
    """
    said = registration.encode() if isinstance(registration, str) else registration
    return hashlib.sha256(said).hexdigest()


def path_of(folder: Path, hash: str) -> Path:
    """The path of the registration with a hash; its readable form is beside it, as ``.md``."""
    return folder / FOLDER / f"study-{hash[:12]}.json"


def write_registration(folder: Path, registration: str) -> Path:
    """Write a registration and its readable form, and return the path of the first.

    Raises
    ------
    BadInput
        If they cannot be written.
    """
    path = path_of(folder, hash_of(registration))
    try:
        make_folder(path.parent)
        write_atomically(path.with_suffix(".md"), readable(registration))
        write_atomically(path, registration)
    except OSError as error:
        raise BadInput(
            f"The study's registration cannot be written to {path}: {os_reason(error)}. A study "
            "begins only with it."
        ) from error
    return path


def discard_registration(path: Path) -> None:
    """Remove the files of a study that did not begin."""
    for each in (path, path.with_suffix(".md")):
        each.unlink(missing_ok=True)


def is_intact(path: Path, hash: str) -> bool | None:
    """Whether a registration is the one with the hash; None if it is not there."""
    try:
        return hash_of(path.read_bytes()) == hash
    except OSError:
        return None


def readable(registration: str) -> str:
    """The registration as Markdown."""
    said = json.loads(registration)
    plan, project, planned = said["plan"], said["project"], said["planned"]
    measured = "measured in this project" if plan["sd_is_measured"] else "an assumption"
    order = " and ".join(f"`{each}`" for each in plan["conditions"])
    lines = [
        f"# A randomised study in {_plain(project['name'])}",
        "",
        f"Registered {said['registered_at']}, before the study's first label. SHA-256 of the JSON "
        f"file beside this one: `{hash_of(registration)}`.",
        "",
        "## Question",
        "",
        f"Does it matter for the time and the accuracy of labels whether a page shows {order}?",
        "",
        *(f"- `{each}`: {said['conditions'][each]}." for each in plan["conditions"]),
        "",
        "## Assignment",
        "",
        f"Each annotator labels blocks of {plan['block']} samples, all in one condition. The seed "
        f"{plan['seed']} orders the blocks for each annotator, and every second group of blocks "
        "has the order of the one before it reversed. Samples of the same predicted class and of "
        "like confidence go to different conditions, at random.",
        *_of_pages(plan),
        "",
        f"- Share of the groups that take part: {plan['share']:g}.",
        f"- Warm-up of each annotator, which does not count: {planned['warm_up']} samples.",
        f"- Share of gold samples: {plan['gold_share']:g}.",
        f"- Share of the suggestions for gold samples that are wrong on purpose: "
        f"{plan['wrong_share']:g}.",
        "- Annotators cannot choose to verify by the page while the study runs.",
        "",
        "## Size",
        "",
        f"{planned['pairs']:,} labels in each condition, {planned['labels']:,} in all, find a "
        f"saving of {plan['smallest_effect']:.0%} of the time with a power of {plan['power']:.0%} "
        f"({planned['method']}, two-sided, alpha {planned['alpha']}). The standard deviation of "
        f"the logarithm of seconds within a person is taken to be {plan['sd']:.2f}, which is "
        f"{measured}.",
        "",
        "## Analysis",
        "",
        *(f"{place}. {each}" for place, each in enumerate(said["analysis"], 1)),
        *_margin(plan),
        "",
        "## Project",
        "",
        *(
            f"- {name}: {_plain(value if isinstance(value, str) else json.dumps(value))}"
            for name, value in project.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _of_pages(plan: Mapping[str, Any]) -> list[str]:
    """Which samples take part where some blocks are pages to verify."""
    if "verify" not in plan["conditions"]:
        return []
    return [
        "",
        "The samples of a group are those that pages to verify would take: free samples of one "
        "predicted class, the surest first. All conditions get samples like these, so the result "
        "is about them. Where the model is not sure of as many, annotators label samples that do "
        "not count, with suggestions as usual. Outcome 1 is then the "
        "logarithm of the mean seconds of a block, in all conditions alike, since a page has one "
        "time for all its samples.",
    ]


def _margin(plan: Mapping[str, Any]) -> list[str]:
    """The margin of accuracy, which earlier versions of DALT did not register."""
    if "margin" not in plan:
        return []
    points = f"{100 * plan['margin']:g} points"
    return ["", f"An accuracy that is lower by less than {points} counts as unchanged."]


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = "".join(f"\\{each}" if each in "\\`*_{}[]<>#|" else each for each in text)
    return " ".join(escaped.split())
