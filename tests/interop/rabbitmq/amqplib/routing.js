// Exchanges: by key, by pattern, by headers, to all, and what they can't route.
"use strict";

const { Inbox, assert, exchange, publish, queue, unique } = require("./broker");

// Publishes [key, headers] with the key or the headers' name as body, and wants these bodies alone.
async function expectRouted(broker, type, bindings, publishes, expected) {
  const channel = await broker.channel();
  const name = await exchange(channel, type);
  const sink = await queue(channel);
  for (const [key, headers] of bindings) await channel.bindQueue(sink, name, key, headers);
  for (const [key, headers, body] of publishes) publish(channel, key, body ?? key, { headers }, name);
  publish(channel, sink, "end");
  const inbox = await Inbox.of(channel, sink, { noAck: true });
  assert.deepEqual(await inbox.bodies(expected.length + 1), [...expected, "end"]);
}

module.exports = {
  "direct-routing": (broker) =>
    expectRouted(broker, "direct", [["a"], ["c"]], [["a"], ["b"], ["c"]], ["a", "c"]),

  "topic-routing": (broker) =>
    expectRouted(
      broker, "topic", [["stock.#"], ["*.eu"]],
      [["stock.eu"], ["stock"], ["eu.stock"], ["weather.eu.x"], ["weather.eu"]],
      ["stock.eu", "stock", "weather.eu"],
    ),

  "fanout-routing": (broker) =>
    expectRouted(broker, "fanout", [[""]], [["a"], ["b"]], ["a", "b"]),

  "headers-routing": (broker) =>
    expectRouted(
      broker, "headers",
      [["", { "x-match": "all", kind: "report", pages: 3 }], ["", { "x-match": "any", urgent: true }]],
      [
        ["", { kind: "report", pages: 3 }, "all"], ["", { kind: "report" }, "half"],
        ["", { urgent: true, more: 1 }, "any"],
      ],
      ["all", "any"],
    ),

  "exchange-to-exchange": async (broker) => {
    const channel = await broker.channel();
    const front = unique("front");
    await channel.assertExchange(front, "topic", { durable: false });
    const back = await exchange(channel, "fanout");
    const sink = await queue(channel);
    await channel.bindQueue(sink, back, "");
    await channel.bindExchange(back, front, "in.*");
    publish(channel, "in.one", "1", {}, front);
    await channel.unbindExchange(back, front, "in.*");
    publish(channel, "in.two", "2", {}, front);
    publish(channel, "", "3", {}, back);
    const inbox = await Inbox.of(channel, sink, { noAck: true });
    assert.deepEqual(await inbox.bodies(2), ["1", "3"]);
    await channel.deleteExchange(front);
  },

  "alternate-exchange": async (broker) => {
    const channel = await broker.channel();
    const back = await exchange(channel, "fanout");
    const front = await exchange(channel, "direct", { alternateExchange: back });
    const sink = await queue(channel);
    await channel.bindQueue(sink, back, "");
    await channel.bindQueue(await queue(channel), front, "known");
    publish(channel, "known", "1", {}, front);
    publish(channel, "unknown", "2", {}, front);
    const inbox = await Inbox.of(channel, sink, { noAck: true });
    assert.deepEqual(await inbox.bodies(1), ["2"]);
  },

  "cc-and-bcc": async (broker) => {
    const channel = await broker.channel();
    const [to, cc, bcc] = [await queue(channel), await queue(channel), await queue(channel)];
    publish(channel, to, "letter", { CC: [cc], BCC: [bcc] });
    for (const name of [to, cc, bcc]) {
      const { properties } = await (await Inbox.of(channel, name, { noAck: true })).next();
      assert.deepEqual(properties.headers, { CC: [cc] });
    }
  },
};
