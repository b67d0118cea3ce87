// Runs scenarios with the unmodified official client.
//
// node driver.mjs <endpoint> <json|cbor|bare>
// Reads one request per line, {"scenario", "key"}, and answers each with one line:
// {"observed": …} with what the scenario returned, or {"failed": …} with its error.

import { createInterface } from "node:readline";
import { createClient } from "rivetkit/client";
import { scenarios } from "./scenarios/index.mjs";
import { describeError } from "./scenarios/support.mjs";

// The client logs to standard output, which carries answers here.
process.env.RIVET_LOG_LEVEL = "silent";

const SCENARIO_TIMEOUT_MS = 10_000;

const [endpoint, encoding] = process.argv.slice(2);
const newClient = (options) => createClient({ endpoint, encoding, ...options });
const client = newClient();
const world = { endpoint, encoding, newClient };

async function withinTime(promise) {
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no result within ${SCENARIO_TIMEOUT_MS} ms`)),
      SCENARIO_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

async function answer({ scenario, key }) {
  try {
    const run = scenarios.get(scenario);
    return { observed: await withinTime(run(client, key, world)) };
  } catch (error) {
    return { failed: { ...describeError(error), stack: error.stack } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
await client.dispose();
