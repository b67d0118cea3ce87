// Every case of every topic. A case gets the client, a text for keys that nobody else
// uses, and the world around it; it throws when something is not as expected.

import { cases as actions } from "./actions.mjs";
import { cases as connections } from "./connections.mjs";
import { cases as database } from "./database.mjs";
import { cases as lifecycle } from "./lifecycle.mjs";
import { cases as queues } from "./queues.mjs";
import { cases as raw } from "./raw.mjs";
import { cases as workflows } from "./workflows.mjs";

const TOPICS = [actions, connections, database, lifecycle, queues, raw, workflows];

export const cases = TOPICS.flatMap((topic) => Object.entries(topic));
