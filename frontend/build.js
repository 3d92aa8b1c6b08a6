// Join the page's modules and style sheets into what the kernel sends: node build.js
//
// The result is kept in the repository, so that who installs DALT needs no Node; a test fails
// where it is not what these sources make.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

/** @import { TransformOptions } from "esbuild" */

const SOURCES = fileURLToPath(new URL("../dalt/page/static/", import.meta.url));

/** @satisfies {TransformOptions} */
const AS_WRITTEN = /** @type {const} */ ({ target: "esnext", charset: "utf8", legalComments: "none" });

/** The files of the bundle: {path, contents}. */
export async function bundled() {
  const { outputFiles = [] } = await build({
    ...AS_WRITTEN,
    absWorkingDir: SOURCES,
    // The owner's page is a bundle of its own: labelers do not get it.
    entryPoints: {
      page: "page.js",
      style: "styles/index.css",
      client: "client/client.js",
      owner: "owner/page.js",
      "owner-style": "styles/owner.css",
    },
    outdir: "built",
    bundle: true,
    write: false,
    format: "esm",
    minifyWhitespace: true, // and with it all comments: half of the sources are types
    logLevel: "warning",
  });
  // Laid out again, for who reads it in a browser.
  return Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code } = await transform(text, { ...AS_WRITTEN, loader: path.endsWith(".css") ? "css" : "js" });
      return { path, contents: code };
    }),
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, contents } of await bundled()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
}
