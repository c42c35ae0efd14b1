// Queues and consumers: acknowledging, prefetch, priorities, cancelling, and what messages carry.
"use strict";

const { Inbox, assert, channelOf, expectRefusal, filled, publish, queue } = require("./broker");

module.exports = {
  "publish-and-consume": async (broker) => {
    const channel = await broker.channel();
    const inbox = await Inbox.of(channel, await filled(channel, 3));
    for (const body of ["0", "1", "2"]) {
      const message = await inbox.next();
      assert.equal(message.content.toString(), body);
      assert.equal(message.fields.redelivered, false);
      channel.ack(message);
    }
  },

  "server-named-queue": async (broker) => {
    const channel = await broker.channel();
    const { queue: name } = await channel.assertQueue("", { exclusive: true });
    assert.match(name, /^amq\.gen-/);
    publish(channel, name, "1");
    assert.deepEqual(await (await Inbox.of(channel, name, { noAck: true })).bodies(1), ["1"]);
  },

  "all-properties": async (broker) => {
    const channel = await broker.channel();
    const name = await queue(channel);
    const headers = {
      text: "ä", int: 70_000, long: 2 ** 40, double: 2.25, true: true, list: [1, "two"], table: { in: 1 },
      bytes: Buffer.from([0, 255]),
    };
    const sent = {
      contentType: "text/plain", contentEncoding: "utf-8", deliveryMode: 2, priority: 5,
      correlationId: "c", replyTo: "r", expiration: "60000", messageId: "m", timestamp: 1_700_000_000,
      type: "t", userId: "guest", appId: "a",
    };
    publish(channel, name, "body", { ...sent, headers });
    const { properties } = await (await Inbox.of(channel, name, { noAck: true })).next();
    for (const [key, value] of Object.entries(sent)) assert.deepEqual(properties[key], value, key);
    assert.deepEqual(properties.headers, headers);
  },

  "nack-requeue": async (broker) => {
    const channel = await broker.channel();
    const inbox = await Inbox.of(channel, await filled(channel, 1));
    channel.nack(await inbox.next());
    const again = await inbox.next();
    assert.equal(again.fields.redelivered, true);
    channel.ack(again);
  },

  "nack-multiple": async (broker) => {
    const channel = await broker.channel();
    const inbox = await Inbox.of(channel, await filled(channel, 3));
    await inbox.bodies(3);
    channel.nackAll();
    assert.deepEqual(await inbox.bodies(3), ["0", "1", "2"]);
  },

  recover: async (broker) => {
    const channel = await broker.channel();
    const inbox = await Inbox.of(channel, await filled(channel, 1));
    await inbox.next();
    await channel.recover();
    assert.equal((await inbox.next()).fields.redelivered, true);
  },

  "requeue-at-channel-close": async (broker) => {
    const connection = await broker.connect();
    const [first, second] = [await channelOf(connection), await channelOf(connection)];
    const name = await filled(first, 1);
    await (await Inbox.of(first, name)).next();
    await first.close();
    const message = await (await Inbox.of(second, name, { noAck: true })).next();
    assert.equal(message.fields.redelivered, true);
  },

  "basic-get": async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await queue(channel);
    assert.equal(await channel.get(name), false);
    publish(channel, name, "1");
    publish(channel, name, "2");
    await channel.waitForConfirms();
    const message = await channel.get(name);
    assert.equal(message.content.toString(), "1");
    assert.equal(message.fields.messageCount, 1);
    channel.ack(message);
  },

  "prefetch-per-consumer": async (broker) => {
    const channel = await broker.channel();
    const name = await filled(channel, 10);
    await channel.prefetch(2);
    const [one, two] = [await Inbox.of(channel, name), await Inbox.of(channel, name)];
    const first = await one.next();
    await one.next();
    await two.bodies(2);
    assert.equal((await channel.checkQueue(name)).messageCount, 6);
    channel.ack(first);
    await one.next();
    assert.equal((await channel.checkQueue(name)).messageCount, 5);
    assert.equal(two.got.length, 0);
  },

  "prefetch-global": async (broker) => {
    const channel = await broker.channel();
    const name = await filled(channel, 10);
    await channel.prefetch(3, true);
    const one = await Inbox.of(channel, name);
    await one.bodies(3);
    const two = await Inbox.of(channel, name);
    assert.equal((await channel.checkQueue(name)).messageCount, 7);
    assert.equal(two.got.length, 0);
  },

  "consumer-cancel-notification": async (broker) => {
    const [channel, other] = [await broker.channel(), await broker.channel()];
    const name = await queue(channel, { exclusive: false, autoDelete: true });
    const inbox = await Inbox.of(channel, name);
    await other.deleteQueue(name);
    assert.equal(await inbox.next(), null); // how amqplib tells of it
  },

  "consumer-priority": async (broker) => {
    const channel = await broker.channel();
    const name = await queue(channel);
    await channel.prefetch(2);
    const low = await Inbox.of(channel, name, { priority: 1 });
    const high = await Inbox.of(channel, name, { priority: 10 });
    for (const body of ["0", "1", "2"]) publish(channel, name, body);
    assert.deepEqual(await high.bodies(2), ["0", "1"]);
    assert.deepEqual(await low.bodies(1), ["2"]);
  },

  "single-active-consumer": async (broker) => {
    const channel = await broker.channel();
    const name = await queue(channel, { arguments: { "x-single-active-consumer": true } });
    const first = await Inbox.of(channel, name, { noAck: true });
    const second = await Inbox.of(channel, name, { noAck: true });
    publish(channel, name, "0");
    publish(channel, name, "1");
    assert.deepEqual(await first.bodies(2), ["0", "1"]);
    await channel.cancel(first.tag);
    publish(channel, name, "2");
    assert.deepEqual(await second.bodies(1), ["2"]);
  },

  priorities: async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await queue(channel, { maxPriority: 10 });
    for (const priority of [1, 5, 0, 10]) publish(channel, name, String(priority), { priority });
    await channel.waitForConfirms();
    const inbox = await Inbox.of(channel, name, { noAck: true });
    assert.deepEqual(await inbox.bodies(4), ["10", "5", "1", "0"]);
  },

  "direct-reply-to": async (broker) => {
    const [server, client] = [await broker.channel(), await broker.channel()];
    const name = await queue(server);
    const requests = await Inbox.of(server, name, { noAck: true });
    const replies = await Inbox.of(client, "amq.rabbitmq.reply-to", { noAck: true });
    publish(client, name, "q", { replyTo: "amq.rabbitmq.reply-to", correlationId: "7" });
    const { properties } = await requests.next();
    publish(server, properties.replyTo, "a", { correlationId: properties.correlationId });
    const reply = await replies.next();
    assert.deepEqual([reply.properties.correlationId, reply.content.toString()], ["7", "a"]);
  },

  "auto-delete-queue": async (broker) => {
    const channel = await broker.channel();
    const name = await queue(channel, { exclusive: false, autoDelete: true });
    await channel.cancel((await Inbox.of(channel, name)).tag);
    await expectRefusal(channel.checkQueue(name), 404, name);
  },

  "purge-and-delete": async (broker) => {
    const channel = await broker.confirmChannel();
    const name = await filled(channel, 3);
    await channel.waitForConfirms();
    assert.deepEqual(await channel.purgeQueue(name), { messageCount: 3 });
    assert.deepEqual(await channel.deleteQueue(name), { messageCount: 0 });
  },

  "large-message": async (broker) => {
    const channel = await broker.channel();
    const name = await queue(channel);
    const body = Buffer.alloc(5 * 1024 * 1024, "0123456789abcdef");
    channel.sendToQueue(name, body);
    const { content } = await (await Inbox.of(channel, name, { noAck: true })).next();
    assert.ok(content.equals(body));
  },
};
