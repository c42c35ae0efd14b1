package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// consuming: acknowledging, prefetch, priorities, cancelling, and what messages carry.
var consuming = []check{
	{"publish-and-consume", publishAndConsume},
	{"server-named-queue", serverNamedQueue},
	{"all-properties", allProperties},
	{"nack-requeue", nackRequeue},
	{"nack-multiple", nackMultiple},
	{"recover", recoverUnacked},
	{"requeue-at-channel-close", requeueAtChannelClose},
	{"basic-get", basicGet},
	{"prefetch-per-consumer", prefetchPerConsumer},
	{"prefetch-global", prefetchGlobal},
	{"consumer-cancel-notification", consumerCancelNotification},
	{"consumer-priority", consumerPriority},
	{"single-active-consumer", singleActiveConsumer},
	{"priorities", priorities},
	{"direct-reply-to", directReplyTo},
	{"auto-delete-queue", autoDeleteQueue},
	{"purge-and-delete", purgeAndDelete},
	{"large-message", largeMessage},
}

// filled is a queue with bodies "0", "1", … in it.
func filled(channel *amqp.Channel, count int) string {
	name := queue(channel, nil)
	for i := range count {
		publish(channel, "", name, text(fmt.Sprint(i)))
	}
	return name
}

func publishAndConsume(b *broker) {
	channel := b.channel()
	deliveries := consume(channel, filled(channel, 3), false, nil)
	for i := range 3 {
		delivery := next(deliveries)
		expect([]any{string(delivery.Body), delivery.Redelivered}, []any{fmt.Sprint(i), false})
		must(delivery.Ack(false))
	}
}

func serverNamedQueue(b *broker) {
	channel := b.channel()
	declared, err := channel.QueueDeclare("", false, false, true, false, nil)
	must(err)
	expect(strings.HasPrefix(declared.Name, "amq.gen-"), true)
	publish(channel, "", declared.Name, text("1"))
	expect(bodies(consume(channel, declared.Name, true, nil), 1), []string{"1"})
}

func allProperties(b *broker) {
	channel := b.channel()
	name := queue(channel, nil)
	sent := amqp.Publishing{
		Headers: amqp.Table{
			"text": "ä", "byte": int8(-8), "unsigned byte": byte(200), "short": int16(-300), "int": int32(70000),
			"long": int64(1) << 40, "float": float32(1.5), "double": 2.25, "true": true, "none": nil,
			"decimal": amqp.Decimal{Scale: 2, Value: 314}, "time": time.Unix(1_700_000_000, 0),
			"bytes": []byte{0, 255}, "list": []any{int32(1), "two"}, "table": amqp.Table{"inner": true},
		},
		ContentType: "text/plain", ContentEncoding: "utf-8", DeliveryMode: amqp.Persistent, Priority: 5,
		CorrelationId: "c", ReplyTo: "r", Expiration: "60000", MessageId: "m",
		Timestamp: time.Unix(1_700_000_000, 0), Type: "t", UserId: "guest", AppId: "a", Body: []byte("body"),
	}
	publish(channel, "", name, sent)
	got := next(consume(channel, name, true, nil))
	expect(amqp.Publishing{
		Headers: got.Headers, ContentType: got.ContentType, ContentEncoding: got.ContentEncoding,
		DeliveryMode: got.DeliveryMode, Priority: got.Priority, CorrelationId: got.CorrelationId,
		ReplyTo: got.ReplyTo, Expiration: got.Expiration, MessageId: got.MessageId, Timestamp: got.Timestamp,
		Type: got.Type, UserId: got.UserId, AppId: got.AppId, Body: got.Body,
	}, sent)
}

func nackRequeue(b *broker) {
	channel := b.channel()
	deliveries := consume(channel, filled(channel, 1), false, nil)
	must(next(deliveries).Nack(false, true))
	again := next(deliveries)
	expect([]any{again.Redelivered, string(again.Body)}, []any{true, "0"})
	must(again.Ack(false))
}

func nackMultiple(b *broker) {
	channel := b.channel()
	deliveries := consume(channel, filled(channel, 3), false, nil)
	bodies(deliveries, 2)
	must(next(deliveries).Nack(true, true))
	expect(bodies(deliveries, 3), []string{"0", "1", "2"})
}

func recoverUnacked(b *broker) {
	channel := b.channel()
	deliveries := consume(channel, filled(channel, 1), false, nil)
	next(deliveries)
	must(channel.Recover(true))
	expect(next(deliveries).Redelivered, true)
}

func requeueAtChannelClose(b *broker) {
	connection := b.connect()
	first, second := channelOf(connection), channelOf(connection)
	name := filled(first, 1)
	next(consume(first, name, false, nil))
	must(first.Close())
	expect(next(consume(second, name, true, nil)).Redelivered, true)
}

func basicGet(b *broker) {
	channel := b.channel()
	name := queue(channel, nil)
	_, there, err := channel.Get(name, true)
	must(err)
	expect(there, false)
	must(channel.Confirm(false))
	for _, body := range []string{"1", "2"} {
		confirm(publishDeferred(channel, name, body))
	}
	got, there, err := channel.Get(name, false)
	must(err)
	expect([]any{there, string(got.Body), got.MessageCount}, []any{true, "1", uint32(1)})
	must(got.Ack(false))
}

func prefetchPerConsumer(b *broker) {
	channel := b.channel()
	name := filled(channel, 10)
	must(channel.Qos(2, 0, false))
	one, two := consume(channel, name, false, nil), consume(channel, name, false, nil)
	first := next(one)
	bodies(one, 1)
	bodies(two, 2)
	expect(depth(channel, name), 6)
	must(first.Ack(false))
	bodies(one, 1)
	expect(depth(channel, name), 5)
	expectNone(two)
}

func prefetchGlobal(b *broker) {
	channel := b.channel()
	name := filled(channel, 10)
	must(channel.Qos(3, 0, true))
	one := consume(channel, name, false, nil)
	first := next(one)
	bodies(one, 2)
	two := consume(channel, name, false, nil)
	expect(depth(channel, name), 7)
	expectNone(two)
	must(first.Ack(false))
	select {
	case <-one:
	case <-two:
	case <-time.After(waitMax):
		panic("no message for the one that was acknowledged")
	}
	expect(depth(channel, name), 6)
}

func consumerCancelNotification(b *broker) {
	channel, other := b.channel(), b.channel()
	name := sharedQueue(channel)
	cancelled := channel.NotifyCancel(make(chan string, 1))
	deliveries, err := channel.Consume(name, "watcher", true, false, false, false, nil)
	must(err)
	_, err = other.QueueDelete(name, false, false, false)
	must(err)
	expect(next(cancelled), "watcher")
	_, open := <-deliveries
	expect(open, false)
}

func consumerPriority(b *broker) {
	channel := b.channel()
	name := queue(channel, nil)
	must(channel.Qos(2, 0, false))
	low := consume(channel, name, false, amqp.Table{"x-priority": -1})
	high := consume(channel, name, false, amqp.Table{"x-priority": 10})
	for i := range 3 {
		publish(channel, "", name, text(fmt.Sprint(i)))
	}
	expect(bodies(high, 2), []string{"0", "1"})
	expect(bodies(low, 1), []string{"2"})
}

func singleActiveConsumer(b *broker) {
	channel := b.channel()
	name := queue(channel, amqp.Table{"x-single-active-consumer": true})
	first, err := channel.Consume(name, "first", true, false, false, false, nil)
	must(err)
	second := consume(channel, name, true, nil)
	for i := range 3 {
		publish(channel, "", name, text(fmt.Sprint(i)))
	}
	expect(bodies(first, 3), []string{"0", "1", "2"})
	expectNone(second)
	must(channel.Cancel("first", false))
	publish(channel, "", name, text("3"))
	expect(bodies(second, 1), []string{"3"})
}

func priorities(b *broker) {
	channel := b.channel()
	name := queue(channel, amqp.Table{"x-max-priority": 10})
	must(channel.Confirm(false))
	for _, priority := range []uint8{1, 5, 0, 10} {
		message := amqp.Publishing{Priority: priority, Body: []byte(fmt.Sprint(priority))}
		confirmation, err := channel.PublishWithDeferredConfirm("", name, false, false, message)
		must(err)
		confirm(confirmation)
	}
	expect(bodies(consume(channel, name, true, nil), 4), []string{"10", "5", "1", "0"})
}

func directReplyTo(b *broker) {
	server, client := b.channel(), b.channel()
	requests := queue(server, nil)
	questions := consume(server, requests, true, nil)
	answers := consume(client, "amq.rabbitmq.reply-to", true, nil)
	question := amqp.Publishing{ReplyTo: "amq.rabbitmq.reply-to", CorrelationId: "7", Body: []byte("q")}
	publish(client, "", requests, question)
	asked := next(questions)
	answer := amqp.Publishing{CorrelationId: asked.CorrelationId, Body: []byte("a")}
	publish(server, "", asked.ReplyTo, answer)
	got := next(answers)
	expect([]string{got.CorrelationId, string(got.Body)}, []string{"7", "a"})
}

func autoDeleteQueue(b *broker) {
	channel := b.channel()
	name := sharedQueue(channel)
	_, err := channel.Consume(name, "last", true, false, false, false, nil)
	must(err)
	must(channel.Cancel("last", false))
	_, err = channel.QueueDeclarePassive(name, false, true, false, false, nil)
	expectRefusal(err, amqp.NotFound, name)
}

func purgeAndDelete(b *broker) {
	channel := b.channel()
	name := queue(channel, nil)
	must(channel.Confirm(false))
	for range 3 {
		confirm(publishDeferred(channel, name, "x"))
	}
	purged, err := channel.QueuePurge(name, false)
	must(err)
	confirm(publishDeferred(channel, name, "x"))
	deleted, err := channel.QueueDelete(name, false, false, false)
	must(err)
	expect([]int{purged, deleted}, []int{3, 1})
}

func largeMessage(b *broker) {
	channel := b.channel()
	name := queue(channel, nil)
	body := bytes.Repeat([]byte("0123456789abcdef"), 5*1024*1024/16)
	publish(channel, "", name, amqp.Publishing{Body: body})
	expect(bytes.Equal(next(consume(channel, name, true, nil)).Body, body), true)
}
