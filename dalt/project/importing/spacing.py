"""Finding texts by their tokens: files of tokens do not say what stood between them."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any, TypeGuard

from dalt.data.formats import Imported, Item, Unusable
from dalt.data.sources import SampleFiles
from dalt.project.workspace import Workspace
from dalt.storage.store import Store

BEGINNING = 24
"""Characters by which a text is looked up of which a file has the first sentence."""
AT_ONCE = 1_000
"""Items that are looked up together."""
MOST_ALIKE = 50
"""Texts with the same beginning that are tried."""
_WAYS = (  # what is written, and what it is taken for; the numbers are those of curly quotes
    (r"-LRB-", "("), (r"-RRB-", ")"), (r"-LSB-", "["), (r"-RSB-", "]"), (r"-LCB-", "{"),
    (r"-RCB-", "}"), (r"``|''|[\u201c-\u201f\xab\xbb]", '"'), (r"[\u2018-\u201b`]", "'"),
    (r"…", "..."), (r"--+|[–—]", "-"), (r"\\/", "/"), (r"\\\*", "*"), (r"&amp;", "&"),
    (r"&lt;", "<"), (r"&gt;", ">"), (r"&quot;", '"'), (r"&apos;|&#39;", "'"),
    (r"[\xad\u200b\ufeff]", ""),  # not to be seen
)  # fmt: skip
_FOLD = re.compile("|".join(f"({written})" for written, _ in _WAYS), re.IGNORECASE)


def spaced_as_samples(items: Iterable[Item], workspace: Workspace) -> Iterator[Item]:
    """Give texts that were put together of tokens the spaces and quotes of the samples.

    Offsets of spans move with them.  Several sentences that together are one text become one
    label.  Other items, and texts of no sample, stay as they are; a text that several samples
    have is unusable.

    Parameters
    ----------
    items : iterable of Item
    workspace : Workspace
    """
    texts = _Texts(workspace.store, workspace.files)
    run: list[Imported] = []  # sentences in a row that are no sample each
    items = iter(items)
    while part := list(islice(items, AT_ONCE)):
        settled = texts.settled([item for item in part if _is_loose(item)])
        for item in part:
            found = settled.get(id(item), item)
            if found is None and isinstance(item, Imported):
                run.append(item)
                continue
            yield from texts.together(run)
            run = []
            yield found or item
    yield from texts.together(run)


def _is_loose(item: Item) -> TypeGuard[Imported]:
    return isinstance(item, Imported) and item.of_tokens and item.text is not None


class _Texts:
    """The texts of a project by their characters without spaces."""

    def __init__(self, store: Store, files: SampleFiles) -> None:
        self._store = store
        self._files = files

    @cached_property
    def _ids(self) -> dict[str, list[str]]:
        """By all their characters."""
        found: dict[str, list[str]] = defaultdict(list)
        for sample_id, folded in self._all():
            found[_short(folded)].append(sample_id)
        return found

    @cached_property
    def _begin(self) -> dict[str, list[str]]:
        """By their first characters, of texts that are longer."""
        found: dict[str, list[str]] = defaultdict(list)
        for sample_id, folded in self._all():
            found[folded[:BEGINNING]].append(sample_id)
        return found

    def _all(self) -> Iterator[tuple[str, str]]:
        removed = set(self._store.removals.positions())
        for sample in self._store.samples.all():
            if sample.kind == "text" and sample.position not in removed:
                yield sample.id, _folded(str(self._files.load(sample)))

    def settled(self, items: Sequence[Imported]) -> dict[int, Item | None]:
        """By the `id` of an item, that with the text of its sample; None if no sample fits."""
        known = self._store.samples.known([each.sample_id for each in items if each.sample_id])
        meant = {id(each): self._meant(each, known) for each in items}
        samples = self._store.samples.by_ids([i for _, ids in meant.values() for i in ids])
        real = {key: str(self._files.load(sample)) for key, sample in samples.items()}
        return {key: self._chosen(item, ids, real) for key, (item, ids) in meant.items()}

    def _meant(self, item: Imported, known: Collection[str]) -> tuple[Imported, list[str]]:
        """Ids of the samples that an item can mean; the item with the text that they have."""
        if item.sample_id in known:
            return item, [str(item.sample_id)]
        for text in (item.text, item.core):
            ids = self._ids.get(_short(_folded(text)), []) if text else []
            if ids:
                return replace(item, text=text), ids
        return item, []

    def _chosen(self, item: Imported, ids: list[str], real: Mapping[str, str]) -> Item | None:
        text = str(item.text)
        if len(ids) > 1:
            same = [each for each in ids if real[each] == text]
            bare = "".join(text.split())
            ids = same or [each for each in ids if "".join(real[each].split()) == bare] or ids
        if len(ids) > 1:
            why = f"is {len(ids)} texts of this project, which differ only in spaces and quotes"
            return Unusable(item.where, why)
        if ids and _folded(real[ids[0]]) != _folded(text):
            return Unusable(item.where, f"has other tokens than the sample {ids[0]}")
        return _moved(item, ids[0], real[ids[0]]) if ids else None

    def together(self, run: Sequence[Imported]) -> Iterator[Item]:
        """The items, those that make up one text as one."""
        first = 0
        while first < len(run):
            count, sample_id = self._longer(run[first:])
            if count:
                item = _merged(run[first : first + count])
                yield _moved(item, sample_id, self._text(sample_id))
            else:
                yield run[first]
            first += count or 1

    def _longer(self, run: Sequence[Imported]) -> tuple[int, str]:
        """How many sentences from here are one text, and its id; 0 if there is none."""
        begin = ""
        for item in run:
            begin += _folded(str(item.text))
            if len(begin) >= BEGINNING:
                break
        found = []
        for sample_id in self._begin.get(begin[:BEGINNING], [])[:MOST_ALIKE]:
            count = _covered(_folded(self._text(sample_id)), run)
            if count:
                found.append((count, sample_id))
        return found[0] if len(found) == 1 else (0, "")

    def _text(self, sample_id: str) -> str:
        return str(self._files.load(self._store.samples.get(sample_id)))


def _short(folded: str) -> str:
    """A key of few bytes for a long text."""
    return folded if len(folded) < 32 else hashlib.blake2b(folded.encode()).hexdigest()[:32]


def _covered(text: str, run: Sequence[Imported]) -> int:
    """How many sentences make up the text; 0 if they do not."""
    after = 0
    for count, item in enumerate(run, 1):
        part = _folded(str(item.text))
        if not text.startswith(part, after):
            return 0
        after += len(part)
        if after == len(text):
            return count
    return 0


def _merged(run: Sequence[Imported]) -> Imported:
    """One label of several sentences."""
    label: list[Any] = []
    offset = 0
    for item in run:
        label += [_shifted(region, offset) for region in item.label]
        offset += len(str(item.text)) + 1
    return replace(
        run[0],
        where=f"{run[0].where} and the {len(run) - 1} sentences after it",
        label=label,
        text=" ".join(str(item.text) for item in run),
        left_out=tuple(each for item in run for each in item.left_out),
    )


def _shifted(region: Mapping[str, Any], offset: int) -> dict[str, Any]:
    return dict(region) | {"start": region["start"] + offset, "end": region["end"] + offset}


# --- offsets ----------------------------------------------------------------------------


def _moved(item: Imported, sample_id: str, real: str) -> Imported:
    """The item with the sample's own text, and its spans where they are there."""
    label = item.label
    if isinstance(label, list) and label and real != item.text:
        given, there = _pieces(str(item.text)), _pieces(real)
        label = [_at(region, given, there, real) for region in label]
    return replace(item, sample_id=sample_id, text=real, label=label, of_tokens=False)


def _at(region: Any, given: list[tuple[int, int]], there: list[tuple[int, int]], real: str) -> Any:
    if not isinstance(region, Mapping) or "start" not in region:
        return region
    first = sum(end <= region["start"] for _, end in given)
    last = sum(start < region["end"] for start, _ in given) - 1
    start, end = there[first][0], there[last][1]
    return dict(region) | {"start": start, "end": end, "text": real[start:end]}


def _folded(text: str) -> str:
    """The characters without spaces, and quotes and brackets as they are mostly written."""
    return _FOLD.sub(_as_mostly, "".join(text.split()))


def _as_mostly(found: re.Match[str]) -> str:
    return _WAYS[(found.lastindex or 1) - 1][1]


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where each character of `_folded` begins and ends in the text."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    bare = "".join(text[place] for place in places)
    pieces: list[tuple[int, int]] = []
    after = 0
    for found in _FOLD.finditer(bare):
        pieces += [(places[i], places[i] + 1) for i in range(after, found.start())]
        whole = (places[found.start()], places[found.end() - 1] + 1)
        pieces += [whole] * len(_as_mostly(found))
        after = found.end()
    return pieces + [(places[i], places[i] + 1) for i in range(after, len(places))]
