// Workflows, and what tools see of them.

import assert from "node:assert/strict";
import { eventually, events, inspect, wait } from "./support.mjs";

const FLAKY = {
  stepName: "flaky",
  attempt: 1,
  willRetry: true,
  retryDelay: 1,
};

function assertFlaky(event) {
  const { error, ...step } = event.step;
  for (const [field, value] of Object.entries(FLAKY)) assert.equal(step[field], value);
  assert.deepEqual([error.name, error.message], ["Error", "workflow hook failed"]);
}

// Names and states of the steps in a history, by name.
function steps({ nameRegistry, entries, entryMetadata }) {
  const found = {};
  for (const { id, location, kind } of entries) {
    if (kind.tag !== "WorkflowStepEntry") continue;
    const last = location.at(-1);
    assert.equal(last.tag, "WorkflowNameIndex");
    found[nameRegistry[last.val]] = { id, status: entryMetadata[id].status };
  }
  return found;
}

export const cases = {
  async "a workflow goes on where it was, and guards its steps"({ client, key }) {
    const actor = client.workflowCounterActor.getOrCreate([key]);
    await eventually(async () => {
      const { runCount, history, guardTriggered } = await actor.getState();
      assert.ok(runCount >= 2);
      assert.deepEqual(history, Array.from({ length: runCount }, (_, index) => index + 1));
      assert.equal(guardTriggered, true);
    });
  },

  async "a workflow receives messages"({ client, key }) {
    const actor = client.workflowQueueActor.getOrCreate([key]);
    await actor.send("workflow-default", { hello: "world" });
    await eventually(async () =>
      assert.deepEqual(await actor.getMessages(), [{ hello: "world" }]),
    );
  },

  async "a workflow answers senders that wait"({ client, key }) {
    const actor = client.workflowQueueActor.getOrCreate([key]);
    const payload = { value: 123 };
    const answer = { status: "completed", response: { echo: payload } };
    assert.deepEqual(await actor.sendAndWait(payload), answer);
    const options = { wait: true, timeout: 5000 };
    assert.deepEqual(await actor.send("workflow-default", payload, options), answer);
    assert.deepEqual(await actor.getMessages(), [payload, payload]);
  },

  async "a loop in a loop begins anew for every message"({ client, key }) {
    const actor = client.workflowNestedLoopActor.getOrCreate([key]);
    const options = { wait: true, timeout: 5000 };
    for (const items of [["a", "b"], ["c"], [], ["d", "e", "f"]]) {
      const answer = await actor.send("workflow-nested", { items }, options);
      assert.deepEqual(answer, {
        status: "completed",
        response: { processed: items.length },
      });
    }
    assert.deepEqual(await actor.getState(), { processed: ["a", "b", "c", "d", "e", "f"] });
  },

  async "a race in a loop begins anew for every message"({ client, key }) {
    const actor = client.workflowNestedRaceActor.getOrCreate([key]);
    const options = { wait: true, timeout: 5000 };
    for (const item of ["a", "b", "c"]) {
      const answer = await actor.send("workflow-nested", { items: [item] }, options);
      assert.deepEqual(answer, { status: "completed", response: { processed: 1 } });
    }
    assert.deepEqual(await actor.getState(), { processed: ["a", "b", "c"] });
  },

  async "only steps get at the database and other actors"({ client, key }) {
    const actor = client.workflowAccessActor.getOrCreate([key]);
    await eventually(async () => {
      const state = await actor.getState();
      assert.ok(state.insideDbCount > 0);
      assert.deepEqual(
        [state.outsideDbError, state.outsideClientError, state.insideClientAvailable],
        [
          "db is only available inside workflow steps",
          "client is only available inside workflow steps",
          true,
        ],
      );
    });
  },

  async "a workflow sleeps and goes on"({ client, key }) {
    const actor = client.workflowSleepActor.getOrCreate([key]);
    const first = (await actor.getState()).ticks;
    await eventually(async () => assert.ok((await actor.getState()).ticks > first + 3));
  },

  async "a workflow recovers from a step and a join that failed"({ client, key }) {
    const actor = client.workflowTryActor.getOrCreate([key]);
    await eventually(async () => {
      const state = await actor.getState();
      assert.equal(state.innerWrites, 1);
      assert.deepEqual(state.tryStepFailure, {
        kind: "exhausted",
        message: "card declined",
        attempts: 1,
      });
      assert.equal(state.tryJoinFailure, "join:parallel");
    });
    // What lives in memory is gone after a sleep: nothing ran again.
    await wait(300);
    const later = await actor.getState();
    assert.deepEqual([later.innerWrites, later.vars.innerWrites <= 1], [1, true]);
  },

  async "a workflow that waits lets its actor sleep"({ client, key }) {
    const actor = client.workflowStopTeardownActor.getOrCreate([key]);
    await eventually(async () => {
      await wait(400);
      const { wakeAts, sleepAts } = await actor.getTimeline();
      assert.ok(wakeAts.length >= 2 && sleepAts.length >= 1);
      assert.ok(sleepAts[0] - wakeAts[0] < 3000);
    });
  },

  async "a step that failed for good lets the actor sleep"({ client, key }) {
    const actor = client.workflowFailedStepActor.getOrCreate([key]);
    await eventually(async () => {
      await wait(300);
      const state = await actor.getState();
      assert.deepEqual(state.timeline, ["prepare", "fail", "fail", "fail"]);
      assert.equal(state.runCount, 3);
      assert.ok(state.sleepCount >= 1 && state.startCount >= 2);
    });
  },

  async "an error hook is told of a failure once"({ client, key }) {
    const actor = client.workflowErrorHookActor.getOrCreate([key]);
    await eventually(async () => assert.equal((await actor.getErrorState()).attempts, 2));
    const state = await actor.getErrorState();
    assert.equal(state.events.length, 1);
    assertFlaky(state.events[0]);
  },

  async "an error hook changes state, tells everyone, and enqueues"({ client, key }) {
    const actor = client.workflowErrorHookEffectsActor.getOrCreate([key]);
    const connection = actor.connect();
    const heard = events(connection, "workflowError");
    await connection.getErrorState(); // the subscription came first
    await actor.startWorkflow();
    await eventually(async () => {
      const state = await actor.getErrorState();
      assert.deepEqual([state.attempts, state.errorCount], [2, 1]);
      assertFlaky(state.lastError);
    });
    await eventually(() => assert.equal(heard.length, 1));
    assertFlaky(heard[0]);
    assertFlaky(await actor.receiveQueuedError());
    await connection.dispose();
  },

  async "tools see the history of a workflow and replay it"({ client, key, endpoint }) {
    const actor = client.workflowReplayActor.getOrCreate([key]);
    await eventually(async () =>
      assert.deepEqual(await actor.getTimeline(), ["one", "two"]),
    );
    const seen = await eventually(async () => {
      const shown = await inspect(endpoint, actor, "GET", "workflow-history");
      assert.equal(shown.body.workflowState, "completed");
      return shown;
    });
    assert.deepEqual([seen.status, seen.body.isWorkflowEnabled], [200, true]);
    const { one, two } = steps(seen.body.history);
    assert.deepEqual([one.status, two.status], ["COMPLETED", "COMPLETED"]);
    const summary = await inspect(endpoint, actor, "GET", "summary");
    assert.deepEqual(summary.body.workflowHistory, seen.body.history);

    const fromTwo = { entryId: two.id };
    const replayed = await inspect(endpoint, actor, "POST", "workflow/replay", fromTwo);
    assert.deepEqual([replayed.status, replayed.body.isWorkflowEnabled], [200, true]);
    await eventually(async () =>
      assert.deepEqual(await actor.getTimeline(), ["one", "two", "two"]),
    );
    await eventually(async () => {
      const again = await inspect(endpoint, actor, "POST", "workflow/replay", {});
      assert.equal(again.status, 200);
    });
    await eventually(async () =>
      assert.deepEqual(await actor.getTimeline(), ["one", "two", "two", "one", "two"]),
    );
    const unknown = { entryId: "00000000-0000-4000-8000-000000000000" };
    await eventually(async () => {
      const refused = await inspect(endpoint, actor, "POST", "workflow/replay", unknown);
      assert.deepEqual([refused.status, refused.body.code], [400, "invalid_request"]);
    });
  },

  async "a workflow in flight is not replayed"({ client, key, endpoint }) {
    const actor = client.workflowRunningStepActor.getOrCreate([key]);
    const seen = await eventually(async () => {
      const shown = await inspect(endpoint, actor, "GET", "workflow-history");
      assert.equal(steps(shown.body.history).block.status, "RUNNING");
      return shown.body;
    });
    assert.equal(seen.workflowState, "running");
    const body = { entryId: steps(seen.history).prepare.id };
    const refused = await inspect(endpoint, actor, "POST", "workflow/replay", body);
    assert.equal(refused.status, 409);
    assert.deepEqual(
      [refused.body.group, refused.body.code],
      ["actor", "workflow_in_flight"],
    );
    assert.deepEqual(await actor.getState(), { finishedAt: null });
    await actor.release();
    await eventually(async () =>
      assert.ok((await actor.getState()).finishedAt > Date.now() - 60_000),
    );
  },

  async "actors without a workflow have no history"({ client, key, endpoint }) {
    const actor = client.counter.getOrCreate([key]);
    const nothing = { history: null, workflowState: null, isWorkflowEnabled: false };
    for (const [method, path] of [["GET", "workflow-history"], ["POST", "workflow/replay"]]) {
      const shown = await inspect(endpoint, actor, method, path);
      assert.deepEqual(shown, { status: 200, body: nothing });
    }
  },
};
