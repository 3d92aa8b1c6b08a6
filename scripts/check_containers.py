"""Do what `docker compose up` does with this repository, without an engine.

    scripts/check_containers.py COMMAND_THAT_READS_COMPOSE_FILES

Builds the image, starts the services in their order, waits for their health checks, and labels in a
browser through all of them; then does what docs/deployment.md says of one's own data.  As root,
since the image's user is another one.  DALT_CHROMIUM and DALT_POSTGRES as for the tests,
TORCH_INDEX as in the Makefile.  boxes.py says what is not shown.
"""

from __future__ import annotations

import json
import os
import re
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

import numpy as np
import PIL.Image
import psycopg
import yaml
from boxes import Box, Image, Service, build, context_of

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "browser")]

from chromium import chromium  # noqa: E402
from cluster import Cluster, find_binaries  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

STAYING = ("web", "api", "trainer")
SECRETS = ("POSTGRES_PASSWORD", "DALT_PAGE_TOKEN", "DALT_MODEL_TOKEN")
PASSWORD = "long enough to be taken"
N_PHOTOS = 30
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
        made = {name: secrets.token_hex(16) for name in SECRETS}
        config = resolved(reads_compose, work, made)
        own = resolved(reads_compose, work, made | own_data()[1] | {"DALT_DATA": photos(work)})
        args = {k: v or "" for k, v in config["services"]["web"]["build"]["args"].items()}
        context = context_of(ROOT, work / "context")
        image = build(ROOT / "Dockerfile", context, work, args)
        size = subprocess.run(["du", "-sh", image.root], capture_output=True, text=True).stdout
        print(f"== the image, without Debian and Python: {size.split()[0]}", flush=True)
        told = {"config": config, "own": own, "image": vars(image) | {"root": str(image.root)}}
        (work / "told.json").write_text(json.dumps(told))
        # With no network but its own loopback, where all ports are free.
        again = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"]
        subprocess.run([*again, sys.executable, __file__, "--inside", str(work)], check=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def resolved(reads_compose: str, work: Path, settings: dict[str, str]) -> dict[str, Any]:
    """compose.yaml as an engine would get it; it is refused there if it is not valid."""
    (work / "env").touch()  # instead of the .env of who develops here
    command = [*shlex.split(reads_compose), "--env-file", str(work / "env")]
    command += ["--file", str(ROOT / "compose.yaml"), "config"]
    without = subprocess.run(command, capture_output=True, text=True, env=_environment({}))
    assert "put it into .env" in without.stderr, "it goes without secrets"
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=_environment(settings)
    )
    print("== compose.yaml is valid", flush=True)
    return yaml.safe_load(done.stdout)


def own_data() -> tuple[list[str], dict[str, str]]:
    """What docs/deployment.md has people run and set for data of their own."""
    text = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    steps = text.partition("Your own data")[2].partition("```console\n")[2].partition("```")[0]
    commands = re.findall(r"^docker compose run --rm setup (.*)", steps, re.MULTILINE)
    settings = dict(re.findall(r"^echo '(\w+)=(.*)' >> \.env", steps, re.MULTILINE))
    assert commands and settings, "docs/deployment.md says nothing of one's own data"
    return commands, settings


def photos(work: Path) -> str:
    """A folder of pictures that belongs to somebody else than the image's user."""
    folder = work / "photos"
    folder.mkdir()
    for number in range(N_PHOTOS):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
        pixels[..., number % 2] = 0
        PIL.Image.fromarray(pixels).save(folder / f"{number}.png")
    return str(folder)


def _environment(more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DALT_")}
    for name in SECRETS:
        kept.pop(name, None)
    return kept | more


# --- the services -----------------------------------------------------------------------------


def inside(work: Path) -> None:
    """Start all services, and use them."""
    told = json.loads((work / "told.json").read_text())
    image = Image(**told["image"] | {"root": Path(told["image"]["root"])})
    demo, own = told["config"]["services"], told["own"]["services"]
    env = demo["web"]["environment"]
    services: dict[str, Service] = {}
    with ExitStack() as stack:
        try:
            start(services, demo, image, work, stack)
            use(services, env, demo["db"]["environment"]["POSTGRES_PASSWORD"])
            stop(services)
            for command in own_data()[0]:
                print(f"== setup: {command}", flush=True)
                _service("setup", own["setup"], image, work).run(command, f"{PASSWORD}\n")
            start(services, {name: own[name] for name in STAYING}, image, work, stack)
            use_own(env["DALT_MODEL_TOKEN"])
            stop(services)
        except BaseException:
            for service in services.values():
                print(f"== {service.name} said\n{service.said}", file=sys.stderr)
            raise
    print("== all services ended in order", flush=True)


def stop(services: dict[str, Service]) -> None:
    """End what stays but the database, in order."""
    for name in STAYING:
        code = services[name].stop()
        assert code == 0, f"{name} ended with {code}:\n{services[name].said}"


def start(
    services: dict[str, Service],
    names: dict[str, Any],
    image: Image,
    work: Path,
    stack: ExitStack,
) -> None:
    """Start what can be started, as soon as what it depends on is what it has to be."""
    waiting = dict(names)
    for name in names:
        services.pop(name, None)
    while waiting:
        ready = [n for n in waiting if set(waiting[n].get("depends_on", {})) <= set(services)]
        assert ready, f"{sorted(waiting)} wait for one another"
        for name in ready:
            own = waiting.pop(name)
            for other, wanted in own.get("depends_on", {}).items():
                services[other].wait_for(wanted["condition"])
            print(f"== {name}: {own['command']}", flush=True)
            service = _service(name, own, image, work)
            services[name] = service
            stack.callback(service.kill)
            if name == "db":
                _start_database(own["environment"], service, stack)
            else:
                service.start()
    for name in names:
        if "healthcheck" in names[name]:
            services[name].wait_for("service_healthy")
            print(f"== {name} is healthy", flush=True)


def _service(name: str, own: dict[str, Any], image: Image, work: Path) -> Service:
    hosts = work / "hosts"
    hosts.write_text("127.0.0.1 localhost db setup trainer api web\n")
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
    assert cluster.process is not None
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
        expect(page.locator('[data-dalt="progress"]')).to_contain_text("learned", timeout=60_000)
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


def use_own(token: str) -> None:
    """Log in by password, and label one's own pictures."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(WEB)
        page.fill("input[name=name]", "ana")
        page.fill("input[name=secret]", PASSWORD)
        page.get_by_role("button").click()
        label(page, range(4), 2)
    until(
        lambda: ask("/v1/model", token),
        lambda got: got[0] == 200 and got[1]["labels_read"] == 4,
    )
    model = ask("/v1/model", token)[1]
    assert model["classes"] == ["cat", "dog"], model
    print("== one's own pictures, labelled and learned", flush=True)


def label(page: Page, numbers: range, n_classes: int = 10) -> None:
    """Answer with the likeliest class, and wait until that is acknowledged."""
    root = page.locator('[data-dalt="page"]')
    for number in numbers:
        expect(root).to_have_attribute("data-state", "ready", timeout=90_000)
        page.locator('[data-dalt="class"]').nth(number % n_classes).click()
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
