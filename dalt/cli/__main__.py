"""``python -m dalt.cli``, for whoever has no ``dalt`` on the path."""

from dalt.cli.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
