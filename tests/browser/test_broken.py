"""Pictures that broke after they were added: nobody answers what nobody can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import check
from all_shown import ALL_SHOWN
from PIL import Image
from playwright.sync_api import Page, expect
from running_servers import Server
from sklearn.datasets import load_digits
from test_verify import Verifier, label_some, other_than
from waiting import until

import dalt


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Half of the pictures that nobody has labelled yet are broken, in two ways."""
    folder = tmp_path_factory.mktemp("broken")
    digits = load_digits(n_class=3)
    pixels, numbers = digits.images[:180], digits.target[:180]
    for n, each in enumerate(pixels):
        Image.fromarray((each * 15).astype("uint8")).save(folder / f"{n:03d}.png")
    with dalt.Project.create(
        folder / "d.dalt", classes=["0", "1", "2"], seed=0, settings=ALL_SHOWN
    ) as project:
        ids = project.add_images(folder, progress=False).ids
        project.add_embeddings(digits.data[:180], ids)
    truth = dict(zip(ids, map(str, numbers), strict=True))
    label_some(folder / "d.dalt", truth, 40)
    with dalt.Project.open(folder / "d.dalt") as project:
        labelled = set(project.labels().sample_id)
        paths = dict(zip(project.samples().sample_id, project.samples().source, strict=True))
    for n, sample_id in enumerate(each for each in ids if each not in labelled):
        path = folder / paths[sample_id]
        if n % 3 == 0:
            path.write_bytes(b"\x89PNG broken")
        elif n % 3 == 1 and n % 2:  # the header is right
            path.write_bytes(path.read_bytes()[:50] + bytes(120))
    server = serve(folder / "d.dalt")
    server.truth = truth
    return server


@pytest.fixture
def verifier(page: Page, server: Server) -> Iterator[Verifier]:
    page.goto(server.address)
    verifier = Verifier(page, server.store, server.truth)
    verifier.ready()
    yield verifier
    page.goto("about:blank")


def broken_ones(verifier: Verifier) -> list[str]:
    tiles = verifier.part("tile").filter(has_text="Cannot be shown")
    return [str(tile.get_attribute("data-sample-id")) for tile in tiles.all()]


@pytest.mark.slow
def test_a_page_leaves_out_what_is_broken_and_confirms_the_rest(verifier: Verifier) -> None:
    verifier.switch("verify")
    label, ids, broken = verifier.label_of_page, verifier.tiles(), broken_ones(verifier)
    assert 2 <= len(broken) < len(ids) - 2
    for sample_id in broken:
        expect(verifier.tile(sample_id)).to_have_attribute("data-said", "out")
    reasons = verifier.page.locator(".dalt-tile-view[title]").evaluate_all(
        "views => views.map((view) => view.title)"
    )
    assert len(reasons) == len(broken)
    assert all("can no longer be read" in why for why in reasons), reasons
    # Neither a click nor a class key answers for one.
    verifier.tile(broken[0]).click()
    verifier.press(other_than(label))
    verifier.press(label)
    verifier.press("Space")
    expect(verifier.tile(broken[0])).to_have_attribute("data-said", "out")
    expect(verifier.tile(broken[0]).get_by_role("button")).to_be_focused()
    check(verifier.page)
    verifier.confirm()
    verifier.expect_acknowledged(len(ids) - len(broken))
    recorded = verifier.events()
    assert recorded == [
        ("skip", each, None) if each in broken else ("label", each, label) for each in ids
    ]
    # Undone, redone and undone again it is the same page.
    for key in ("u", "Shift+U", "u"):
        verifier.press(key)
    until(lambda: len(verifier.events()) == 4 * len(ids), "not all of it is recorded")
    verifier.tile(ids[0]).wait_for()
    assert (verifier.tiles(), broken_ones(verifier)) == (ids, broken)
    assert verifier.events()[2 * len(ids) : 3 * len(ids)] == recorded


def test_what_is_broken_is_skipped_and_not_accepted(verifier: Verifier) -> None:
    stage = verifier.part("sample")
    while not stage.locator(".dalt-broken").count():
        verifier.label()
    before, sample_id = verifier.events(), verifier.sample
    expect(verifier.part("accept")).to_be_disabled()
    expect(verifier.part("accept")).to_contain_text("skip it")
    expect(verifier.part("class").first).to_be_disabled()
    check(verifier.page)
    for key in ("Enter", "1", "2"):
        verifier.press(key)
    verifier.press("s")
    expect(stage).not_to_have_attribute("data-sample-id", sample_id)
    until(lambda: len(verifier.events()) > len(before), "the skip is not recorded")
    assert verifier.events() == [*before, ("skip", sample_id, None)]
