"""What a card tells, made up around texts of users."""

from __future__ import annotations

from dalt.study.card.facts import ClassFacts, Facts, Log, Mark, PersonFacts, Pool, Task

MARK = Mark(3, "ab" * 32, "cd" * 32)


def facts_of(name: str = "pets", said: str = "", classes: tuple[str, ...] = ("cat",)) -> Facts:
    """Facts with a name, a guideline that is each class's description too, and classes."""
    return Facts(
        task=Task(name, "text", "classes", False, said, "cover", 0.1, 0.05, 0.05, 1),
        pool=Pool(4, 3, 0, 0, 0, ((f"files in {name}/", 4),)),
        classes=tuple(ClassFacts(each, said, (name,), 1, 1) for each in classes),
        people=(PersonFacts(name, 3, 0, 4.5, None, None, None),),
        named=True,
        agreement=(),
        human=(),
        model=(),
        certificate=None,
        log=Log((("uniform", 3),), 3, 0, 0, 0, 0, None, None),
        studies=(),
        versions=(("DALT", "1"),),
        mark=MARK,
    )
