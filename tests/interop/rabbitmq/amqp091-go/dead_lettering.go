package main

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// deadLettering: what sends letters on, and what ends by itself.
var deadLettering = []check{
	{"reject-dead-letter", rejectDeadLetter},
	{"dead-letter-counts", deadLetterCounts},
	{"message-ttl", messageTTL},
	{"queue-ttl", queueTTL},
	{"queue-expires", queueExpires},
	{"max-length-drop-head", maxLengthDropHead},
	{"max-length-bytes", maxLengthBytes},
	{"delivery-limit", deliveryLimit},
}

// withDeadLetters declares a queue and the one that its dead letters come to.
func withDeadLetters(channel *amqp.Channel, arguments amqp.Table) (name, dead string) {
	dead = queue(channel, nil)
	return queue(channel, deadLettersTo(dead, arguments)), dead
}

func deadLettersTo(dead string, arguments amqp.Table) amqp.Table {
	all := amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
	for key, value := range arguments {
		all[key] = value
	}
	return all
}

// death is the last one that a message tells of.
func death(delivery amqp.Delivery) amqp.Table {
	deaths, _ := delivery.Headers["x-death"].([]any)
	if len(deaths) == 0 {
		panic(fmt.Sprintf("no x-death in %v", delivery.Headers))
	}
	return deaths[0].(amqp.Table)
}

func rejectDeadLetter(b *broker) {
	channel := b.channel()
	name, dead := withDeadLetters(channel, nil)
	publish(channel, "", name, text("bad"))
	must(next(consume(channel, name, false, nil)).Reject(false))
	letter := next(consume(channel, dead, true, nil))
	got := death(letter)
	expect([]any{string(letter.Body), got["reason"], got["queue"], got["exchange"], got["count"]},
		[]any{"bad", "rejected", name, "", int64(1)})
	expect(got["routing-keys"], []any{name})
	expect(letter.Headers["x-first-death-queue"], name)
}

func deadLetterCounts(b *broker) {
	channel := b.channel()
	name, dead := withDeadLetters(channel, nil)
	deliveries, letters := consume(channel, name, false, nil), consume(channel, dead, true, nil)
	headers := amqp.Table{}
	for nth := range 3 {
		publish(channel, "", name, amqp.Publishing{Headers: headers})
		must(next(deliveries).Nack(false, false))
		letter := next(letters)
		expect(death(letter)["count"], int64(nth+1))
		headers = letter.Headers
	}
}

func messageTTL(b *broker) {
	channel := b.channel()
	name, dead := withDeadLetters(channel, nil)
	publish(channel, "", name, amqp.Publishing{Expiration: "20"})
	letter := next(consume(channel, dead, true, nil))
	got := death(letter)
	expect([]any{got["reason"], got["original-expiration"], letter.Expiration}, []any{"expired", "20", ""})
}

func queueTTL(b *broker) {
	channel := b.channel()
	name, dead := withDeadLetters(channel, amqp.Table{"x-message-ttl": 20})
	publish(channel, "", name, text("1"))
	expect(death(next(consume(channel, dead, true, nil)))["reason"], "expired")
}

func queueExpires(b *broker) {
	channel := b.channel()
	declared, err := channel.QueueDeclare(unique("queue"), false, false, false, false, amqp.Table{"x-expires": 50})
	must(err)
	returns := channel.NotifyReturn(make(chan amqp.Return, 1))
	must(channel.Confirm(false))
	for {
		// Not by a passive declaration, which counts as use and would keep the queue.
		confirmation, err := channel.PublishWithDeferredConfirm("", declared.Name, true, false, text(""))
		must(err)
		confirm(confirmation)
		select {
		case <-returns:
			return
		default:
		}
	}
}

func maxLengthDropHead(b *broker) {
	channel := b.channel()
	name, dead := withDeadLetters(channel, amqp.Table{"x-max-length": 2})
	letters := consume(channel, dead, true, nil)
	for i := range 4 {
		publish(channel, "", name, text(fmt.Sprint(i)))
	}
	expect(death(next(letters))["reason"], "maxlen")
	expect(bodies(letters, 1), []string{"1"})
	expect(bodies(consume(channel, name, true, nil), 2), []string{"2", "3"})
}

func maxLengthBytes(b *broker) {
	channel := b.channel()
	name := queue(channel, amqp.Table{"x-max-length-bytes": 10})
	for _, body := range []string{"12345", "67890", "abc"} {
		publish(channel, "", name, text(body))
	}
	expect(bodies(consume(channel, name, true, nil), 2), []string{"67890", "abc"})
}

func deliveryLimit(b *broker) {
	channel := b.channel()
	dead := queue(channel, nil)
	arguments := deadLettersTo(dead, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 1})
	declared, err := channel.QueueDeclare(unique("queue"), true, false, false, false, arguments)
	must(err)
	publish(channel, "", declared.Name, text("poison"))
	deliveries := consume(channel, declared.Name, false, nil)
	for range 2 {
		must(next(deliveries).Nack(false, true))
	}
	expect(death(next(consume(channel, dead, true, nil)))["reason"], "delivery_limit")
	_, err = channel.QueueDelete(declared.Name, false, false, false)
	must(err)
}
