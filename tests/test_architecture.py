"""What holds DALT together: who may import whom, and what no room does.

The rules are data; each is a function of one module's source, so that every one of them is
shown to fail on a source that breaks it.
"""

import ast
import gc
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dalt
from dalt import records

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dalt"

FLOORS = {
    "__init__": 7,
    "__main__": 7,
    "cli": 6,
    "project": 5,
    "widgets": 4,
    "api": 4,
    "serve": 4,
    "study": 4,
    "session": 3,
    "prediction": 3,
    "trainer": 2,
    "frames": 2,
    "features": 1,
    "model": 1,
    "strategies": 1,
    "tuning": 1,
    "store": 1,
    "sources": 1,
    "formats": 1,
    "quality": 1,
    "verification": 1,
    "proposals": 1,
    "spans": 1,
    "regions": 1,
    "settings": 1,
    "demo": 1,
    "progress": 1,
    "records": 0,
    "rounding": 0,
    "signals": 0,
}
FOLDERS = {
    "commands": "cli",
    "configuration": "settings",
    "encoders": "features",
    "exchange": "formats",
    "heads": "model",
    "looking": "regions",
    "pages": "widgets",
    "projects": "project",
    "ratings": "quality",
    "readers": "sources",
    "reports": "frames",
    "rest": "api",
    "selection": "strategies",
    "serving": "serve",
    "sessions": "session",
    "storage": "store",
    "training": "trainer",
    "tuners": "tuning",
    "words": "records",
}
"""A room that outgrew its file goes on in a folder; a folder belongs to one room."""

ONLY_IN = {
    "sqlalchemy": {"store"},
    "sqlite3": {"store"},
    "torch": {"encoders", "heads", "trainer", "tuners"},
}
"""Modules or folders that alone may import a library."""

NEVER = {
    "session": {"dalt.strategies"},
    "api": {"dalt.trainer", "dalt.heads", "dalt.project", "sqlalchemy", "torch"},
    "records": {"pandas", "sklearn", "scipy"},
}
"""What a room leaves to others, though its floor would allow it."""

MAX_LINES = 500
PICKLES = {"pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
STATEFUL = {
    "Condition", "ContextVar", "Event", "Lock", "Queue", "RLock", "Semaphore", "SimpleQueue",
    "Thread", "ThreadPoolExecutor", "WeakKeyDictionary", "WeakSet", "WeakValueDictionary",
    "count", "cycle", "default_rng", "defaultdict", "deque", "local",
}  # fmt: skip
"""Calls that, at module level, make something that changes."""

MUTATORS = {
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
    "setdefault", "sort", "update",
}  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One module of the package: its dotted name without "dalt.", and its source."""

    name: str
    source: str

    @property
    def top(self) -> str:
        return self.name.split(".")[0]

    @property
    def room(self) -> str | None:
        room = FOLDERS.get(self.top, self.top)
        return room if room in FLOORS else None

    @property
    def tree(self) -> ast.Module:
        return parsed(self.source)


@cache
def parsed(source: str) -> ast.Module:
    """Parse a source, once for all rules.

    A garbage collection in the middle of it can raise SystemError in CPython 3.11
    (python/cpython issue 106905).
    """
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()


def modules() -> list[Module]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
        if len(parts) > 1 and parts[-1] == "__init__":
            parts.pop()
        found.append(Module(".".join(parts), path.read_text("utf-8")))
    return found


def imports(module: Module) -> Iterator[tuple[str, int]]:
    """Absolute dotted names of all that a module imports, inside functions as well."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                package = ["dalt", *module.name.split(".")][: -node.level or None]
                base = ".".join([*package, *filter(None, [node.module])])
            else:
                base = node.module or ""
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


# --- the rules: each yields what is wrong ---------------------------------------------------


def rooms_import_downwards(module: Module) -> Iterator[str]:
    if module.room is None:
        yield f"{module.name} belongs to no room"
        return
    for name, line in imports(module):
        if name in {"dalt", "dalt.__version__"} or name.split(".")[0] != "dalt":
            continue
        if name.startswith("dalt.pages.protocol."):  # the server lets through what it declares
            continue
        part = name.split(".")[1]
        other = FOLDERS.get(part, part)
        other = other if other in FLOORS else "__init__"  # `from dalt import Project`
        if other != module.room and FLOORS[other] >= FLOORS[module.room]:
            yield f"{module.name}:{line} imports {name}, which is not below it"


def libraries_stay_in_their_rooms(module: Module) -> Iterator[str]:
    never = NEVER.get(module.room or "", set())
    for name, line in imports(module):
        library = name.split(".")[0]
        if library in ONLY_IN and not {module.top, module.room} & ONLY_IN[library]:
            yield f"{module.name}:{line} imports {library}"
        if any(name == each or name.startswith(f"{each}.") for each in never):
            yield f"{module.name}:{line} imports {name}"


def nothing_is_a_pickle(module: Module) -> Iterator[str]:
    for name, line in imports(module):
        if name.split(".")[0] in PICKLES or name in {"torch.load", "torch.save"}:
            yield f"{module.name}:{line} imports {name}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        if ast.unparse(node.func) in {"torch.load", "torch.save", "pd.read_pickle"}:
            yield f"{module.name}:{node.lineno} calls {ast.unparse(node.func)}"
        for keyword in node.keywords:
            value = keyword.value
            refused = isinstance(value, ast.Constant) and value.value is False
            if keyword.arg == "allow_pickle" and not refused:
                yield f"{module.name}:{node.lineno} allows pickles"


def files_stay_short(module: Module) -> Iterator[str]:
    n_lines = module.source.count("\n")
    if n_lines >= MAX_LINES:
        yield f"{module.name} has {n_lines} lines"


def constructors_know_their_arguments(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        for method in node.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            decorators = {ast.unparse(each) for each in method.decorator_list}
            makes = method.name in {"__init__", "__new__"} or "classmethod" in decorators
            if makes and not method.name.startswith("_make") and method.args.kwarg:
                yield f"{module.name}.{node.name}.{method.name} swallows **{method.args.kwarg.arg}"


def nothing_global_changes(module: Module) -> Iterator[str]:
    names = set()
    for node in module.tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        made = {each.id for each in targets if isinstance(each, ast.Name)}
        names |= made
        if isinstance(node.value, ast.Call):
            function = ast.unparse(node.value.func).split(".")[-1]
            empty = function in {"dict", "list", "set"} and not node.value.args
            if function in STATEFUL or empty:
                yield f"{module.name}:{node.lineno} keeps a {function} in {', '.join(made)}"
        elements = getattr(node.value, "elts", getattr(node.value, "keys", None))
        if elements == [] and not isinstance(node.value, ast.Tuple):
            yield f"{module.name}:{node.lineno} keeps an empty container in {', '.join(made)}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            yield f"{module.name}:{node.lineno} changes the global {', '.join(node.names)}"
    yield from (f"{module.name}:{line} changes {name}" for name, line in _mutated(module, names))


def _mutated(module: Module, names: set[str]) -> Iterator[tuple[str, int]]:
    """Changes, inside functions, of module-level names that the function has no own of."""
    for function in ast.walk(module.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        nodes = list(ast.walk(function))
        own = {
            each.id
            for each in nodes
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        } | {each.arg for each in nodes if isinstance(each, ast.arg)}
        for node in nodes:
            target: ast.AST | None = None
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                target = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = node.func.value if node.func.attr in MUTATORS else None
            if isinstance(target, ast.Name) and target.id in names - own:
                yield target.id, node.lineno


Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [
    rooms_import_downwards,
    libraries_stay_in_their_rooms,
    nothing_is_a_pickle,
    files_stay_short,
    constructors_know_their_arguments,
    nothing_global_changes,
]

OFFENDERS: list[tuple[Rule, str, str]] = [
    (rooms_import_downwards, "store", "import dalt.session"),
    (rooms_import_downwards, "store", "from dalt import model"),
    (rooms_import_downwards, "store", "from dalt import Project"),
    (rooms_import_downwards, "store", "def f():\n    from dalt.sources import SampleFiles"),
    (rooms_import_downwards, "store", "from .model import Snapshot"),
    (rooms_import_downwards, "encoders.image", "from dalt.heads import spreading"),
    (rooms_import_downwards, "encoders.image", "from ..heads import spreading"),
    (rooms_import_downwards, "widgets", "from dalt.serve import serve"),
    (rooms_import_downwards, "helpers", "import os"),
    (libraries_stay_in_their_rooms, "session", "def f():\n    import sqlite3"),
    (libraries_stay_in_their_rooms, "project", "from sqlalchemy import select"),
    (libraries_stay_in_their_rooms, "model", "import torch.nn"),
    (libraries_stay_in_their_rooms, "session", "from dalt.strategies import margin"),
    (libraries_stay_in_their_rooms, "session", "from dalt import strategies"),
    (nothing_is_a_pickle, "model", "import joblib"),
    (nothing_is_a_pickle, "model", "def f(p):\n    return torch.load(p)"),
    (nothing_is_a_pickle, "model", "from torch import load"),
    (nothing_is_a_pickle, "features", "np.load(path, allow_pickle=True)"),
    (nothing_is_a_pickle, "features", "np.load(path, allow_pickle=flag)"),
    (files_stay_short, "model", "\n" * MAX_LINES),
    (constructors_know_their_arguments, "project", "class P:\n def __init__(self, **kw): ..."),
    (
        constructors_know_their_arguments,
        "project",
        "class P:\n @classmethod\n def create(cls, **options): ...",
    ),
    (nothing_global_changes, "model", "cache = {}"),
    (nothing_global_changes, "model", "cache: dict[str, int] = dict()"),
    (nothing_global_changes, "model", "lock = threading.Lock()"),
    (nothing_global_changes, "model", "n = 0\ndef f():\n    global n\n    n += 1"),
    (nothing_global_changes, "model", "seen = [1]\ndef f(x):\n    seen.append(x)"),
    (nothing_global_changes, "model", "known = {'a': 1}\ndef f(x):\n    known[x] = 2"),
]

GOOD = Module(
    "session",
    """
from dalt import __version__, records
from dalt.trainer import Trainer
from .store import Store
KEYS = ("a", "b")
NAMES = {"a": "b"}
def f(names):
    found = []
    found.append(NAMES["a"])
    np.load("x", allow_pickle=False)
class Session:
    def __init__(self, store, *, ahead=6): ...
    def format(self, **names): ...
""",
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_package_keeps_the_rule(rule: Rule) -> None:
    assert [problem for module in modules() for problem in rule(module)] == []


@pytest.mark.parametrize(("rule", "name", "source"), OFFENDERS)
def test_rule_sees_an_offender(rule: Rule, name: str, source: str) -> None:
    assert list(rule(Module(name, source)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_lets_good_code_pass(rule: Rule) -> None:
    assert list(rule(GOOD)) == []


def test_every_folder_belongs_to_a_room() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/*.py")}
    assert folders <= set(FOLDERS)


def test_design_shows_the_same_floors() -> None:
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d) \| `(\w+)\.py` \| (planned:)?", text, re.MULTILINE)
    assert {room: int(floor) for floor, room, _ in rows} == {
        room: floor for room, floor in FLOORS.items() if not room.startswith("__")
    }
    there = {room for _, room, _ in rows if (PACKAGE / f"{room}.py").exists()}
    assert there == {room for _, room, planned in rows if not planned}


# --- what importing costs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "import dalt",
        "import dalt.sources",
        "import dalt.model",
        "import dalt.store",
        "import dalt.session",
        "import dalt.widgets",
    ],
)
def test_import_is_light(statement: str) -> None:
    heavy = "{'torch', 'sklearn', 'pandas'}"
    script = f"import sys\n{statement}\nprint(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_public_names() -> None:
    errors = {
        name
        for name, value in vars(records).items()
        if isinstance(value, type) and issubclass(value, records.DaltError)
    }
    assert set(dalt.__all__) == errors | {"Project", "__version__"}
    assert all(hasattr(dalt, name) for name in dalt.__all__)
    assert set(dalt.__all__) <= set(dir(dalt))
    with pytest.raises(AttributeError, match="module 'dalt' has no attribute 'Projekt'"):
        dalt.__getattr__("Projekt")


# --- what is installed --------------------------------------------------------------------------


def lock() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def test_lock_meets_every_floor() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pins = lock()
    for requirement in map(Requirement, wanted):
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_lock_is_exact_and_knows_no_machine() -> None:
    for name, version in lock().items():
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert re.fullmatch(r"\d+(\.\w+)*", version), f"{name}=={version}"
    assert lock()["torch"] == "2.13.0"


def test_wheel_carries_page_and_notebook(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path]
    subprocess.run([*map(str, command), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in (PACKAGE / "static").rglob("*") if path.is_file()]
    static = {f"dalt/{path.relative_to(PACKAGE).as_posix()}" for path in files}
    assert {"dalt/static/built/page.js", "dalt/static/built/style.css"} <= static
    assert static | {"dalt/py.typed", "dalt/notebooks/label.ipynb"} <= names
    assert "dalt/notebooks/review.ipynb" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "frontend/"))]
