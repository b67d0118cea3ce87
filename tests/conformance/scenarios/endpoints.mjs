// How clients are configured.

import { errorOf } from "./support.mjs";

async function used(client, key) {
  try {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const byId = client.counter.getForId(await counter.resolve());
    const seen = [await counter.increment(1), await connection.increment(1)];
    seen.push(await byId.getCount());
    await connection.dispose();
    return seen;
  } finally {
    await client.dispose();
  }
}

export const scenarios = {
  async credentialsInTheEndpoint(_, key, { endpoint, newClient }) {
    const url = endpoint.replace("//", "//default:a%2Fb%20%C3%A9@");
    return await used(newClient({ endpoint: url }), key);
  },

  async credentialsAsOptions(_, key, { newClient }) {
    return await used(newClient({ token: "t&=+", namespace: "default" }), key);
  },

  async withoutMetadata(_, key, { newClient }) {
    return await used(newClient({ disableMetadataLookup: true }), key);
  },

  async withoutWaitingForReadiness(_, key, { newClient }) {
    return await used(newClient({ gateway: { skipReadyWait: true } }), key);
  },

  async ownHeaders(_, key, { newClient }) {
    return await used(newClient({ headers: { "x-app": "mine" } }), key);
  },

  async unknownNamespace(_, key, { newClient }) {
    const client = newClient({ namespace: "nowhere" });
    const error = await errorOf(client.counter.getOrCreate([key]).getCount());
    await client.dispose();
    return error;
  },

  async missingActor(client, key) {
    return await errorOf(client.counter.get([key]).getCount());
  },

  async dottedActions(client, key) {
    const counter = client.counter.getOrCreate([key]);
    return [await counter.members.count(), await counter["members.count"]()];
  },

  async gatewayAddress(client, key, { endpoint }) {
    const counter = client.counter.getOrCreate([key]);
    const url = await counter.getGatewayUrl();
    return url.startsWith(`${endpoint}/gateway/counter?rvt-namespace=default&`);
  },
};
