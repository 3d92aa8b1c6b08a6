"""Conversations for fine-tuning: the user's message is a text, the assistant's its label.

OpenAI's ``messages`` (ChatML), ``prompt`` and ``completion``, ShareGPT's ``conversations``,
Gemini's ``contents``, Alpaca's ``instruction`` and ``output``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, takewhile
from pathlib import Path
from typing import IO, Any

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.contents import id_of_url
from dalt.data.exchange.entries import Entry, names_of, require_kind
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.json_lists import begins_with, first_element, numbered

ASKED = "Answer with the name of one class"
ASKED_SEVERAL = "Answer with the names of all classes that fit, as a JSON list"
MARKS = frozenset(":\n\"'`>]}|")
"""What a prompt puts around a text."""
LOOKED_AT = 1_000
"""Conversations by which the frame of all messages is found."""
_LISTS = (
    ("messages", "role", "content"), ("conversations", "from", "value"),
    ("contents", "role", "parts"),
)  # fmt: skip
_PAIRS = (
    ("prompt", "completion"), ("input_text", "output_text"), ("instruction", "output"),
    ("input", "ideal"),
)  # fmt: skip
_KEYS = tuple(names[0] for names in (*_LISTS, *_PAIRS))
_ROLES = {"human": "user", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant",
          "model": "assistant"}  # fmt: skip
_ENDS_OF_PROMPTS = ("\n\n###\n\n", "\n\n###", "\n\n===\n\n", "\n\n->", " ->", "\n###", "->")
"""What old guides for ``prompt`` put after the text."""
_ENDS_OF_COMPLETIONS = (" END", "###", "\n\n###", "<|endoftext|>", "</s>")


# --- reading ----------------------------------------------------------------------------


def is_chat(path: Path) -> bool:
    """Whether it holds conversations, by the first of them."""
    if not path.is_file() or path.suffix.lower() not in (".jsonl", ".json"):
        return False
    first = first_element(path) if begins_with(path, *_KEYS) else None
    return isinstance(first, dict) and _turns(first) is not None


def read_chat(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read each answer of an assistant as the label of the message before it.

    Where all messages begin or end in the same way ("Classify this review: …"), the text can be
    what is between.

    Raises
    ------
    BadInput
        If the project marks regions.
    """
    if classes.shape:
        raise BadInput(f"{str(path)!r} holds conversations, which have classes and no regions.")
    frame = _frame_of(path)
    for where, row in numbered(path, "Conversation"):
        turns = _turns(row) if isinstance(row, dict) else None
        if turns is None:
            yield Unusable(where, "is no conversation with messages")
            continue
        for item in _items(where, turns, classes):
            if isinstance(item, Imported) and item.text:
                item = replace(item, core=_within(item.text, frame))
            yield item


def _frame_of(path: Path) -> tuple[str, str]:
    """How all messages of users begin and end; two that are equal say nothing."""
    said: set[str] = set()
    for _, row in islice(numbered(path, ""), LOOKED_AT):
        turns = _turns(row) if isinstance(row, dict) else None
        said.update(text for role, each in turns or () if role == "user" and (text := _text(each)))
    if len(said) < 2:
        return "", ""
    begin = _up_to_a_mark(_shared(said))
    end = _up_to_a_mark(_shared({each[len(begin) :][::-1] for each in said}))
    return begin, end[::-1]


def _shared(texts: Collection[str]) -> str:
    """How all texts begin: the first and the last in order differ most."""
    first, last = min(texts), max(texts)
    pairs = zip(first, last, strict=False)
    return first[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))]


def _up_to_a_mark(shared: str) -> str:
    """What is shared, to the last colon, quote or end of a line: texts can begin alike, too."""
    places = [place for place, each in enumerate(shared) if each in MARKS]
    return shared[: places[-1] + 1] if places else ""


def _within(text: str, frame: tuple[str, str]) -> str | None:
    begin, end = frame
    if not (begin or end) or not text.startswith(begin) or not text.endswith(end):
        return None
    return text[len(begin) : len(text) - len(end)].strip() or None


def _turns(row: Mapping[str, Any]) -> list[tuple[str, Any]] | None:
    """Who said what; None if it is no conversation, or one that has a label of its own."""
    if row.get("label") is not None:
        return None
    for key, who, what in _LISTS:
        said = row.get(key)
        if isinstance(said, list) and all(isinstance(each, Mapping) for each in said):
            roles = [str(each.get(who)) for each in said]
            if not {*roles} & {"user", "human"}:
                return None
            contents = [each.get(what) for each in said]
            return [(_ROLES.get(r, r), each) for r, each in zip(roles, contents, strict=True)]
    return next((found for pair in _PAIRS if (found := _pair(row, *pair))), None)


def _pair(row: Mapping[str, Any], asked: str, answered: str) -> list[tuple[str, Any]] | None:
    """A text and its label in two fields, each of which can be messages, too."""
    text, label = row.get(asked), row.get(answered)
    if isinstance(text, list) and isinstance(label, list | str):
        answer = [{"role": "assistant", "content": label}] if isinstance(label, str) else label
        return _turns({"messages": [*text, *answer]})
    if not isinstance(text, str) or not isinstance(label, str):
        return None
    if asked == "instruction" and isinstance(row.get("input"), str):
        text = row["input"] or text
    text, label = _without(text, _ENDS_OF_PROMPTS), _without(label, _ENDS_OF_COMPLETIONS)
    return [("user", text), ("assistant", label)]


def _without(said: str, ends: Iterable[str]) -> str:
    end = next((end for end in ends if said.endswith(end)), "")
    return said.removesuffix(end)


def _items(where: str, turns: list[tuple[str, Any]], classes: ClassSet) -> Iterator[Item]:
    asked: Any = None
    found = False
    for role, content in turns:
        if role == "user":
            asked = content
        elif role == "assistant" and asked is not None:
            found = True
            yield _item(where, asked, _text(content), classes)
            asked = None
    if not found:
        yield Unusable(where, "has no answer of an assistant")


def _item(where: str, asked: Any, answer: str, classes: ClassSet) -> Item:
    if not answer.strip():
        return Unusable(where, "has an answer without a text")
    held = _picture(asked)
    return Imported(
        where,
        _label(answer.strip(), classes),
        sample_id=held,
        carried=held is not None,
        text=_text(asked) or None,
        of_tokens=True,  # messages are often stripped, and prompts begin with a space
    )


def _text(content: Any) -> str:
    """The text of a message, which can be a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "\n".join(
        each["text"]
        for each in parts
        if isinstance(each, Mapping) and isinstance(each.get("text"), str)
    )


def _picture(content: Any) -> str | None:
    """The id of a picture in a message."""
    for part in content if isinstance(content, list) else ():
        url = part.get("image_url") if isinstance(part, Mapping) else None
        found = id_of_url(url.get("url") if isinstance(url, Mapping) else url)
        if found:
            return found
    return None


def _label(answer: str, classes: ClassSet) -> Any:
    """Classes in an answer: a JSON list or string, one name, or names with commas or on lines."""
    known = {*classes.names, *classes.former}
    if answer in known:
        return [answer] if classes.multi else answer
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, str) or (isinstance(said, list) and all(isinstance(e, str) for e in said)):
        return said
    if isinstance(said, dict) and isinstance(said.get("label"), str | list):
        return said["label"]
    for mark in ("\n", ";", ","):
        names = [name.strip() for name in answer.split(mark) if name.strip()]
        if classes.multi and len(names) > 1 and {*names} <= known:
            return names
    bare = answer.rstrip(".").strip()
    return bare if bare in known else answer


# --- writing ----------------------------------------------------------------------------


def write_chat(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write a conversation a line, for fine-tuning: guideline, text, class.

    Several classes are a JSON list.

    Raises
    ------
    BadInput
        If these are no classes of texts.
    """
    if classes.shape:
        raise BadInput("chat holds classes of texts, no regions or spans; choose jsonl or conll.")
    asked = ASKED_SEVERAL if classes.multi else ASKED
    system = f"{asked}: {', '.join(classes.names)}."
    count = 0
    for entry in entries:
        require_kind(entry, ("text",), "chat")
        told = f"{entry.guideline}\n\n{system}" if entry.guideline else system
        text = entry.content().text
        for _, label in entry.answers:
            names = names_of(label)
            answer = json.dumps(names, ensure_ascii=False) if classes.multi else names[0]
            said = [
                {"role": "system", "content": told},
                {"role": "user", "content": text},
                {"role": "assistant", "content": answer},
            ]
            file.write(json.dumps({"messages": said}, ensure_ascii=False) + "\n")
            count += 1
    return count
