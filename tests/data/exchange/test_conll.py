"""CoNLL in and out: every scheme of tags, other people's columns, and texts known by tokens."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from spacy.training.converters import conll_ner_to_docs

import dalt
from dalt.core.records import BadInput, ClassSet, Region, Suggestion
from dalt.core.user_warnings import Uncertain
from dalt.data.exchange.tags import spans_of, style_of
from dalt.data.formats import Imported, Item, Reading, Unusable, found_format, read_any

CLASSES = ClassSet(("PER", "ORG", "LOC", "MISC"), shape="span")
EU = "EU rejects German call to boycott British lamb."
CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
German JJ I-NP I-MISC
call NN I-NP O
to TO I-VP O
boycott VB I-VP O
British JJ I-NP I-MISC
lamb NN I-NP O
. . O O
"""
Make = Callable[[list[str]], dalt.Project]


def items(path: Path, content: str, reading: Reading | None = None) -> list[Item]:
    path.write_text(content, "utf-8")
    return list(read_any(path, None, CLASSES, reading))


def spans(item: Item) -> list[tuple[str, str]]:
    assert isinstance(item, Imported) and item.text is not None
    assert all(item.text[each["start"] : each["end"]] == each["text"] for each in item.label)
    return [(each["text"], each["label"]) for each in item.label]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[dalt.Project] = []

    def new(texts: list[str]) -> dalt.Project:
        names = list(CLASSES.names)
        folder = tmp_path / f"{len(made)}.dalt"
        project = dalt.Project.create(folder, classes=names, task="spans")
        project.add_texts(texts, progress=False)
        made.append(project)
        return project

    yield new
    for project in made:
        project.close()


def marked(project: dalt.Project) -> dict[str, list[tuple[str, str]]]:
    found = {}
    for row in project.labels().to_dict("records"):
        sample = project.workspace.store.samples.get(str(row["sample_id"]))
        text = str(project.workspace.files.load(sample))
        found[text] = [(text[each["start"] : each["end"]], each["label"]) for each in row["label"]]
    return found


# --- schemes ------------------------------------------------------------------------------------

SCHEMES = {
    "IOB1": "I-PER I-PER B-PER O I-ORG",
    "IOB2": "B-PER I-PER B-PER O B-ORG",
    "IOE1": "I-PER E-PER I-PER O I-ORG",
    "IOE2": "I-PER E-PER E-PER O E-ORG",
    "BIOES": "B-PER E-PER S-PER O S-ORG",
    "BILOU": "B-PER L-PER U-PER O U-ORG",
    "BMEWO": "B-PER E-PER W-PER O W-ORG",
    "suffixes": "PER-B PER-I PER-B O ORG-B",
    "underscores": "B_PER I_PER B_PER O B_ORG",
    "brackets": "(PER* *) (PER) * (ORG)",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_means_the_same_spans(scheme: str) -> None:
    tags = SCHEMES[scheme].split()
    style = style_of(set(tags))
    assert style is not None
    assert spans_of(tags, style) == [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "ORG")]


def test_a_class_may_have_the_mark_between_its_words() -> None:
    assert spans_of(["B-event-other", "I-event-other"], "before") == [(0, 2, "event-other")]


# --- columns ------------------------------------------------------------------------------------


def test_conll_2003_is_read_by_its_last_column(tmp_path: Path) -> None:
    (item,) = items(tmp_path / "eng.testa", CONLL_2003)
    assert spans(item) == [("EU", "ORG"), ("German", "MISC"), ("British", "MISC")]
    assert item.where == "Line 3"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("two columns and tabs", "Kim\tB-PER\nsaid\tO\n\t\nno\tO\n"),
        ("CoNLL-U Plus", "# global.columns = ID FORM NER\n# text = Kim said\n1\tKim\tB-PER\n"
         "2\tsaid\tO\n\n1\tno\tO\n"),
        ("GermEval", "#\thttp://a.b [2009]\n1\tKim\tB-PER\tO\n2\tsaid\tO\tO\n\n1\tno\tO\tO\n"),
        ("MultiCoNER", "# id 52-ab\tdomain=train\nKim _ _ B-PER\nsaid _ _ O\n\n"
         "# id 53\tdomain=train\nno _ _ O\n"),
        ("Label Studio", "-DOCSTART- -X- O\nKim -X- _ B-PER\nsaid -X- _ O\n\nno -X- _ O\n"),
        ("CoNLL-U", "# sent_id = 1\n# text = Kim said\n1-2\tKimsaid" + "\t_" * 8 + "\n"
         "1\tKim" + "\t_" * 7 + "\tNER=B-PER|SpaceAfter=Yes\n2\tsaid" + "\t_" * 8 + "\n\n"
         "1\tno" + "\t_" * 8 + "\n"),
        ("CoNLL-2012", "#begin document (a); part 000\n"
         + "".join(f"a 0 {n} {word} NN * - - - - {tag} -\n" for n, word, tag in
                   [(0, "Kim", "(PER)"), (1, "said", "*")])
         + "\na 0 0 no NN * - - - - * -\n#end document\n"),
        ("a sentence a line", "Kim|NNP|B-PER said|VBD|O\nno|DT|O\n"),
        ("Windows", "\ufeffKim B-PER\r\nsaid O\r\n\r\nno O\r\n"),
    ],
)  # fmt: skip
def test_columns_as_people_have_them(tmp_path: Path, name: str, content: str) -> None:
    first, second = items(tmp_path / "in.conll", content)
    assert spans(first) == [("Kim", "PER")]
    assert spans(second) == []
    assert isinstance(first, Imported) and first.text == "Kim said"


def test_a_hash_can_be_a_token(tmp_path: Path) -> None:
    (item,) = items(tmp_path / "in.conll", "# O\n1 O\n\n# O\nKim B-PER\n")[1:]
    assert isinstance(item, Imported) and item.text == "# Kim"


def test_nested_tags_are_left_out_by_name_and_can_be_chosen(tmp_path: Path) -> None:
    content = "1\tU\tB-ORG\tO\n2\tof\tI-ORG\tO\n3\tRome\tI-ORG\tB-LOC\n"
    (item,) = items(tmp_path / "in.conll", content)
    assert spans(item) == [("U of Rome", "ORG")]
    assert isinstance(item, Imported) and "tags of column 4" in item.left_out[0]
    (item,) = items(tmp_path / "in.conll", content, Reading(label="4"))
    assert spans(item) == [("Rome", "LOC")]
    with pytest.raises(BadInput, match="has no column '9' of tags"):
        items(tmp_path / "in.conll", content, Reading(label="9"))


def test_a_short_line_spoils_its_sentence_only(tmp_path: Path) -> None:
    first, second = items(tmp_path / "in.conll", "Kim B-PER\nsaid\n\nno O\n")
    assert first == Unusable("Line 2", "has 1 columns; the tag is in column 2")
    assert isinstance(second, Imported)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("in.conll", b"\n\n", "holds no lines with tokens and tags"),
        ("in.conll", b"Kim NN\nsaid VB\n", "has no column of tags"),
        ("in.conll", b"\xff\xfeK\x00i\x00m", "damaged"),
    ],
)
def test_files_without_tags_are_one_line(
    tmp_path: Path, name: str, content: bytes, error: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=error):
        list(read_any(tmp_path / name, None, CLASSES))


@pytest.mark.parametrize(
    ("content", "encoding", "name"),
    [
        ("고양이 B-PER\n강아지 O\n", "cp949", "고양이"),
        ("Málaga B-LOC\nestá O\n", "latin-1", "Málaga"),
        ("Málaga B-LOC\nestá O\n", "utf-16", "Málaga"),
    ],
)
def test_older_encodings_are_recognised(
    tmp_path: Path, content: str, encoding: str, name: str
) -> None:
    (tmp_path / "in.conll").write_bytes(content.encode(encoding))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Uncertain)  # says what it took the encoding for
        (item,) = read_any(tmp_path / "in.conll", None, CLASSES)
    assert spans(item)[0][0] == name


def test_projects_of_classes_are_told_what_takes_spans(tmp_path: Path) -> None:
    (tmp_path / "in.conll").write_text("Kim B-PER\n")
    with pytest.raises(BadInput, match="a project with task='spans' takes them"):
        list(read_any(tmp_path / "in.conll", None, ClassSet(("PER",))))


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.txt", "Kim B-PER\nsaid O\n", "conll"),
        ("a.tsv", "Kim\tB-PER\nsaid\tO\n", "conll"),
        ("a.tsv", "text\tlabel\nKim\tPER\n", None),
        ("a.txt", "Kim said no.\nAnd left.\n", None),
    ],
)
def test_text_files_are_conll_if_their_lines_are(
    tmp_path: Path, name: str, content: str, format: str | None
) -> None:
    (tmp_path / name).write_text(content)
    try:
        found = found_format(tmp_path / name)
    except BadInput:
        found = None
    assert (found == "conll") == (format == "conll")


# --- samples ------------------------------------------------------------------------------------


def test_spaces_and_quotes_are_those_of_the_sample(tmp_path: Path, make: Make) -> None:
    texts = [EU, "He said “no” (twice)…", "I’m   K\u200bim & co.\n"]
    project = make(texts)
    (tmp_path / "in.conll").write_text(
        CONLL_2003
        + "\nHe . O O\nsaid . O O\n`` . O O\nno . O B-MISC\n'' . O O\n-LRB- . O B-ORG\n"
        + "twice . O I-ORG\n-RRB- . O I-ORG\n... . O O\n\n"
        + "I . O O\n'm . O O\nKim . O I-PER\n&amp; . O O\nco . O O\n. . O O\n"
    )
    assert project.import_labels(tmp_path / "in.conll") == 3
    assert marked(project) == {
        texts[0]: [("EU", "ORG"), ("German", "MISC"), ("British", "MISC")],
        texts[1]: [("no", "MISC"), ("(twice)", "ORG")],
        texts[2]: [("K\u200bim", "PER")],
    }


def test_sentences_that_make_up_one_text_are_one_label(tmp_path: Path, make: Make) -> None:
    text = "Peter Blackburn lives. In   Brussels.\n\nSo it is."
    project = make([text, "Peter Blackburn lives in Rome.", "It is."])
    (tmp_path / "in.conll").write_text(
        "Peter B-PER\nBlackburn I-PER\nlives O\n. O\n\nIn O\nBrussels B-LOC\n. O\n\n"
        "So O\nit O\nis O\n. O\n\nIt O\nis O\n. O\n"
    )
    assert project.import_labels(tmp_path / "in.conll") == 2
    assert marked(project) == {
        text: [("Peter Blackburn", "PER"), ("Brussels", "LOC")],
        "It is.": [],
    }


@pytest.mark.parametrize("gone", ["a bc", "ab c"])
def test_a_removed_text_is_not_looked_for(tmp_path: Path, make: Make, gone: str) -> None:
    texts = ["a bc", "ab c"]
    project = make(texts)
    ids = dict(zip(texts, project.samples().sample_id, strict=True))
    project.remove([ids[gone]])
    path = tmp_path / "in.conll"
    path.write_text("a B-PER\nbc O\n\na B-PER\nb O\nc O\n")
    assert project.import_labels(path) == 1
    project.remove([*project.samples().sample_id])
    with pytest.raises(BadInput, match="was removed from this project"):
        project.import_labels(path)


def test_texts_that_differ_in_spaces_only_are_told_apart_or_refused(
    tmp_path: Path, make: Make
) -> None:
    project = make(["a bc", "ab c", "x y"])
    path = tmp_path / "in.conll"
    path.write_text("a B-PER\nbc O\n")
    assert project.import_labels(path) == 1
    assert marked(project) == {"a bc": [("a", "PER")]}
    path.write_text("a O\nb O\nc O\n")
    with pytest.raises(BadInput, match="2 texts of this project, which differ only in spaces"):
        project.import_labels(path)


# --- out ----------------------------------------------------------------------------------------


def answer(project: dalt.Project, labels: list[list[Region]]) -> None:
    with project.session("ana") as session:
        for sample, label in zip(project.workspace.store.samples.all(), labels, strict=True):
            session.answer(sample.id, label, key=sample.id, suggestion=Suggestion())


def test_spacy_reads_what_goes_out(tmp_path: Path, make: Make) -> None:
    project = make([EU, "हिन्दी 3.5%"])
    org, part = Region("span", "ORG", start=0, end=2), Region("span", "LOC", start=12, end=14)
    answer(project, [[org, part], []])
    path = tmp_path / "out.conll"
    assert project.export(path) == 2
    first, second = conll_ner_to_docs(path.read_text("utf-8"), n_sents=0, no_print=True)
    assert [(str(each), each.label_) for each in first.ents] == [("EU", "ORG"), ("er", "LOC")]
    assert [str(token) for token in second] == ["हिन्दी", "3", ".", "5", "%"]
    assert project.export(path) == 2  # over its own


def test_what_has_no_room_is_refused(tmp_path: Path, make: Make) -> None:
    project = make([EU])
    answer(
        project, [[Region("span", "ORG", start=0, end=5), Region("span", "LOC", start=3, end=9)]]
    )
    with pytest.raises(BadInput, match=r"one tag a token; spans of sample .* overlap"):
        project.export(tmp_path / "out.conll")
    (tmp_path / "raw.conll").write_text(CONLL_2003)
    with pytest.raises(BadInput, match="was not written by an export"):
        project.export(tmp_path / "raw.conll")
    with dalt.Project.create(tmp_path / "c.dalt", classes=["a", "b"]) as other:
        other.add_texts([EU], progress=False)
        with pytest.raises(BadInput, match="conll holds spans of texts"):
            other.export(tmp_path / "out.conll")


def test_classes_of_several_words_come_back(tmp_path: Path) -> None:
    made: list[Any] = []
    for name in ("one", "other"):
        folder = tmp_path / f"{name}.dalt"
        project = dalt.Project.create(folder, classes=["first name"], task="spans")
        project.add_texts(["Kim said"], progress=False)
        made.append(project)
    answer(made[0], [[Region("span", "first name", start=0, end=3)]])
    made[0].export(tmp_path / "out.conll")
    assert made[1].import_labels(tmp_path / "out.conll") == 1
    assert marked(made[1]) == {"Kim said": [("Kim", "first name")]}
    for project in made:
        project.close()
