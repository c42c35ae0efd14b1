package main

import (
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// refusing: what the broker refuses, with the reply code that applications look at.
var refusing = []check{
	{"passive-declare-missing", passiveDeclareMissing},
	{"inequivalent-declare", inequivalentDeclare},
	{"unknown-exchange", unknownExchange},
	{"exclusive-queue", exclusiveQueue},
	{"unknown-delivery-tag", unknownDeliveryTag},
	{"delete-in-use", deleteInUse},
	{"refused-password", refusedPassword},
	{"unknown-virtual-host", unknownVirtualHost},
}

func passiveDeclareMissing(b *broker) {
	connection := b.connect()
	name := unique("missing")
	_, err := channelOf(connection).QueueDeclarePassive(name, false, false, false, false, nil)
	expectRefusal(err, amqp.NotFound, "NOT_FOUND", name)
	queue(channelOf(connection), nil) // the connection goes on
}

func inequivalentDeclare(b *broker) {
	connection := b.connect()
	name := queue(channelOf(connection), amqp.Table{"x-max-length": 5})
	_, err := channelOf(connection).QueueDeclare(name, false, false, true, false, amqp.Table{"x-max-length": 6})
	expectRefusal(err, amqp.PreconditionFailed, "PRECONDITION_FAILED", "inequivalent arg", "x-max-length", name)
}

func unknownExchange(b *broker) {
	channel := b.channel()
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	publish(channel, unique("missing"), "key", text("lost"))
	expectRefusal(next(closed), amqp.NotFound, "no exchange")
}

func exclusiveQueue(b *broker) {
	name := queue(b.channel(), nil)
	_, err := b.channel().QueueDeclarePassive(name, false, false, true, false, nil)
	expectRefusal(err, amqp.ResourceLocked, "RESOURCE_LOCKED", name)
}

func unknownDeliveryTag(b *broker) {
	channel := b.channel()
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	must(channel.Ack(7, false))
	expectRefusal(next(closed), amqp.PreconditionFailed, "unknown delivery tag 7")
}

func deleteInUse(b *broker) {
	connection := b.connect()
	name := queue(channelOf(connection), nil)
	consume(channelOf(connection), name, true, nil)
	_, err := channelOf(connection).QueueDelete(name, true, false, false)
	expectRefusal(err, amqp.PreconditionFailed, "in use")
}

func refusedPassword(b *broker) {
	_, err := amqp.Dial(strings.Replace(b.url, "guest:guest@", "guest:wrong@", 1))
	expectRefusal(err, amqp.AccessRefused)
}

func unknownVirtualHost(b *broker) {
	connection, err := amqp.DialConfig(b.url, amqp.Config{Vhost: unique("nowhere")})
	if err == nil {
		b.keep(connection)
	}
	expectRefusal(err, amqp.NotAllowed)
}
