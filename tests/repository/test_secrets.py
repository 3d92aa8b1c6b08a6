"""No secret is in the repository: neither what issuers print nor what a password is set to."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ISSUED = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})",
    "GitLab": r"\bglpat-[A-Za-z0-9_-]{20}",
    "PyPI": r"\bpypi-AgEIcHlwaS[A-Za-z0-9_-]{50,}",
    "npm": r"\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=\s*[A-Za-z0-9-]{20,}",
    "Slack": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Hugging Face": r"\bhf_[A-Za-z0-9]{34}\b",
    "OpenAI or Anthropic": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}",
    "Stripe": r"\b[rs]k_live_[0-9A-Za-z]{24,}",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "an address with a password": r"\b[a-z][a-z0-9+]*://[^\s/:@'\"{}<$]+:[^\s/@'\"{}<$]{8,}@[a-z0-9]",
}
"""Patterns of what has to be secret, by who issues it."""

ASSIGNED = re.compile(
    r"""(?:pass(?:word|wd)?|secret|token|api_?key)["']?\s*[:=]\s*["']([A-Za-z0-9+/_=-]{20,})["']""",
    re.IGNORECASE,
)
RANDOM_BITS = 3.7
"""Bits of each character, from which on a text is taken for random: words have fewer."""

MADE_UP = ("secret-0123456789", "0123456789abcdef0123", ":not-to-be-seen")
"""Parts of the tests' own."""

LOCKS = {"package-lock.json"}
"""Files full of hashes, which look like secrets and are none."""


def secrets_in(text: str) -> list[str]:
    """What in a text looks like a secret: who issues it, and its beginning."""
    found = [
        f"{issuer}: {match[0][:24]}…"
        for issuer, pattern in ISSUED.items()
        for match in re.finditer(pattern, text)
        if not _made_up(match[0])
    ]
    return found + [
        f"assigned: {match[1][:8]}…"
        for match in ASSIGNED.finditer(text)
        if _bits(match[1]) >= RANDOM_BITS and re.search(r"\d", match[1]) and not _made_up(match[1])
    ]


def _made_up(text: str) -> bool:
    return any(part in text for part in MADE_UP)


def _bits(text: str) -> float:
    """Shannon's entropy of a text's characters."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("this is no checkout of git")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_secret_is_in_the_repository() -> None:
    found = {}
    for path in tracked():
        if path.name in LOCKS or not path.is_file() or path.is_symlink():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # pictures and sounds
        if secrets := secrets_in(text):
            found[str(path.relative_to(ROOT))] = secrets
    assert not found


def test_no_file_of_secrets_is_tracked() -> None:
    names = {path.name for path in tracked()}
    assert not names & {".env", ".pypirc", ".netrc", "id_rsa", "id_ed25519", "credentials.json"}
    assert not [name for name in names if name.endswith((".pem", ".key", ".p12", ".pfx"))]


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + 36 * "a",
        "glpat-" + 20 * "x",
        "hf_" + 34 * "Q",
        "//registry.example.org/:_authToken=" + 36 * "b",
        "postgresql://dalt:" + "Tr0ub4dor@db/labels",
        'password = "' + 'q8Zr2mK0vX7tB4nL9wYc"',
        '"api_key": "' + 'aB3dE6gH9jK2mN5pQ8sT1vW4"',
    ],
)
def test_a_planted_secret_is_found(planted: str) -> None:
    assert secrets_in(f"x = 1\n{planted}\n")


@pytest.mark.parametrize(
    "harmless",
    [
        'token = "correct-horse-battery-staple"',
        "token: ${DALT_PAGE_TOKEN:?put it into .env}",
        "http://dalt:TOKEN@HOST:8000/label-studio",
        'password = "long enough to be taken"',
    ],
)
def test_examples_are_not(harmless: str) -> None:
    assert not secrets_in(harmless)
