"""Changes of ``project.toml`` by DALT: each under a lock, with everything else in the file kept."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.items

from dalt.core.errors import is_unicode, shown
from dalt.core.records import BadSettings, ChangedMeanwhile, ClassSpec, UnknownClass
from dalt.core.settings.classes import (
    ClassLike,
    class_spec,
    entry_of,
    refuse_alike,
    refuse_unfit,
    with_defaults,
)
from dalt.core.settings.keys import ACTIONS, check_key
from dalt.core.settings.project_file import (
    FILE,
    Check,
    any_are,
    checked,
    class_lines,
    document_of,
    locked,
    text_of,
    values_of,
    write,
)
from dalt.core.settings.settings import Settings

LONGEST_GUIDELINE = 100_000
LONGEST_DESCRIPTION = 10_000
CHANGEABLE = ("name", "key", "colour", "description", "group")
"""What can be changed of a class."""
Values = Mapping[str, Any]
Written = tuple[str, Values | None]
"""A text of the file, and its values where they are known."""


def add_class(folder: Path, given: ClassLike, check: Check = any_are) -> Settings:
    """Append a class to ``project.toml``; other content stays.

    Parameters
    ----------
    folder : Path
    given : str, ClassSpec or mapping
    check : callable
        Refuses settings of the file that the open project does not take (`LiveSettings.check`).

    Raises
    ------
    BadSettings
        If the class conflicts with the others.
    """
    spec = class_spec(given)
    refuse_unfit([spec.name])
    refuse_unfit([spec.group], "group")

    def rewrite(text: str, values: Values, settings: Settings) -> Written:
        if spec.name in settings.class_set.former:
            now = settings.class_set.former[spec.name]
            raise BadSettings(
                f"{spec.name!r} is a former name of the class {now!r}, and its labels count "
                "for that; choose another name."
            )
        if spec.name in settings.class_names:
            raise BadSettings(f"There is a class {spec.name!r} already.")
        refuse_alike([spec.name], settings.class_names)
        made = with_defaults([*settings.classes, spec], settings.keys)[-1]
        if (longer := _appended(text, values, made)) is not None:
            return longer
        document = document_of(folder / FILE)
        entry = _entry_for(document)
        entry.update(entry_of(made))
        document["classes"].append(entry)
        return tomlkit.dumps(document), None

    return _rewritten(folder, rewrite, check)


def _appended(text: str, values: Values, spec: ClassSpec) -> Written | None:
    """The file with a class as its last lines, where classes are tables; else None."""
    if not text.endswith("\n"):
        text += "\n"
    longer = text + class_lines(spec)
    try:
        read = tomllib.loads(longer)
    except ValueError:  # they are a list in brackets, and no table may follow it
        return None
    expected = {**values, "classes": [*values["classes"], entry_of(spec)]}
    return (longer, read) if read == expected else None


def change_key(
    folder: Path, key: str, *, action: str = "", class_name: str = "", check: Check = any_are
) -> Settings:
    """Give an action of the page, or a class, another key in ``project.toml``.

    Parameters
    ----------
    folder : Path
    key : str
        One character in lower case; for an action also "Enter" or "Space".
    action, class_name : str
        One of the two.
    check : callable
        As for `add_class`.

    Raises
    ------
    UnknownClass
        If there is no such class.
    BadSettings
        If the key or action is not valid, or the key is taken.
    """
    check_key(key)

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        what = class_name or action
        holders = {key: name for name, key in settings.action_keys.items()}
        holders |= {spec.key: spec.name for spec in settings.classes if spec.key}
        if holders.get(key, what) != what:
            raise BadSettings(f"The key {shown(key)} is taken: it is for {shown(holders[key])}.")
        if not class_name:
            if action not in ACTIONS:
                raise BadSettings(f"There is no action {shown(action)}: it is one of {[*ACTIONS]}.")
            document.setdefault("keys", tomlkit.table())[action] = key
            return
        if class_name not in settings.class_names:
            raise UnknownClass(class_name, settings.class_names)
        _table_at(document, settings.class_names.index(class_name))["key"] = key

    return _changed(folder, change, check)


def change_database(folder: Path, database: str) -> Settings:
    """Record in ``project.toml`` that the labels are in another database from now on."""

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        project: Any = document["project"]
        project["database"] = database

    return _changed(folder, change)


def set_guideline(
    folder: Path, text: str, *, was: str | None = None, check: Check = any_are
) -> Settings:
    """Write another guideline into ``project.toml``.

    Parameters
    ----------
    folder : Path
    text : str
    was : str, optional
        The guideline that it replaces; another one there is not written over.
    check : callable
        As for `add_class`.

    Raises
    ------
    BadSettings
        If the text is too long or is not valid Unicode.
    ChangedMeanwhile
        If the guideline is no longer `was`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST_GUIDELINE:
        raise BadSettings(
            f"A guideline has at most {LONGEST_GUIDELINE:,} characters, not {len(text):,}."
        )
    if "\0" in text or not is_unicode(text):
        raise BadSettings("A guideline is valid Unicode without NUL.")

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        if was is not None and settings.guideline != was:
            raise ChangedMeanwhile("Somebody else has changed the guideline meanwhile.")
        project: Any = document["project"]
        project["guideline"] = tomlkit.string(text, multiline="\n" in text)

    return _changed(folder, change, check)


def change_class(
    folder: Path,
    name: str,
    changes: Mapping[str, str],
    *,
    was: ClassSpec | None = None,
    check: Check = any_are,
) -> Settings:
    """Change what ``project.toml`` says of a class; all of it at once, or nothing.

    Parameters
    ----------
    folder : Path
    name : str
        The present name.
    changes : mapping of str to str
        From `CHANGEABLE`.  An empty key or colour lets DALT choose.
    was : ClassSpec, optional
        The class as it was when the changes were made; if it differs now, it is not written over.
    check : callable
        As for `add_class`.

    Raises
    ------
    UnknownClass
        If there is no such class.
    BadSettings
        If a change conflicts with the other classes, or is not valid.
    ChangedMeanwhile
        If the class is no longer `was`.
    """
    _check_changes(changes)

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        if name not in settings.class_names:
            if was is not None:
                raise ChangedMeanwhile(f"Somebody else has changed the class {name!r} meanwhile.")
            raise UnknownClass(name, settings.class_names)
        index = settings.class_names.index(name)
        spec = settings.classes[index]
        if was is not None and spec != was:
            raise ChangedMeanwhile(f"Somebody else has changed the class {name!r} meanwhile.")
        for other in settings.classes:
            if other.key and other.key == changes.get("key") and other != spec:
                raise BadSettings(
                    f"The key {shown(other.key)} is taken: it is for {shown(other.name)}."
                )
        new = changes.get("name", name)
        if new != name:
            _refuse_taken(settings, name, new)
            refuse_alike([new], [each for each in settings.class_names if each != name])
        _update(_table_at(document, index), spec, changes)

    return _changed(folder, change, check)


def _check_changes(changes: Mapping[str, str]) -> None:
    for what, value in changes.items():
        if what not in CHANGEABLE:
            raise BadSettings(f"Of a class {', '.join(CHANGEABLE)} can be changed, not {what}.")
        if not isinstance(value, str):
            raise BadSettings(f"The {what} of a class is text, not {shown(value)}.")
    if "name" in changes:
        refuse_unfit([changes["name"]])
    refuse_unfit([changes.get("group", "")], "group")
    if len(changes.get("description", "")) > LONGEST_DESCRIPTION:
        raise BadSettings(
            f"The description of a class has at most {LONGEST_DESCRIPTION:,} characters; a "
            "guideline has room for more."
        )
    if changes.get("key"):
        check_key(changes["key"])


def _update(entry: Any, spec: ClassSpec, changes: Mapping[str, str]) -> None:
    """Write the changes of a class into its table."""
    for what, value in changes.items():
        if value == getattr(spec, what):
            continue
        if value or what in ("name", "description"):
            entry[what] = tomlkit.string(value, multiline="\n" in value and _spreads(entry))
        else:
            entry.pop(what, None)
    new = changes.get("name", spec.name)
    if new != spec.name:
        entry["formerly"] = [name for name in (*spec.formerly, spec.name) if name != new]


def _spreads(entry: Any) -> bool:
    """Whether a table may have values of several lines."""
    return not isinstance(entry, tomlkit.items.InlineTable)


def remove_class(
    folder: Path,
    name: str,
    *,
    allow: Callable[[], object] = lambda: None,
    check: Check = any_are,
) -> Settings:
    """Take a class out of ``project.toml``; the others keep their keys and colours.

    Parameters
    ----------
    folder : Path
    name : str
    allow : callable
        Raises what speaks against it; called while nobody else can change the file.
    check : callable
        As for `add_class`.

    Raises
    ------
    UnknownClass
        If there is no such class.
    BadSettings
        If it is the only one.
    """

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        if name not in settings.class_names:
            raise UnknownClass(name, settings.class_names)
        if len(settings.classes) == 1:
            raise BadSettings(f"{shown(name)} is the only class: add another one first.")
        allow()
        _keep_looks(document, settings)
        classes: Any = document["classes"]
        del classes[settings.class_names.index(name)]

    return _changed(folder, change, check)


def order_classes(folder: Path, names: Sequence[str], *, check: Check = any_are) -> Settings:
    """Put the classes of ``project.toml`` in another order; keys and colours stay with them.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        All classes, in the new order.
    check : callable
        As for `add_class`.

    Raises
    ------
    BadSettings
        If these are not all the classes, each once.
    """

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        if sorted(names) != sorted(settings.class_names):
            raise BadSettings(
                "An order names every class once, and these are the classes: "
                f"{', '.join(settings.class_names)}."
            )
        if tuple(names) == settings.class_names:
            return
        _keep_looks(document, settings)
        order = [settings.class_names.index(name) for name in names]
        classes: Any = document["classes"]
        if isinstance(classes, tomlkit.items.AoT):
            tables = list(classes.body)
            document["classes"] = made = tomlkit.aot()
            for index in order:
                made.append(tables[index])
            return
        entries = list(classes)
        for place, index in enumerate(order):
            classes[place] = entries[index]

    return _changed(folder, change, check)


def _keep_looks(document: tomlkit.TOMLDocument, settings: Settings) -> None:
    """Write down the keys and colours that so far follow from the places of the classes."""
    for index, spec in enumerate(settings.classes):
        entry: Any = document["classes"][index]
        said = {} if isinstance(entry, str) else entry
        looks = {what: getattr(spec, what) for what in ("key", "colour") if not said.get(what)}
        if any(looks.values()):
            _table_at(document, index).update({what: look for what, look in looks.items() if look})


def _table_at(document: tomlkit.TOMLDocument, index: int) -> Any:
    """The entry of a class as a table, in the style of the file."""
    classes: Any = document["classes"]
    if isinstance(classes[index], str):
        entry = _entry_for(document)
        entry["name"] = str(classes[index])
        classes[index] = entry
    return classes[index]


def _refuse_taken(settings: Settings, old: str, new: str) -> None:
    """Refuse the name of another class."""
    if new != old and new in settings.class_names:
        raise BadSettings(
            f"There is a class {new!r} already. To make one class of both, remove {old!r} "
            f"from {FILE} and give {new!r} the line: formerly = [{old!r}]"
        )


def _entry_for(document: tomlkit.TOMLDocument) -> Any:
    """An empty class in the style of the file's other classes."""
    of_tables = isinstance(document["classes"], tomlkit.items.AoT)
    return tomlkit.table() if of_tables else tomlkit.inline_table()


def _changed(
    folder: Path,
    change: Callable[[tomlkit.TOMLDocument, Settings], None],
    check: Check = any_are,
) -> Settings:
    """Change what the file says; comments and everything else stay."""

    def rewrite(text: str, values: Values, settings: Settings) -> Written:
        document = document_of(folder / FILE)
        change(document, settings)
        return tomlkit.dumps(document), None

    return _rewritten(folder, rewrite, check)


def _rewritten(
    folder: Path,
    rewrite: Callable[[str, Values, Settings], Written],
    check: Check = any_are,
) -> Settings:
    """Write another text of the file under a lock, so no concurrent change is lost."""
    path = folder / FILE
    with locked(folder):
        before = text_of(path)
        values = values_of(path, before)
        found = checked(path, values)
        check(found)
        text, new = rewrite(before, values, found)
        try:
            made = checked(path, values_of(path, text) if new is None else new)
        except BadSettings as error:  # the change is at fault, not the file
            raise BadSettings(str(error).removeprefix(f"{path}: ")) from None
        write(path, text)
        return made
