// Join the page's modules and style sheets into what the kernel sends: node build.js
//
// The result is kept in the repository, so that who installs DALT needs no Node; a test fails
// where it is not what these sources make.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SOURCES = fileURLToPath(new URL("../dalt/static/", import.meta.url));

/** The files of the bundle: {path, contents}. */
export async function bundled() {
  const { outputFiles } = await build({
    absWorkingDir: SOURCES,
    entryPoints: { page: "page.js", style: "styles/index.css" },
    outdir: "built",
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext", // what is written is what browsers get
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return outputFiles;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, contents } of await bundled()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
}
