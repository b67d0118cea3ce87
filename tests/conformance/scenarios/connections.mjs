// Connections while their actor sleeps, and subscriptions that are refused.

import { collector } from "./support.mjs";

function watched(connection) {
  const seen = { opens: collector(), closes: 0, errors: collector() };
  connection.onOpen(() => seen.opens.push("open"));
  connection.onClose(() => (seen.closes += 1));
  connection.onError(({ group, code }) => seen.errors.push({ group, code }));
  return seen;
}

async function generation({ endpoint }, actorId) {
  const answer = await fetch(`${endpoint}/gateway/${actorId}/action/get`, {
    method: "POST",
    headers: { "x-rivet-encoding": "json" },
    body: '{"args":[]}',
  });
  return Number(answer.headers.get("x-rivet-actor-generation"));
}

export const scenarios = {
  async sleepWhileConnected(client, key, world) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const seen = watched(connection);
    const counts = collector();
    connection.on("newCount", (count) => counts.push(count));
    await connection.increment(1);
    const before = await connection.whoami();
    await connection.goSleep();
    await counter.increment(1);
    await counts.reached(2);
    await connection.goSleep();
    const after = await connection.whoami();
    await connection.increment(1);
    await counts.reached(3);
    const found = {
      sameConnection: before.connId === after.connId,
      counts: counts.items,
      opens: seen.opens.items.length,
      closes: seen.closes,
      errors: seen.errors.items,
      generation: await generation(world, after.actorId),
    };
    await connection.dispose();
    return found;
  },

  async callsWhileAsleep(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    await connection.goSleep();
    const calls = Array.from({ length: 20 }, () => connection.increment(1));
    const results = await Promise.all(calls);
    await connection.dispose();
    return results;
  },

  async disposeWhileAsleep(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const staying = counter.connect();
    const { connId } = await staying.whoami();
    await connection.goSleep();
    await connection.dispose();
    let others = await staying.conns();
    while (others.length > 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      others = await staying.conns();
    }
    await staying.dispose();
    return others.map(({ id }) => id === connId);
  },

  async deleteWhileAsleep(client, key, { endpoint }) {
    const connection = client.counter.getOrCreate([key]).connect();
    const seen = watched(connection);
    const { actorId } = await connection.whoami();
    await connection.goSleep();
    const url = `${endpoint}/actors/${actorId}?namespace=default`;
    await fetch(url, { method: "DELETE" });
    await seen.opens.reached(2);
    const after = await connection.whoami();
    await connection.dispose();
    return { isAnother: after.actorId !== actorId, errors: seen.errors.items };
  },

  async deniedSubscription(client, key) {
    const schemas = client.schemas.getOrCreate([key]);
    const denied = schemas.connect();
    const { errors } = watched(denied);
    denied.on("priv", () => {});
    const [first] = await errors.reached(1);
    await denied.dispose();
    const admin = client.schemas.getOrCreate([key], { params: { admin: true } });
    const allowed = admin.connect();
    const other = watched(allowed);
    const secrets = collector();
    allowed.on("priv", (secret) => secrets.push(secret));
    await allowed.emitPriv();
    await secrets.reached(1);
    await allowed.dispose();
    return { first, secrets: secrets.items, errors: other.errors.items };
  },
};
