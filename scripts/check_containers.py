"""Do what `docker compose up` does with this repository, without an engine.

    scripts/check_containers.py COMMAND_THAT_READS_COMPOSE_FILES

Builds the image, starts the services in their order, waits for their health checks, and labels in a
browser through all of them.  As root, since the image's user is another one.  DALT_CHROMIUM and
DALT_POSTGRES as for the tests, TORCH_INDEX as in the Makefile.  boxes.py says what is not shown.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import yaml
from boxes import Box, Image, Service, build, context_of

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from chromium import chromium  # noqa: E402
from cluster import Cluster, find_binaries  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

SECRETS = ("POSTGRES_PASSWORD", "DALT_PAGE_TOKEN", "DALT_MODEL_TOKEN")
N_LABELS = 12
API, WEB = "http://127.0.0.1:8000", "http://127.0.0.1:8866"


def main(reads_compose: str) -> None:
    if os.getuid() != 0:
        raise SystemExit(
            "The check of the containers has to be run as root: it takes the image's user."
        )
    work = Path(tempfile.mkdtemp(prefix="dalt-"))
    try:
        work.chmod(0o755)  # for the image's user
        config = resolved(reads_compose)
        args = {k: v or "" for k, v in config["services"]["web"]["build"]["args"].items()}
        context = context_of(ROOT, work / "context")
        image = build(ROOT / "Dockerfile", context, work, args)
        size = subprocess.run(["du", "-sh", image.root], capture_output=True, text=True).stdout
        print(f"== the image, without Debian and Python: {size.split()[0]}", flush=True)
        (work / "told.json").write_text(
            json.dumps({"config": config, "image": vars(image) | {"root": str(image.root)}})
        )
        # With no network but its own loopback, where all ports are free.
        again = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"]
        subprocess.run([*again, sys.executable, __file__, "--inside", str(work)], check=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def resolved(reads_compose: str) -> dict[str, Any]:
    """compose.yaml as an engine would get it; it is refused there if it is not valid."""
    made = {name: secrets.token_hex(16) for name in SECRETS}
    command = [*shlex.split(reads_compose), "--file", str(ROOT / "compose.yaml"), "config"]
    without = subprocess.run(command, capture_output=True, text=True, env=_environment({}))
    assert "put it into .env" in without.stderr, "it goes without secrets"
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=_environment(made)
    )
    print("== compose.yaml is valid", flush=True)
    return yaml.safe_load(done.stdout)


def _environment(more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DALT_")}
    for name in SECRETS:
        kept.pop(name, None)
    return kept | more


# --- the services -----------------------------------------------------------------------------


def inside(work: Path) -> None:
    """Start all services, and use them."""
    told = json.loads((work / "told.json").read_text())
    config, image = told["config"], Image(**told["image"] | {"root": Path(told["image"]["root"])})
    with ExitStack() as stack:
        services = start(config, image, work, stack)
        env = config["services"]["web"]["environment"]
        try:
            use(services, env, config["services"]["db"]["environment"]["POSTGRES_PASSWORD"])
        except BaseException:
            for service in services.values():
                print(f"== {service.name} said\n{service.said}", file=sys.stderr)
            raise
        for name in ("web", "api", "trainer"):
            code = services[name].stop()
            assert code == 0, f"{name} ended with {code}:\n{services[name].said}"
    print("== all services ended in order", flush=True)


def start(config: dict[str, Any], image: Image, work: Path, stack: ExitStack) -> dict[str, Service]:
    """Start what can be started, as soon as what it depends on is what it has to be."""
    names = config["services"]
    hosts = work / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(names)}\n")
    services: dict[str, Service] = {}
    waiting = dict(names)
    while waiting:
        ready = [n for n in waiting if set(waiting[n].get("depends_on", {})) <= set(services)]
        assert ready, f"{sorted(waiting)} wait for one another"
        for name in ready:
            own = waiting.pop(name)
            for other, wanted in own.get("depends_on", {}).items():
                services[other].wait_for(wanted["condition"])
            print(f"== {name}: {own['command']}", flush=True)
            service = _service(name, own, image, work, hosts)
            services[name] = service
            stack.callback(service.kill)
            if name == "db":
                _start_database(own["environment"], service, stack)
            else:
                service.start()
    for name, service in services.items():
        if "healthcheck" in names[name]:
            service.wait_for("service_healthy")
            print(f"== {name} is healthy", flush=True)
    return services


def _service(name: str, own: dict[str, Any], image: Image, work: Path, hosts: Path) -> Service:
    log = work / f"{name}.log"
    if name == "db":
        programs = Image(image.root, {"PATH": f"{find_binaries()}:/usr/bin:/bin"})
        return Service(name, own, Box(image.root, hosts=hosts), programs, log)
    box = Box(image.root, hosts=hosts)
    for volume in own["volumes"]:
        source, where, *mode = volume.split(":")
        shared = box.shown if mode == ["ro"] else box.binds
        shared[where] = _volume(work / "volumes" / source, image.root / where.lstrip("/"))
    return Service(name, own, box, image, log)


def _volume(folder: Path, mounted_at: Path) -> Path:
    """A new volume is as the image has the folder, and its owner's."""
    mounted_at.mkdir(exist_ok=True)
    if not folder.exists():
        folder.mkdir(parents=True)
        status = mounted_at.stat()
        os.chown(folder, status.st_uid, status.st_gid)
    return folder


def _start_database(env: dict[str, str], service: Service, stack: ExitStack) -> None:
    """Stand in for the image of PostgreSQL: a real one of this machine, made as that would."""
    cluster = stack.enter_context(Cluster(port=5432, password=env["POSTGRES_PASSWORD"]))
    cluster.url(env["POSTGRES_DB"])
    service.adopt(cluster.process)


# --- what a team does with them -----------------------------------------------------------------


def use(services: dict[str, Service], env: dict[str, str], password: str) -> None:
    token = env["DALT_MODEL_TOKEN"]
    assert ask("/v1/model", "wrong")[0] == 401
    assert ask("/health", "")[0] == 200
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{WEB}/?token={env['DALT_PAGE_TOKEN']}")
        page.fill("input[name=name]", "ana")
        page.get_by_role("button").click()
        label(page, range(N_LABELS))
        until(
            lambda: ask("/v1/model", token),
            lambda got: got[0] == 200 and got[1]["labels_read"] == N_LABELS,
        )
        labels = ask("/v1/labels", token)[1]["labels"]
        assert [each["annotator"] for each in labels] == ["ana"] * N_LABELS
        print(f"== {N_LABELS} labels, in the database and learned", flush=True)
        expect(page.locator('[data-dalt="progress"]')).to_contain_text("Snapshot", timeout=60_000)
        assert services["api"].stop() == 0
        label(page, range(N_LABELS, N_LABELS + 5))  # by the last snapshot that the page has
        services["api"].start()
        services["api"].wait_for("service_healthy")
    total = N_LABELS + 5
    until(lambda: ask("/v1/model", token), lambda got: got[1]["labels_read"] == total)
    print(f"== {total} labels, the last of them while the model server was away", flush=True)
    with psycopg.connect(f"postgresql://dalt:{password}@127.0.0.1/dalt") as db:
        schemas = [row[0] for row in db.execute("SELECT nspname FROM pg_namespace").fetchall()]
    assert any(name.startswith("dalt") for name in schemas), schemas


def label(page: Page, numbers: range) -> None:
    """Answer with the likeliest class, and wait until that is acknowledged."""
    root = page.locator('[data-dalt="page"]')
    for number in numbers:
        expect(root).to_have_attribute("data-state", "ready", timeout=90_000)
        page.locator('[data-dalt="class"]').nth(number % 10).click()
        expect(root).to_have_attribute("data-acknowledged", str(number + 1), timeout=60_000)


def ask(path: str, token: str) -> tuple[int, Any]:
    request = urllib.request.Request(API + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def until(look: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not holds(found := look()):
        assert time.monotonic() < deadline, f"it stayed {found}"
        time.sleep(0.1)
    return found


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(Path(sys.argv[2]))
    else:
        main(sys.argv[1])
