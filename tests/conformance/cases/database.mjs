// SQL databases of actors.

import assert from "node:assert/strict";
import { errorOf, eventually, wait } from "./support.mjs";

const raw = (client, key) => client.dbActorRaw.getOrCreate([key]);

export const cases = {
  async "rows are written, read, changed and deleted"({ client, key }) {
    const actor = raw(client, key);
    const { id } = await actor.insertValue("Alice");
    await actor.insertValue("Bob");
    assert.deepEqual(
      (await actor.getValues()).map((row) => row.value),
      ["Alice", "Bob"],
    );
    assert.equal(typeof (await actor.getValues())[0].created_at, "number");
    assert.deepEqual(await actor.updateValue(id, "Alicia"), { success: true });
    assert.equal(await actor.getValue(id), "Alicia");
    await actor.deleteValue(id);
    assert.equal(await actor.getValue(id), null);
    assert.equal(await actor.getCount(), 1);
    await actor.reset();
    assert.equal(await actor.rawSelectCount(), 0);
  },

  async "text keeps its null characters"({ client, key }) {
    const row = await raw(client, key).insertValueAndReadBack("a\0b");
    assert.equal(row.value, "a\0b");
    assert.equal(row.hex_value, "610062");
    assert.equal(row.sqlite_length, 1);
  },

  async "one call may hold many rows and statements"({ client, key }) {
    const actor = raw(client, key);
    assert.deepEqual(await actor.insertMany(50), { count: 50 });
    assert.deepEqual(await actor.insertMany(0), { count: 0 });
    assert.equal(await actor.multiStatementInsert("it's"), "it's-updated");
    const { id } = await actor.insertValue("base");
    assert.deepEqual(await actor.repeatUpdate(id, 50), { value: "Updated 49" });
    assert.deepEqual(await actor.repeatUpdate(id, 0), { value: "" });
    assert.equal(await actor.getValue(id), "Updated 49");
    assert.equal(await actor.getCount(), 52);
    const ids = [1, 2, 3];
    assert.deepEqual(
      (await actor.roundRobinUpdateValues(ids, 10)).map((row) => row.value),
      ["v-9", "v-7", "v-8"],
    );
    assert.deepEqual(await actor.roundRobinUpdateValues([], 10), []);
  },

  async "large rows and a mixed workload leave the database whole"({ client, key }) {
    const actor = raw(client, key);
    for (const size of [1_023, 4_096, 8_193, 131_072]) {
      const { id } = await actor.insertPayloadOfSize(size);
      assert.equal(await actor.getPayloadSize(id), size);
    }
    assert.equal(await actor.getPayloadSize(9_999), 0);
    assert.deepEqual(await actor.insertPayloadRows(20, 4_096), { count: 20 });
    const pages = await actor.getPageCount();
    await actor.reset();
    await actor.vacuum();
    assert.ok((await actor.getPageCount()) < pages);
    await actor.runMixedWorkload(48, 200);
    assert.equal(await actor.integrityCheck(), "ok");
  },

  async "rows outlive sleep"({ client, key }) {
    const actor = raw(client, key);
    await actor.insertValue("kept");
    for (let round = 0; round < 3; round += 1) {
      await actor.triggerSleep();
      await wait(150);
      assert.equal(await actor.getCount(), 1);
    }
  },

  async "rows end with their actor"({ client, key }) {
    const actor = client.dbLifecycle.getOrCreate([key]);
    const first = await actor.getActorId();
    await actor.insertValue("gone");
    await actor.triggerDestroy();
    await eventually(async () => {
      const next = client.dbLifecycle.getOrCreate([key]);
      assert.notEqual(await next.getActorId(), first);
      assert.equal(await next.getCount(), 0);
    });
  },

  async "transactions commit, roll back and do not mix"({ client, key }) {
    const actor = raw(client, key);
    await actor.transactionCommit("committed");
    await actor.transactionRollback("rolled back");
    await actor.transactionWithTimeout(1_000);
    assert.deepEqual(await actor.transactionExec(), [
      "committed",
      "exec-first",
      "exec-second",
    ]);
    assert.deepEqual(await actor.transactionAutomaticRollback(), [
      { id: 2, value: "after" },
    ]);
    await actor.reset();
    assert.deepEqual(await actor.concurrentTransactions(), [
      "first-start",
      "first-end",
      "second",
      "third",
    ]);
    await actor.reset();
    assert.deepEqual(await actor.transactionParksOrdinarySql(), [
      "tx-start",
      "tx-end",
      "ordinary",
    ]);
    assert.equal(await actor.manualTransactionCompatibility(), 1);
    const manual = client.dbActorManualWarningsDisabled.getOrCreate([key]);
    assert.equal(await manual.manualTransactionCompatibility("marker"), true);
  },

  async "transactions that cannot work say why"({ client, key }) {
    const actor = raw(client, key);
    for (const nested of [true, false]) {
      const message = await actor.transactionDeadlockDiagnostic(nested);
      for (const words of [
        "safety backstop",
        "timeout",
        "nested transaction",
        "outer `db`",
      ]) {
        assert.ok(message.includes(words), message);
      }
    }
    const found = await actor.transactionExpiryDiagnostics();
    assert.match(found.ownerMessage, /expired after 50 ms/);
    assert.equal(found.parkedResult.status, "rejected");
    assert.match(found.parkedResult.message, /expired after 50 ms/);
    assert.match(found.leakedMessage, /expired after 50 ms/);
    assert.deepEqual(found.values, []);
    assert.match(await actor.terminalTransactionDiagnostic(), /already committed/);
  },

  async "a transaction that is held lets others wait"({ client, key }) {
    const actor = raw(client, key);
    await actor.insertValue("one");
    const holding = actor.holdTransaction();
    await eventually(async () => assert.equal(await actor.isTransactionHolding(), true));
    const counting = actor.getCountWithSubmissionBarrier();
    await eventually(async () =>
      assert.equal(await actor.isSqlOperationSubmitted(), true),
    );
    await actor.releaseHeldTransaction();
    await holding;
    assert.equal(await counting, 1);
    await actor.holdActorAwake();
    assert.equal(await actor.isActorAwakeHeld(), true);
    await actor.releaseActorAwake();
    assert.equal(await actor.isActorAwakeHeld(), false);
  },

  async "hooks use the database"({ client, key }) {
    const actor = raw(client, key);
    await actor.configureDisconnectInsert(true, 10);
    const connection = client.dbActorRaw.getOrCreate([key]).connect();
    assert.equal(await connection.ping(), "pong");
    await connection.dispose();
    await eventually(async () =>
      assert.ok((await actor.getDisconnectInsertCount()) >= 1),
    );
    await actor.configureDisconnectInsert(false, 0);
  },

  async "other actors are told of sleep and wake"({ client, key }) {
    const actor = raw(client, key);
    const observer = client.lifecycleObserver.getOrCreate([key]);
    await actor.configureLifecycleObserver(key);
    await actor.triggerSleep();
    await eventually(async () =>
      assert.deepEqual((await observer.getEvents())[0], { actorKey: key, event: "sleep" }),
    );
    assert.equal(await actor.ping(), "pong");
    const events = (await observer.getEvents()).map((each) => each.event);
    assert.deepEqual(events.slice(0, 2), ["sleep", "wake"]);
    await observer.clearEvents();
  },

  async "migrations are applied once, whole or not at all"({ client, key }) {
    const migrated = client.dbActorDrizzleMigration.getOrCreate([key]);
    assert.equal(await migrated.migrationCommitted(), true);
    assert.deepEqual(await migrated.queryBuilderTransaction(), {
      inside: ["query-builder"],
      after: [],
    });
    const rolledBack = client.dbActorDrizzleMigrationRollback.getOrCreate([key]);
    await eventually(async () =>
      assert.equal(await rolledBack.migrationRolledBack(), true),
    );
  },

  async "migrations go on where they ended"({ client, key }) {
    const actor = client.dbPragmaMigrationActor.getOrCreate([key]);
    const { id } = await actor.insertItem("plain");
    await actor.insertItemWithStatus("other", "done");
    await actor.triggerSleep();
    await wait(150);
    assert.deepEqual(await actor.getItems(), [
      { id, name: "plain", status: "active" },
      { id: id + 1, name: "other", status: "done" },
    ]);
    assert.equal(await actor.getSchemaVersion(), 2);
    assert.deepEqual(await actor.getColumns(), ["id", "name", "status"]);
  },

  async "there is no runtime socket"({ client, key }) {
    for (const name of [
      "dbActorRaw",
      "dbActorRuntimeSocketDisabled",
      "actorRuntimeSocketWithoutDb",
    ]) {
      const error = await errorOf(
        client[name].getOrCreate([key]).getActorRuntimeSocketPath(),
      );
      assert.match(error.message, /no runtime socket/);
    }
  },
};
