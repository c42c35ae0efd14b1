// The broker as the checks of amqplib use it: connections that end with the check, names of its own,
// and waits that have an end.
"use strict";

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const readline = require("node:readline");
const amqp = require("amqplib");

const WAIT_MS = 30_000;

class Broker {
  constructor(url) {
    this.url = url;
    this.opened = [];
  }

  async connect(options = {}, url = this.url) {
    const connection = await amqp.connect(url, options);
    // Without a listener an error of a connection ends the process.
    connection.on("error", (error) => (connection.failure = error));
    this.opened.push(connection);
    return connection;
  }

  async channel() {
    return channelOf(await this.connect());
  }

  async confirmChannel() {
    return channelOf(await this.connect(), "createConfirmChannel");
  }

  async close() {
    // A connection that the check or the broker closed says so, which is no news here.
    await Promise.all(this.opened.map((connection) => connection.close().catch(() => {})));
  }
}

async function channelOf(connection, kind = "createChannel") {
  const channel = await connection[kind]();
  channel.closed = new Promise((resolve) => channel.on("error", resolve));
  return channel;
}

// Deliveries of a consumer, taken one by one.
class Inbox {
  static async of(channel, queue, options = {}) {
    const inbox = new Inbox();
    inbox.got = [];
    inbox.waiting = [];
    const { consumerTag } = await channel.consume(queue, (message) => inbox.add(message), options);
    inbox.tag = consumerTag;
    return inbox;
  }

  add(message) {
    const waiting = this.waiting.shift();
    if (waiting) waiting(message);
    else this.got.push(message);
  }

  next() {
    if (this.got.length > 0) return Promise.resolve(this.got.shift());
    return within(new Promise((resolve) => this.waiting.push(resolve)));
  }

  async bodies(count) {
    const bodies = [];
    for (let i = 0; i < count; i++) bodies.push((await this.next()).content.toString());
    return bodies;
  }
}

// The promise, unless it takes too long.
function within(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${WAIT_MS} ms`)), WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function unique(name) {
  return `${name}-${randomBytes(6).toString("hex")}`;
}

// Declares a queue that ends with its connection.
async function queue(channel, options = {}) {
  const defaults = { exclusive: true, durable: false };
  return (await channel.assertQueue(unique("queue"), { ...defaults, ...options })).queue;
}

// A queue with bodies "0", "1", … in it.
async function filled(channel, count) {
  const name = await queue(channel);
  for (let i = 0; i < count; i++) publish(channel, name, String(i));
  return name;
}

// Declares an exchange that ends with its last binding.
async function exchange(channel, type, options = {}) {
  const defaults = { durable: false, autoDelete: true };
  return (await channel.assertExchange(unique(type), type, { ...defaults, ...options })).exchange;
}

function publish(channel, key, body, options = {}, to = "") {
  channel.publish(to, key, Buffer.from(body), options);
}

// Expects that the broker closes the channel with this code, and a text that has these words.
async function expectRefusal(promise, code, ...words) {
  const error = await within(promise.then((value) => (value instanceof Error ? value : null), (e) => e));
  assert.ok(error, `expected ${code}, nothing was refused`);
  assert.equal(error.code, code, String(error));
  for (const word of words) assert.ok(error.message.includes(word), `no "${word}" in ${error.message}`);
}

let input;

// Has the broker restarted on the same port, and returns when it listens again.
async function restartBroker() {
  input ??= readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log("restart");
  const { done } = await input.next();
  if (done) throw new Error("nobody restarted the broker");
}

module.exports = {
  Broker, Inbox, assert, channelOf, exchange, expectRefusal, filled, publish, queue, restartBroker,
  unique, within,
};
