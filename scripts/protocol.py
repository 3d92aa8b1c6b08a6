"""Write what page and kernel say to each other for JavaScript, and as JSON Schema.

python scripts/protocol.py               into dalt/page/static/protocol/
python scripts/protocol.py --out FOLDER  elsewhere
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, get_args

import msgspec

from dalt.page.protocol.from_kernel import FromKernel
from dalt.page.protocol.from_page import FromPage
from dalt.page.protocol.owner import FromOwner, ToOwner

FOLDER = Path(__file__).resolve().parents[1] / "dalt" / "page" / "static" / "protocol"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/$defs/"
PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
HEAD = "// Written from dalt/page/protocol.py by `make protocol`.\n"


def schema() -> dict[str, Any]:
    """All messages as definitions, and the unions of them: of the labeling and the owner's page."""
    named = {"FromPage": FromPage, "FromKernel": FromKernel, "FromOwner": FromOwner}
    unions = {name: get_args(each) for name, each in {**named, "ToOwner": ToOwner}.items()}
    every = list(dict.fromkeys(each for messages in unions.values() for each in messages))
    _, components = msgspec.json.schema_components(every, ref_template=REFERENCE + "{name}")
    for name, messages in unions.items():
        components[name] = {"anyOf": [{"$ref": REFERENCE + each.__name__} for each in messages]}
    return {"$schema": DIALECT, "$defs": components}


def typescript(definitions: dict[str, Any]) -> str:
    """The same as declarations."""
    return HEAD + "".join(_declared(name, each) for name, each in definitions.items())


def _declared(name: str, definition: dict[str, Any]) -> str:
    told = " ".join(definition.get("description", "").split())
    doc = f"\n/** {told} */\n" if told else "\n"
    if "properties" not in definition:
        return f"{doc}export type {name} = {_type(definition)};\n"
    required = definition.get("required", ())
    lines = [
        f"  {key}{'' if key in required else '?'}: {_type(each)};\n"
        for key, each in definition["properties"].items()
    ]
    return f"{doc}export interface {name} {{\n{''.join(lines)}}}\n"


def _type(said: dict[str, Any]) -> str:
    """A type of JSON Schema, of those that messages have."""
    if "$ref" in said:
        return str(said["$ref"]).removeprefix(REFERENCE)
    if "anyOf" in said:
        return " | ".join(_type(each) for each in said["anyOf"])
    if "enum" in said:
        return " | ".join(json.dumps(each) for each in said["enum"])
    if said["type"] == "array":
        if "prefixItems" in said:
            return f"[{', '.join(_type(each) for each in said['prefixItems'])}]"
        return f"Array<{_type(said['items'])}>"
    if said["type"] == "object":
        return f"Record<string, {_type(said['additionalProperties'])}>"
    return PLAIN[said["type"]]


def files() -> dict[str, str]:
    """What is written, by the names of the files."""
    found = schema()
    return {
        "messages.d.ts": typescript(found["$defs"]),
        "messages.schema.json": _laid_out(found),
    }


def _laid_out(found: dict[str, Any]) -> str:
    """One definition a line: changes are to be read."""
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(each)}" for name, each in found["$defs"].items()
    )
    return f'{{"$schema": {json.dumps(found["$schema"])}, "$defs": {{\n{lines}\n}}}}\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER)
    for name, text in files().items():
        (parser.parse_args().out / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
