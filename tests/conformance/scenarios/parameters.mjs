// How connection parameters reach actors.

function reopened(connection) {
  return new Promise((resolve) => {
    connection.onClose(() => connection.onOpen(resolve));
  });
}

export const scenarios = {
  async parametersOfCalls(client, key) {
    const options = { params: { token: "ada (é, +)" } };
    return await client.guarded.getOrCreate([key], options).whoAmI();
  },

  async parametersOfConnections(client, key) {
    // The official client cannot send parentheses here.
    const options = { params: { token: "ada é, +" } };
    const connection = client.guarded.getOrCreate([key], options).connect();
    const name = await connection.whoAmI();
    await connection.dispose();
    return name;
  },

  async parametersOfOneConnection(client, key) {
    const guarded = client.guarded.getOrCreate([key], { params: { token: "eve" } });
    const connection = guarded.connect({ token: "ada" });
    const name = await connection.whoAmI();
    await connection.dispose();
    return name;
  },

  async parametersThatAreAskedFor(client, key) {
    let asked = 0;
    const getParams = async () => ({ token: `ada${(asked += 1)}` });
    const guarded = client.guarded.getOrCreate([key], { getParams });
    const connection = guarded.connect();
    const first = await connection.whoAmI();
    const again = reopened(connection);
    await connection.disconnectAll().catch(() => {});
    await again;
    const second = await connection.whoAmI();
    await connection.dispose();
    return [first, second];
  },
};
