"""The sections of the report, each a card with a sentence before its plot."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence

from dalt.study.analysis.findings import Findings
from dalt.study.analysis.shares import Difference, Share
from dalt.study.analysis.speed import RESAMPLES, Change
from dalt.study.report import plots, words
from dalt.study.report.plots import Line, Row

MOST_PEOPLE = 30
MOST_CLASSES = 20
NAME = 40


def all_of(
    findings: Findings, others: Sequence[Findings], registration: Mapping[str, str]
) -> Iterator[str]:
    """HTML of each section that has something to say."""
    yield _answer(findings)
    if findings.notes:
        yield _notes(findings.notes)
    if findings.speed is not None:
        yield _time(findings)
        yield _learning(findings)
    if len(findings.units):
        yield _accuracy(findings)
        yield _labels(findings)
    if findings.workload is not None:
        yield _workload(findings)
    if others:
        yield _others(others)
    yield _method(findings, registration)


def _card(name: str, title: str, *content: str, style: str = "") -> str:
    head = f"<h2>{html.escape(title)}</h2>" if title else ""
    return (
        f'<section class="dalt-report-card{style}" data-section="{name}">{head}'
        f"{''.join(content)}</section>"
    )


def _p(text: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<p{named} dir="auto">{html.escape(text)}</p>' if text else ""


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"


# --- the answer ---------------------------------------------------------------------------------


def _answer(findings: Findings) -> str:
    fast = findings.speed
    said = _p(findings.sentence, "dalt-report-said")
    if fast is None or findings.answer is None:
        return _card("answer", "", said, style=" dalt-report-main")
    quick, sides = fast.typical, words.sides(findings)
    compared_n = f"{fast.n_treated:,} samples compared", f"{fast.n_control:,} samples compared"
    tiles = [
        (f"Typical time {sides.one}", words.seconds(quick[0]), compared_n[0]),
        (f"Typical time {sides.other}", words.seconds(quick[1]), compared_n[1]),
        ("Time saved", words.percent(fast.main.saved), _range(fast.main)),
    ]
    for each in findings.accuracies[:1]:
        compared = each.compared
        both = words.percent(compared.treated.value), words.percent(compared.control.value)
        tiles.append(
            (
                f"Accuracy {sides.one} / {sides.other}",
                f"{both[0]} / {both[1]}",
                f"{compared.treated.n:,} and {compared.control.n:,} labels judged",
            )
        )
    return _card(
        "answer",
        "",
        said,
        _p(words.about_claim(findings), "dalt-report-means"),
        _tiles(tiles),
        style=" dalt-report-main",
    )


def _range(change: Change) -> str:
    low, high = words.percent(change.low), words.percent(change.high)
    return f"95 % interval: {low} to {high}"


def _tiles(tiles: Sequence[tuple[str, str, str]]) -> str:
    made = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
        f"<dd>{html.escape(more)}</dd></div>"
        for name, value, more in tiles
    )
    return f'<dl class="dalt-report-tiles">{made}</dl>'


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(each)}</li>" for each in notes)
    return _card("notes", "Before you rely on it", f"<ul>{items}</ul>", style=" dalt-report-notes")


# --- time ---------------------------------------------------------------------------------------


def _time(findings: Findings) -> str:
    fast, sides = findings.speed, words.sides(findings)
    assert fast is not None
    rows = [
        _change_row("These annotators", fast.these, "fixed effects", main=fast.claim == "these")
    ]
    if fast.general is not None:
        told = f"t with {len(fast.annotators) - 1} degrees of freedom"
        rows.append(
            _change_row("Annotators in general", fast.general, told, main=fast.claim == "general")
        )
    if fast.bootstrap is not None:
        rows.append(_change_row("Bootstrap", fast.bootstrap, "annotators drawn again, in pairs"))
    if findings.mixed is not None and findings.mixed.change is not None:
        told = f"random: {' and '.join(findings.mixed.random)}"
        rows.append(_change_row("Mixed model in one fit", findings.mixed.change, told))
    rows.append(_change_row("Sum of seconds", fast.total, "long times count more"))
    rows.sort(key=lambda each: not each.main)
    people = [
        _change_row(name, change, f"{n1:,} {sides.one}, {n0:,} {sides.other}")
        for name, change, n1, n0 in fast.annotators[:MOST_PEOPLE]
    ]
    more = len(fast.annotators) - len(people)
    content = [
        _p("Share of the time saved for a sample, with its 95 % interval. 0 is no effect."),
        plots.intervals(rows, words.percent),
    ]
    if len(fast.annotators) > 1:
        content += [
            "<h3>By annotator</h3>",
            plots.intervals(people, words.percent),
            _p(f"and {more:,} more" if more > 0 else "", "dalt-report-muted"),
        ]
    return _card("time", "Time", *content)


def _change_row(name: str, change: Change, more: str, main: bool = False) -> Row:
    # A bar that runs out of sight would squeeze all others: a loss is shown down to −100 %.
    low, high = max(change.low, -1.0), max(change.high, -1.0)
    said = words.changed(change)
    return Row(_short(name), max(change.saved, -1.0), low, high, said, more, main)


def _learning(findings: Findings) -> str:
    found, sides = findings.learning, words.sides(findings)
    names = [f"{each.begin + 1}–{max(each.end, each.begin + 1)}" for each in found.stages]
    lines = [
        Line([each.treated for each in found.stages]),
        Line([each.control for each in found.stages], second=True),
    ]
    told = "Typical seconds for a sample by quarter of the work: " + "; ".join(
        f"{name}: {words.seconds(each.treated)} {sides.one}, {words.seconds(each.control)} "
        f"{sides.other}"
        for name, each in zip(names, found.stages, strict=True)
    )
    quarters = [
        _change_row(f"Samples {name}", each.change, "")
        for name, each in zip(names, found.stages, strict=True)
        if each.change is not None
    ]
    content = [
        _p(words.about_learning(found, sides)),
        _key(findings),
        f"<figure>{plots.over_time(lines, names, words.on_axis, told)}<figcaption>Typical seconds "
        "for a sample, by how many the annotators had handled</figcaption></figure>",
    ]
    if quarters:
        content += ["<h3>Time saved in each quarter</h3>", plots.intervals(quarters, words.percent)]
    return _card("learning", "As the work goes on", *content)


# --- what is said -------------------------------------------------------------------------------


def _accuracy(findings: Findings) -> str:
    follows, usual = findings.following, words.sides(findings) == words.USUAL
    seen, it = ("with the suggestion", " it") if usual else (words.sides(findings).one, "")
    sides = words.sides(findings)
    content = [_p(words.about_accuracy(each, sides)) for each in findings.accuracies]
    if not findings.accuracies:
        content.append(
            _p(
                "Too few labels of both conditions can be judged to compare accuracy: it takes 10 "
                "of each on gold samples, or on samples that others labelled without a suggestion."
            )
        )
    rows = [
        _shares_row("Right on gold" if each.source == "gold" else "Right by audit", each.compared)
        for each in findings.accuracies
    ]
    if rows:
        content += [_key(findings), plots.intervals(rows, words.percent, zero=False)]
    content += ["<h3>Wrong suggestions</h3>", _p(words.about_following(follows, sides))]
    bars = [
        (name, more, each)
        for name, more, each in (
            (f"Accepted, {seen}", "of wrong suggestions", follows.accepted),
            (f"Same answer {sides.other}{it}", "where the model is wrong", follows.unaided),
            ("Right suggestions accepted", "", follows.right),
        )
        if each is not None
    ]
    if bars:
        shown = [_share_row(name, more, each) for name, more, each in bars]
        content.append(plots.intervals(shown, words.percent, zero=False))
    if follows.model is not None:
        content.append(
            _p(
                f"Suggestions on screen were right for {words.spread(follows.model)} of "
                f"{follows.model.n:,} judged samples.",
                "dalt-report-muted",
            )
        )
    return _card("accuracy", "Accuracy", *content)


def _key(findings: Findings) -> str:
    arm, other = words.arm(findings), words.sides(findings).other
    return (
        f'<div class="dalt-report-key"><span>with {html.escape(arm)}</span>'
        f'<span class="b">{html.escape(other)}</span></div>'
    )


def _shares_row(name: str, compared: Difference, more: str = "") -> Row:
    one, other = compared.treated, compared.control
    return Row(
        name,
        one.value,
        one.low,
        one.high,
        f"{words.percent(one.value)} / {words.percent(other.value)}",
        more or f"{one.n:,} and {other.n:,} labels",
        second=(other.value, other.low, other.high),
    )


def _share_row(name: str, more: str, share: Share) -> Row:
    told = " ".join(filter(None, [more, f"(n = {share.n:,})"]))
    return Row(name, share.value, share.low, share.high, words.spread(share), told)


def _labels(findings: Findings) -> str:
    found, sides = findings.shift, words.sides(findings)
    content = [_p(words.about_shift(found, sides))]
    if found is not None:
        rows = [
            Row(
                _short(each.label),
                each.treated,
                math.nan,
                math.nan,
                f"{words.percent(each.treated)} / {words.percent(each.control)}",
                words.points(each),
                second=(each.control, math.nan, math.nan),
            )
            for each in found.classes[:MOST_CLASSES]
        ]
        more = len(found.classes) - len(rows)
        content += [
            _key(findings),
            plots.intervals(rows, words.percent, zero=False),
            _p(f"and {more:,} more classes" if more > 0 else "", "dalt-report-muted"),
            _p(
                f"{words.percent(found.distance)} of the labels would have to change their class "
                "for both distributions to be the same (some of that is chance). The intervals "
                "hold for all classes together.",
                "dalt-report-muted",
            ),
        ]
    content += [
        "<h3>Agreement and skips</h3>",
        _p(words.about_agreement(findings.agreement, sides)),
    ]
    content.append(_p(words.about_skips(findings.skips, sides)))
    return _card("labels", "What people say", *content)


def _workload(findings: Findings) -> str:
    found = findings.workload
    assert found is not None
    rows = [
        Row(
            name.capitalize(), one, math.nan, math.nan, f"{one:.0f} / {other:.0f}",
            second=(other, math.nan, math.nan),
        )
        for name, one, other in found.scales
    ]  # fmt: skip
    return _card(
        "workload",
        "Workload",
        _p(words.about_workload(found, words.sides(findings))),
        _key(findings),
        plots.intervals(rows, lambda value: f"{value:.0f}", zero=False),
    )


def _others(others: Sequence[Findings]) -> str:
    made = [f"<h3>{html.escape(words.arm(each))}</h3>{_p(each.sentence)}" for each in others]
    return _card("conditions", "Further conditions", *made)


# --- how ----------------------------------------------------------------------------------------


def _method(findings: Findings, registration: Mapping[str, str]) -> str:
    stated = [
        "Samples are compared as they were assigned, whatever was shown in the end, and skipped "
        "ones count. The time of a page to verify is shared among its samples, and a page is one "
        "observation.",
        "Only samples that either condition could have received are compared: those of one "
        "annotator, at the same stage of the work"
        + (
            ", of which the model was as sure. Pages to verify take the easy samples away, so "
            "without this the rest would look slower than it is."
            if findings.matched.by_confidence
            else "."
        )
        + " So neither the order of the pool nor practice moves the result.",
        "Times are compared by their logarithms, within strata, with errors clustered by pages, "
        "blocks and shared samples. Annotators are fixed for a claim about these annotators. A "
        "claim about annotators in general takes their effects as random (restricted maximum "
        "likelihood, Hartung and Knapp's interval, t on K − 1 degrees of freedom). The bootstrap "
        f"({RESAMPLES:,} draws) is shown from eight annotators on.",
        "Accuracy: Newcombe's interval, with samples as clusters. Audits judge a label only by "
        "what others said who saw no suggestion for the sample.",
        "Intervals are at 95 % and for one look. Who looks after each label and stops at the "
        "first effect finds one too often: plan the size of a study before (project.study).",
    ]
    items = "".join(f"<li>{html.escape(each)}</li>" for each in stated)
    found = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(value)}</td></tr>'
        for name, value in registration.items()
    )
    table = f"<table><tbody>{found}</tbody></table>" if found else ""
    mixed = findings.mixed
    why = ""
    if mixed is not None and mixed.change is None:
        why = _p(f"The mixed model in one fit is left out: {mixed.why}.", "dalt-report-muted")
    return _card(
        "method",
        "",
        f"<details><summary>How this was computed</summary><ul>{items}</ul>{why}{table}</details>",
    )
