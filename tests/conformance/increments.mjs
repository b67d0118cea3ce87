// Increments counters with the unmodified official client until their server is gone.
//
// node increments.mjs
// Reads one request per line, {"endpoint", "encoding", "keys"}, and answers with two: one
// when every counter was incremented, and, once no counter can be reached any more, the
// last count that was returned for each. Every other one is called over a connection.

import { createInterface } from "node:readline";
import { createClient } from "rivetkit/client";

// The client logs to standard output, which carries answers here.
process.env.RIVET_LOG_LEVEL = "silent";

async function countUp(handle, answered, key) {
  try {
    for (;;) answered[key] = await handle.increment(1);
  } catch {
    // The server is gone: whether the last increment happened is not known.
  }
}

async function countUpOverConnection(handle, answered, key) {
  const connection = handle.connect();
  const gone = new Promise((resolve) => connection.onClose(resolve));
  await Promise.race([countUp(connection, answered, key), gone]);
  await connection.dispose();
}

async function answer({ endpoint, encoding, keys }) {
  const client = createClient({ endpoint, encoding });
  const answered = {};
  for (const key of keys) answered[key] = await client.counter.getOrCreate([key]).increment(1);
  process.stdout.write(`${JSON.stringify(answered)}\n`);
  const counting = keys.map((key, index) => {
    const handle = client.counter.getOrCreate([key]);
    const count = index % 2 ? countUpOverConnection : countUp;
    return count(handle, answered, key);
  });
  await Promise.all(counting);
  await client.dispose();
  return answered;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
