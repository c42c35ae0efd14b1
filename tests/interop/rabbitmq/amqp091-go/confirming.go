package main

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"
)

// confirming: publisher confirms, and messages that come back.
var confirming = []check{
	{"confirm-single", confirmSingle},
	{"confirm-many", confirmMany},
	{"confirm-nack", confirmNack},
	{"mandatory-return", mandatoryReturn},
	{"unroutable-is-confirmed", unroutableIsConfirmed},
}

func publishDeferred(channel *amqp.Channel, key, body string) *amqp.DeferredConfirmation {
	confirmation, err := channel.PublishWithDeferredConfirm("", key, false, false, text(body))
	must(err)
	return confirmation
}

func isAcked(confirmation *amqp.DeferredConfirmation) bool {
	ctx, cancel := context.WithTimeout(context.Background(), waitMax)
	defer cancel()
	acked, err := confirmation.WaitContext(ctx)
	must(err)
	return acked
}

func confirm(confirmation *amqp.DeferredConfirmation) {
	expect(isAcked(confirmation), true)
}

func confirmSingle(b *broker) {
	channel := b.channel()
	name := queue(channel, nil)
	must(channel.Confirm(false))
	for range 10 {
		confirm(publishDeferred(channel, name, "x"))
	}
	expect(depth(channel, name), 10)
}

func confirmMany(b *broker) {
	const count = 1000
	channel := b.channel()
	name := queue(channel, nil)
	must(channel.Confirm(false))
	confirmations := channel.NotifyPublish(make(chan amqp.Confirmation, count))
	for range count {
		publish(channel, "", name, text("x"))
	}
	for nth := range count {
		expect(next(confirmations), amqp.Confirmation{DeliveryTag: uint64(nth + 1), Ack: true})
	}
}

func confirmNack(b *broker) {
	channel := b.channel()
	name := queue(channel, amqp.Table{"x-max-length": 1, "x-overflow": "reject-publish"})
	must(channel.Confirm(false))
	confirm(publishDeferred(channel, name, "fits"))
	expect(isAcked(publishDeferred(channel, name, "one too many")), false)
}

func mandatoryReturn(b *broker) {
	channel := b.channel()
	returns := channel.NotifyReturn(make(chan amqp.Return, 1))
	missing := unique("nobody")
	must(channel.Publish("", missing, true, false, amqp.Publishing{MessageId: "m", Body: []byte("back")}))
	got := next(returns)
	expect([]any{got.ReplyCode, got.ReplyText, got.Exchange, got.RoutingKey, got.MessageId, string(got.Body)},
		[]any{uint16(amqp.NoRoute), "NO_ROUTE", "", missing, "m", "back"})
}

func unroutableIsConfirmed(b *broker) {
	channel := b.channel()
	must(channel.Confirm(false))
	confirm(publishDeferred(channel, unique("nobody"), "gone"))
}
