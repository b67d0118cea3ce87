// Increments counters with the unmodified official client until their server is gone.
//
// node increments.mjs
// Reads one request per line, {"endpoint", "encoding", "keys"}, and answers with two: one
// when every counter was incremented, and, once no counter can be reached any more, the
// last count that was returned for each. Every other one is called over a connection.

import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "rivetkit/client";

// The client logs to standard output, which carries answers here.
process.env.RIVET_LOG_LEVEL = "silent";

const DISPOSAL_MS = 500;

function tell(answered) {
  process.stdout.write(`${JSON.stringify(answered)}\n`);
}

async function countUp(caller, answered, key) {
  try {
    for (;;) answered[key] = await caller.increment(1);
  } catch {
    // The server is gone: whether the last increment happened is not known.
  }
}

async function answer({ endpoint, encoding, keys }) {
  const client = createClient({ endpoint, encoding });
  const answered = {};
  const callers = keys.map((key, index) => {
    const handle = client.counter.getOrCreate([key]);
    return index % 2 ? handle.connect() : handle;
  });
  for (const [index, key] of keys.entries()) {
    answered[key] = await callers[index].increment(1);
  }
  tell(answered);
  const counting = keys.map((key, index) => {
    const work = countUp(callers[index], answered, key);
    if (index % 2 === 0) return work;
    // A connection would wait for the server to come back.
    const gone = new Promise((resolve) => callers[index].onClose(resolve));
    return Promise.race([work, gone]);
  });
  await Promise.all(counting);
  // Disposing of a connection that looks for its server may take for ever.
  await Promise.race([client.dispose(), delay(DISPOSAL_MS)]);
  tell(answered);
}

for await (const line of createInterface({ input: process.stdin })) {
  await answer(JSON.parse(line));
}
