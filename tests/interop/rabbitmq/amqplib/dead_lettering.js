// Dead letters, and what ends by itself.
"use strict";

const { Inbox, assert, publish, queue } = require("./broker");

// A queue and the one that its dead letters come to.
async function withDeadLetters(channel, options = {}) {
  const dead = await queue(channel);
  const name = await queue(channel, { deadLetterExchange: "", deadLetterRoutingKey: dead, ...options });
  return [name, await Inbox.of(channel, dead, { noAck: true })];
}

function death(message) {
  return message.properties.headers["x-death"][0];
}

module.exports = {
  "reject-dead-letter": async (broker) => {
    const channel = await broker.channel();
    const [name, letters] = await withDeadLetters(channel);
    publish(channel, name, "bad");
    channel.reject(await (await Inbox.of(channel, name)).next(), false);
    const letter = await letters.next();
    const { reason, queue: from, count, "routing-keys": keys } = death(letter);
    assert.deepEqual([reason, from, count, keys], ["rejected", name, 1, [name]]);
    assert.equal(letter.properties.headers["x-first-death-queue"], name);
  },

  "dead-letter-counts": async (broker) => {
    const channel = await broker.channel();
    const [name, letters] = await withDeadLetters(channel);
    const inbox = await Inbox.of(channel, name);
    let headers = {};
    for (let nth = 1; nth <= 3; nth++) {
      publish(channel, name, "bad", { headers });
      channel.nack(await inbox.next(), false, false);
      const letter = await letters.next();
      assert.equal(death(letter).count, nth);
      headers = letter.properties.headers;
    }
  },

  "message-ttl": async (broker) => {
    const channel = await broker.channel();
    const [name, letters] = await withDeadLetters(channel);
    publish(channel, name, "brief", { expiration: 20 });
    const { reason, "original-expiration": expiration } = death(await letters.next());
    assert.deepEqual([reason, expiration], ["expired", "20"]);
  },

  "queue-ttl": async (broker) => {
    const channel = await broker.channel();
    const [name, letters] = await withDeadLetters(channel, { messageTtl: 20 });
    publish(channel, name, "brief");
    assert.equal(death(await letters.next()).reason, "expired");
  },

  "queue-expires": async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await queue(channel, { exclusive: false, expires: 50 });
    let isGone = false;
    channel.on("return", () => (isGone = true));
    while (!isGone) {
      // Not by a passive declaration, which counts as use and would keep the queue.
      publish(channel, name, "", { mandatory: true });
      await channel.waitForConfirms();
    }
  },

  "max-length-drop-head": async (broker) => {
    const channel = await broker.channel();
    const [name, letters] = await withDeadLetters(channel, { maxLength: 2 });
    for (const body of ["0", "1", "2", "3"]) publish(channel, name, body);
    assert.equal(death(await letters.next()).reason, "maxlen");
    assert.deepEqual(await letters.bodies(1), ["1"]);
    const inbox = await Inbox.of(channel, name, { noAck: true });
    assert.deepEqual(await inbox.bodies(2), ["2", "3"]);
  },

  "delivery-limit": async (broker) => {
    const channel = await broker.channel();
    const [name, letters] = await withDeadLetters(channel, {
      exclusive: false, durable: true, arguments: { "x-queue-type": "quorum", "x-delivery-limit": 1 },
    });
    publish(channel, name, "poison");
    const inbox = await Inbox.of(channel, name);
    for (let nth = 0; nth < 2; nth++) channel.nack(await inbox.next());
    assert.equal(death(await letters.next()).reason, "delivery_limit");
    await channel.deleteQueue(name);
  },
};
