"""Imported first by the process that serves the pages, to skip what it never uses.

Where ``rfc3987_syntax`` is installed, jsonschema compiles a grammar of internationalised addresses
when it is imported, which was two thirds of the start. No such addresses are checked here.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
