// Every scenario of every topic, by name.
//
// A scenario gets the client, a key nobody else uses and the world around it
// ({ endpoint, encoding, newClient(options) }); it returns plain data, which the test
// module of its topic (test_official_<topic>.py) compares with what is expected.

import * as actions from "./actions.mjs";
import * as addressing from "./addressing.mjs";
import * as connections from "./connections.mjs";
import * as endpoints from "./endpoints.mjs";
import * as events from "./events.mjs";
import * as lifecycle from "./lifecycle.mjs";
import * as parameters from "./parameters.mjs";
import * as queues from "./queues.mjs";
import * as raw from "./raw.mjs";
import * as values from "./values.mjs";

const TOPICS = [
  actions,
  addressing,
  connections,
  endpoints,
  events,
  lifecycle,
  parameters,
  queues,
  raw,
  values,
];

function merged(topics) {
  const byName = new Map();
  for (const { scenarios } of topics) {
    for (const [name, scenario] of Object.entries(scenarios)) {
      if (byName.has(name)) throw new Error(`two scenarios are called ${name}`);
      byName.set(name, scenario);
    }
  }
  return byName;
}

export const scenarios = merged(TOPICS);
