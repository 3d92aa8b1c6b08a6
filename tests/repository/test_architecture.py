"""What holds DALT together: who may import whom, and what no module does.

Who may import whom is said in pyproject.toml and checked by import-linter.  The other rules are
data; each is a function of one module's source.  All are shown to fail on what breaks them.
"""

import ast
import gc
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dalt
from dalt.core import records

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "dalt"

ONLY_IN = {
    "sqlalchemy": ("storage",),
    "sqlite3": ("storage",),
    "torch": (
        "learning.encoders",
        "learning.export",
        "learning.heads",
        "learning.training",
        "learning.tuning",
    ),
}
"""Folders that alone may import a library."""

NEVER = {"core": {"pandas", "scipy", "sklearn"}}
"""What a folder leaves to others: whoever starts imports it."""

REPLACING = {
    "core.files": "its home",
    "core.syncing": "what it waits for the disk with",
    "learning.tuning.autopytorch_worker": "runs where DALT is not installed",
    "learning.tuning.environment": "gigabytes under a lock, which are built anew if they are lost",
    "storage.migration": "databases, which SQLite itself writes durably",
}
"""Modules that may give a file or folder its final name, and why."""

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


def libraries_stay_in_their_folders(module: Module) -> Iterator[str]:
    for name, line in imports(module):
        library = name.split(".")[0]
        inside = any(f"{module.name}.".startswith(f"{each}.") for each in ONLY_IN.get(library, ()))
        refused = library in NEVER.get(module.name.split(".")[0], ())
        if refused or (library in ONLY_IN and not inside):
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


def files_are_replaced_in_one_place(module: Module) -> Iterator[str]:
    if module.name in REPLACING:
        return
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name = ast.unparse(node.func)
        # A path's method takes the new path alone: texts, times and frames are told more.
        path = node.func.attr in {"replace", "rename"} and len(node.args) == 1 and not node.keywords
        if name in {"os.replace", "os.rename", "os.fsync"} or path:
            yield f"{module.name}:{node.lineno} calls {name}: dalt.core.files does that"


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
    for each in ast.walk(module.tree):
        if isinstance(each, ast.Global):
            yield f"{module.name}:{each.lineno} changes the global {', '.join(each.names)}"
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
                yield target.id, target.lineno


Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [
    libraries_stay_in_their_folders,
    nothing_is_a_pickle,
    files_are_replaced_in_one_place,
    files_stay_short,
    constructors_know_their_arguments,
    nothing_global_changes,
]

OFFENDERS: list[tuple[Rule, str, str]] = [
    (libraries_stay_in_their_folders, "labeling.session", "def f():\n    import sqlite3"),
    (libraries_stay_in_their_folders, "project.project", "from sqlalchemy import select"),
    (libraries_stay_in_their_folders, "model", "import torch.nn"),
    (libraries_stay_in_their_folders, "learning.strategies.builtin", "import torch"),
    (libraries_stay_in_their_folders, "core.labels", "import pandas as pd"),
    (libraries_stay_in_their_folders, "storages", "import sqlalchemy"),
    (nothing_is_a_pickle, "model", "import joblib"),
    (nothing_is_a_pickle, "model", "def f(p):\n    return torch.load(p)"),
    (nothing_is_a_pickle, "model", "from torch import load"),
    (nothing_is_a_pickle, "features", "np.load(path, allow_pickle=True)"),
    (nothing_is_a_pickle, "features", "np.load(path, allow_pickle=flag)"),
    (files_are_replaced_in_one_place, "features", "os.replace(part, path)"),
    (files_are_replaced_in_one_place, "features", "part.replace(path)"),
    (files_are_replaced_in_one_place, "features", "part.rename(folder / name)"),
    (files_are_replaced_in_one_place, "features", "os.fsync(file.fileno())"),
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
    "labeling.session",
    """
from dalt.core import records
from dalt.learning.training.trainer import Trainer
from .context import SessionContext
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


# --- who may import whom: the contracts of pyproject.toml ----------------------------------------

UPWARDS = [
    ("floors", "storage/store.py", "import dalt.labeling.session"),
    ("floors", "storage/store.py", "def f():\n    from dalt.data.sources import SampleFiles"),
    ("floors", "core/records.py", "if TYPE_CHECKING:\n    from dalt.model import Pool"),
    ("floors", "labeling/session.py", "from dalt.widgets import LabelPage"),
    ("floors", "helpers.py", "import os"),  # it has no floor
    ("learning", "learning/encoders/image.py", "from ..heads import blend"),
    ("circles", "core/errors.py", "def f():\n    from dalt.core import records"),
    ("circles", "labeling/quality/votes.py", "from dalt.labeling import adjudicating"),
    ("sessions", "labeling/session.py", "from dalt.learning.strategies import margin"),
    ("sources", "suggesters/function.py", "from dalt.storage.store import Store"),
    ("model-server", "server/rest/app.py", "from dalt.project.project import Project"),
]


def lint_imports(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the contracts on the package that lies in a folder."""
    script = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            str(ROOT / "pyproject.toml"),
            "--no-logo",
            "--no-cache",
            *options,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_folders_import_downwards_and_in_no_circle() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copied")
    for path in PACKAGE.rglob("*.py"):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


@pytest.mark.parametrize(("contract", "name", "line"), UPWARDS)
def test_a_contract_sees_an_offender(copied: Path, contract: str, name: str, line: str) -> None:
    path = copied / "dalt" / name
    before = path.read_text("utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", "utf-8")
    try:
        done = lint_imports(copied, "--contract", contract)
    finally:
        path.write_text(before, "utf-8") if before is not None else path.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "not listed" in done.stdout, done.stdout + done.stderr


def test_design_shows_the_same_floors() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (layers,) = (each["layers"] for each in settings["contracts"] if each["id"] == "floors")
    floors = {
        name: floor
        for floor, names in enumerate(reversed(layers))
        for name in re.findall(r"\w+", names)
    }
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)(?:/|\.py)` \| (planned:)?", text, re.MULTILINE)
    assert {name: int(floor) for floor, name, _ in rows} == floors
    there = {path.stem for path in PACKAGE.iterdir()}
    assert {name for _, name, planned in rows if not planned} == floors.keys() & there


def test_the_package_shows_few_entries() -> None:
    shown = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len(shown) <= 18, sorted(shown)


# --- what importing costs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "import dalt",
        "import dalt.data.sources",
        "import dalt.model",
        "import dalt.storage.store",
        "import dalt.labeling.session",
        "import dalt.suggesters",
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
    assert set(dalt.__all__) == errors | {"Project", "__version__", "backup", "check", "restore"}
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
    files = [path for path in (PACKAGE / "page" / "static").rglob("*") if path.is_file()]
    static = {f"dalt/{path.relative_to(PACKAGE).as_posix()}" for path in files}
    assert {"dalt/page/static/built/page.js", "dalt/page/static/built/style.css"} <= static
    assert static | {"dalt/py.typed", "dalt/notebooks/label.ipynb"} <= names
    assert "dalt/notebooks/review.ipynb" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "frontend/"))]


def test_no_two_modules_of_tests_share_a_name() -> None:
    """They are imported by their names alone, whatever folder they lie in."""
    places = [ROOT / name for name in ("tests", "scripts", "benchmarks")]
    names = [path.stem for place in places for path in place.rglob("*.py")]
    twice = {name for name, n in Counter(names).items() if n > 1}
    assert twice <= {"conftest"}


def test_nothing_is_imported_from_conftest() -> None:
    """There are several, and which of them it is depends on what is run."""
    found = [
        path.name
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"^ *from conftest import", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert found == []
