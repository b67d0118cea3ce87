// Shows a live counter of @rivetkit/react in a real browser and says what is seen.
//
// node drive.mjs <endpoint> <encoding> <browser> <folder for its profile>
// Prints one line of JSON: {"observed": …}, or {"failed": …} with the error.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { createClient } from "rivetkit/client";

// The client logs to standard output, which carries the answer here.
process.env.RIVET_LOG_LEVEL = "silent";

const [endpoint, encoding, executablePath, profile] = process.argv.slice(2);
const key = `react-${encoding}`;
const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page.jsx", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"', global: "globalThis" },
    logLevel: "error",
  });
  return outputFiles[0].text;
}

function serve(script) {
  const html = '<!doctype html><main></main><script type="module" src="/page.js"></script>';
  const server = createServer(({ url }, response) => {
    const isScript = url === "/page.js";
    const type = isScript ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` });
    response.end(isScript ? script : html);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function shows(page, selector, text) {
  await page
    .locator(selector)
    .filter({ hasText: new RegExp(`^${text}$`) })
    .waitFor();
  return text;
}

async function watch(page) {
  const counter = createClient({ endpoint }).counter.getOrCreate([key]);
  const observed = {};
  observed.status = await shows(page, "#first em", "connected");
  await shows(page, "#second em", "connected");
  // The page and this call; both views share one connection.
  observed.members = await counter["members.count"]();
  await counter.increment(1);
  observed.ofOthers = [
    await shows(page, "#first output", "1"),
    await shows(page, "#second output", "1"),
  ];
  await page.locator("#first button").click();
  observed.own = await shows(page, "#second output", "11");
  await counter.disconnectAll();
  while ((await counter["members.count"]()) < 2) await page.waitForTimeout(20);
  await shows(page, "#first em", "connected");
  await counter.increment(1);
  observed.afterReconnect = await shows(page, "#first output", "12");
  await page.locator("#toggle").click();
  observed.disabled = await shows(page, "#first em", "idle");
  while ((await counter["members.count"]()) > 1) await page.waitForTimeout(20);
  await page.locator("#toggle").click();
  observed.enabled = await shows(page, "#first em", "connected");
  return observed;
}

async function main() {
  const server = await serve(await bundle());
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: SWITCHES,
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    const query = new URLSearchParams({ endpoint, encoding, key });
    await page.goto(`http://127.0.0.1:${server.address().port}/?${query}`);
    return { observed: { ...(await watch(page)), errors } };
  } catch (error) {
    return { failed: String(error) };
  } finally {
    await context.close();
    server.close();
  }
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
process.exit(0);
