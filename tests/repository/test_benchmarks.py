"""Every benchmark says in its head how it is run, and can be run so."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = {
    "machine",
    "measuring",
    "paired",
    "peers",
    "plain_pages",
    "labelled_pools",
    "learner",
    "thresholds",
    "servers",
    "forgetful",
    "fuzz_calls",
    "fuzz_doors",
    "fuzz_inputs",
    "fuzz_target",
}
NAMES = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))
LINE = re.compile(r'^ {4}make bench RUN=(\S+)(?: OPTIONS="([^"]*)")?(?:  #.*)?$', re.MULTILINE)

# In one process that brings what most of them import; each script in a fork of its own, which
# ends where its options have been read.
RUNNER = """
import argparse, json, os, runpy, sys
import sklearn.linear_model, torch, playwright.sync_api, pandas, dalt.model, dalt.server.serve

read = argparse.ArgumentParser.parse_args

def end(*given, **named):
    read(*given, **named)
    os._exit(0)

argparse.ArgumentParser.parse_args = end
for script, options in json.load(sys.stdin):
    child = os.fork()
    if not child:
        sys.path[0] = os.path.dirname(script)
        sys.argv = [script, *options]
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as error:
            os._exit(int(error.code or 1))
        os._exit(1)  # it went on without reading any options
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        print("cannot be run:", os.path.basename(script), *options)
"""


def head(name: str) -> str:
    return (ROOT / "benchmarks" / f"{name}.py").read_text().split('"""')[1]


@pytest.mark.parametrize("name", sorted(set(NAMES) - SHARED))
def test_a_benchmark_says_how_it_is_run_and_tried(name: str) -> None:
    lines = LINE.findall(head(name))
    assert [run for run, _ in lines] == [name] * len(lines)
    assert lines[0][1] == "" and len(lines) > 1, "one line without options, one to try it"
    assert head(name).count(f"benchmarks/{name}.py") == 0, "make bench brings what it needs"


def test_what_benchmarks_share_is_no_benchmark() -> None:
    assert set(NAMES) >= SHARED
    assert not [name for name in sorted(SHARED) if LINE.search(head(name))]
    made = subprocess.run(["make", "-n", "bench"], cwd=ROOT, capture_output=True, text=True)
    run = set(re.findall(r"benchmarks/(\w+)\.py", made.stdout))
    assert run and not run & SHARED


@pytest.mark.slow
def test_every_line_names_a_script_and_options_that_it_takes() -> None:
    work = [
        (str(ROOT / "benchmarks" / f"{run}.py"), shlex.split(options))
        for name in NAMES
        for run, options in LINE.findall(head(name))
    ]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER], input=json.dumps(work), capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
