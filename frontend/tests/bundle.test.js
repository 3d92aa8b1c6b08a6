// What browsers get is what the sources make.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { it } from "node:test";
import { bundled } from "../build.js";

const BUILT = new URL("../../dalt/page/static/built/", import.meta.url);

it("the bundle is up to date: `make page` builds it", async () => {
  const made = await bundled();
  assert.deepEqual((await readdir(BUILT)).sort(), made.map(({ path }) => basename(path)).sort());
  for (const { path, contents } of made) {
    const kept = await readFile(new URL(basename(path), BUILT), "utf8");
    assert.equal(kept === contents, true, `${basename(path)} is not what the sources make: run \`make page\``);
  }
});
