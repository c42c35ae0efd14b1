// What the broker refuses, with the reply code that applications look at.
"use strict";

const { Inbox, assert, channelOf, expectRefusal, publish, queue, unique } = require("./broker");

module.exports = {
  "passive-declare-missing": async (broker) => {
    const connection = await broker.connect();
    const missing = unique("missing");
    const channel = await channelOf(connection);
    await expectRefusal(channel.checkQueue(missing), 404, "NOT_FOUND", missing);
    await queue(await channelOf(connection)); // the connection goes on
  },

  "inequivalent-declare": async (broker) => {
    const connection = await broker.connect();
    const name = await queue(await channelOf(connection), { maxLength: 5 });
    const options = { exclusive: true, durable: false, maxLength: 6 };
    const channel = await channelOf(connection);
    await expectRefusal(channel.assertQueue(name, options), 406, "PRECONDITION_FAILED", "x-max-length");
  },

  "unknown-exchange": async (broker) => {
    const channel = await broker.channel();
    publish(channel, "key", "lost", {}, unique("missing"));
    await expectRefusal(channel.closed, 404, "no exchange");
  },

  "exclusive-queue": async (broker) => {
    const name = await queue(await broker.channel());
    await expectRefusal((await broker.channel()).checkQueue(name), 405, "RESOURCE_LOCKED", name);
  },

  "unknown-delivery-tag": async (broker) => {
    const channel = await broker.channel();
    channel.ack({ fields: { deliveryTag: 7 } });
    await expectRefusal(channel.closed, 406, "unknown delivery tag 7");
  },

  "delete-in-use": async (broker) => {
    const connection = await broker.connect();
    const name = await queue(await channelOf(connection));
    await Inbox.of(await channelOf(connection), name);
    const channel = await channelOf(connection);
    await expectRefusal(channel.deleteQueue(name, { ifUnused: true }), 406, "in use");
  },

  // What ends a handshake amqplib tells in an error's text alone.
  "refused-password": async (broker) => {
    const url = broker.url.replace("guest:guest@", "guest:wrong@");
    await assert.rejects(broker.connect({}, url), /403.*ACCESS.REFUSED/);
  },

  "unknown-virtual-host": async (broker) => {
    await assert.rejects(broker.connect({}, `${broker.url}/${unique("nowhere")}`), /ConnectionClose/);
  },
};
