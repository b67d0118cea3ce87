// Messages to queues, and waiting for their completion.

import { errorOf } from "./support.mjs";

export const scenarios = {
  async queueSend(client, key) {
    const worker = client.worker.getOrCreate([key]);
    const nothing = await worker.send("jobs", { n: 1 });
    const answer = await worker.send("jobs", { n: 2 }, { wait: true });
    return { nothing: nothing === undefined, answer, seen: await worker.seen() };
  },

  async queueOfConnection(client, key) {
    const connection = client.worker.getOrCreate([key]).connect();
    const answer = await connection.send("jobs", { n: 5 }, { wait: true, timeout: 5000 });
    await connection.dispose();
    return answer;
  },

  async queueOrder(client, key) {
    const worker = client.worker.getOrCreate([key]);
    for (let n = 0; n < 20; n++) await worker.send("jobs", { n });
    await worker.send("jobs", { n: 20 }, { wait: true });
    return (await worker.seen()).map(({ n }) => n);
  },

  async queueTimedOut(client, key) {
    const worker = client.worker.getOrCreate([key]);
    const answer = await worker.send("jobs", { n: 99 }, { wait: true, timeout: 200 });
    const later = await worker.send("jobs", { n: 3 }, { wait: true });
    return { answer, later, seen: await worker.seen() };
  },

  async queueErrors(client, key) {
    const tiny = client.tiny.getOrCreate([key]);
    const large = await errorOf(tiny.send("q", "x".repeat(300)));
    await tiny.send("q", 1);
    await tiny.send("q", 2);
    return {
      large,
      full: await errorOf(tiny.send("q", 3)),
      unknown: await errorOf(tiny.send("nothing", 1)),
      invalid: await errorOf(client.worker.getOrCreate([key]).send("jobs", { n: "x" })),
      waiting: await errorOf(tiny.send("q", 3, { wait: true })),
    };
  },

  async undeclaredQueue(client, key) {
    const worker = client.worker.getOrCreate([key]);
    return worker.send("nothing", 1, { wait: true, timeout: 5000 });
  },
};
