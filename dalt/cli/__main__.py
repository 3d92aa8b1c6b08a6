"""``python -m dalt.cli``, for those without ``dalt`` on the path."""

from dalt.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
