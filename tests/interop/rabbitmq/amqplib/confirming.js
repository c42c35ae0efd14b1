// Publisher confirms on a ConfirmChannel, and messages that come back.
"use strict";

const { Inbox, assert, publish, queue, unique, within } = require("./broker");

// Whether the broker confirmed: amqplib calls back with an error where it did not.
function confirmed(channel, key, body, options = {}) {
  const outcome = new Promise((resolve) =>
    channel.publish("", key, Buffer.from(body), options, (error) => resolve(error === null)));
  return within(outcome);
}

module.exports = {
  "confirm-single": async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await queue(channel);
    for (let i = 0; i < 10; i++) assert.equal(await confirmed(channel, name, String(i)), true);
    assert.equal((await channel.checkQueue(name)).messageCount, 10);
  },

  "confirm-many": async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await queue(channel);
    const all = [];
    for (let i = 0; i < 1_000; i++) all.push(confirmed(channel, name, String(i)));
    await within(channel.waitForConfirms());
    assert.ok((await Promise.all(all)).every((one) => one));
  },

  "confirm-nack": async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await queue(channel, { maxLength: 1, arguments: { "x-overflow": "reject-publish" } });
    assert.equal(await confirmed(channel, name, "fits"), true);
    assert.equal(await confirmed(channel, name, "one too many"), false);
    assert.deepEqual(await (await Inbox.of(channel, name, { noAck: true })).bodies(1), ["fits"]);
  },

  "mandatory-return": async (broker) => {
    const channel = await broker.channel();
    const returned = new Promise((resolve) => channel.once("return", resolve));
    const missing = unique("nobody");
    publish(channel, missing, "back", { mandatory: true, messageId: "m" });
    const { fields, properties, content } = await within(returned);
    assert.deepEqual(
      [fields.replyCode, fields.replyText, fields.routingKey, properties.messageId, content.toString()],
      [312, "NO_ROUTE", missing, "m", "back"],
    );
  },

  "unroutable-is-confirmed": async (broker) => {
    const channel = await broker.confirmChannel();
    assert.equal(await confirmed(channel, unique("nobody"), "gone"), true);
  },
};
