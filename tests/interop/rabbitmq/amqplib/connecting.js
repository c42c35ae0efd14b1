// Tuning, heartbeats, channels, and a broker that goes away and comes back.
"use strict";

const { setTimeout: after } = require("node:timers/promises");
const {
  Inbox, assert, channelOf, filled, publish, queue, restartBroker, within,
} = require("./broker");

module.exports = {
  // Three seconds of silence are longer than either side bears from a peer of one second.
  heartbeats: async (broker) => {
    const connection = await broker.connect({}, `${broker.url}?heartbeat=1`);
    await after(3_000);
    assert.equal(connection.failure, undefined);
    await queue(await channelOf(connection));
  },

  "many-channels": async (broker) => {
    const connection = await broker.connect();
    const sink = await channelOf(connection);
    const name = await queue(sink);
    for (let i = 0; i < 200; i++) publish(await channelOf(connection), name, String(i));
    await (await Inbox.of(sink, name, { noAck: true })).bodies(200);
  },

  "small-frames": async (broker) => {
    const channel = await channelOf(await broker.connect({}, `${broker.url}?frameMax=4096`));
    const name = await queue(channel);
    channel.sendToQueue(name, Buffer.alloc(100_000));
    const { content } = await (await Inbox.of(channel, name, { noAck: true })).next();
    assert.equal(content.length, 100_000);
  },

  "update-secret": async (broker) => {
    const connection = await broker.connect();
    await connection.updateSecret(Buffer.from("guest"), "renewed");
    await queue(await channelOf(connection));
  },

  "reconnect-after-restart": async (broker) => {
    const connection = await broker.connect();
    const closed = happening(connection, "close");
    const channel = await channelOf(connection);
    await (await Inbox.of(channel, await filled(channel, 1), { noAck: true })).bodies(1);
    await restartBroker();
    await within(closed);
    const again = await channelOf(await connectAgain(broker));
    await (await Inbox.of(again, await filled(again, 1), { noAck: true })).bodies(1);
  },

  // The library connects again, and has its setup open the channel and consume once more.
  "automatic-recovery": async (broker) => {
    const opened = [];
    let connection = null;
    const setup = async (model) => {
      const channel = await model.createChannel();
      channel.on("error", () => {}); // the restart is one
      opened.push([channel, await filled(channel, 1)]);
      connection?.emit("set-up");
    };
    connection = await broker.connect({ recovery: { initialDelay: 100, maxDelay: 500, setup } });
    const again = happening(connection, "set-up");
    await restartBroker();
    await within(again);
    const [channel, name] = opened.at(-1);
    assert.equal(opened.length, 2);
    assert.deepEqual(await (await Inbox.of(channel, name, { noAck: true })).bodies(1), ["0"]);
  },
};

async function connectAgain(broker) {
  for (let tries = 300; ; tries--) {
    try {
      return await broker.connect();
    } catch (error) {
      if (tries === 0) throw error;
      await after(100);
    }
  }
}

// An event, whatever happens before it: `once` of Node gives up at an error, which a lost connection is.
function happening(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}
