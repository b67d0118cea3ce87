// Runs every case against the fixture actors with the unmodified official client.
//
// node driver.mjs <endpoint> <json|cbor|bare>
// Cases run side by side, each with keys of its own. Prints one line per case:
// {"case": name} when it passed, or {"case": name, "failed": text}.

import { createClient } from "rivetkit/client";
import { cases } from "./index.mjs";

const CASE_TIMEOUT_MS = 30_000;
const SIDE_BY_SIDE = 12;

// The client logs to standard output, which carries answers here.
process.env.RIVET_LOG_LEVEL = "silent";

const [endpoint, encoding] = process.argv.slice(2);

async function withinTime(promise) {
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no result within ${CASE_TIMEOUT_MS} ms`)),
      CASE_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

async function run(name, steps) {
  const newClient = (options) => createClient({ endpoint, encoding, ...options });
  const client = newClient();
  try {
    const key = `${name} ${crypto.randomUUID()}`.replaceAll(",", "");
    await withinTime(steps({ client, key, endpoint, encoding, newClient }));
    return { case: name };
  } catch (error) {
    return { case: name, failed: error.stack ?? String(error) };
  } finally {
    await client.dispose();
  }
}

const waiting = [...cases];

async function work() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    process.stdout.write(`${JSON.stringify(await run(...next))}\n`);
  }
}

await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
process.exit(0); // whatever a case left open
