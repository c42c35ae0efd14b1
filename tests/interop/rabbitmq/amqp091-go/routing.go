package main

import amqp "github.com/rabbitmq/amqp091-go"

// routing: exchanges by key, by pattern, by headers, to all, and what they can't route.
var routing = []check{
	{"direct-routing", func(b *broker) {
		expectRouted(b, "direct", []binding{{"a", nil}, {"c", nil}}, keyed("a", "b", "c"), "a", "c")
	}},
	{"topic-routing", func(b *broker) {
		publishes := keyed("stock.eu", "stock", "eu.stock", "weather.eu.x", "weather.eu")
		bindings := []binding{{"stock.#", nil}, {"*.eu", nil}}
		expectRouted(b, "topic", bindings, publishes, "stock.eu", "stock", "weather.eu")
	}},
	{"fanout-routing", func(b *broker) {
		expectRouted(b, "fanout", []binding{{"", nil}}, keyed("a", "b"), "a", "b")
	}},
	{"headers-routing", headersRouting},
	{"exchange-to-exchange", exchangeToExchange},
	{"alternate-exchange", alternateExchange},
	{"cc-and-bcc", ccAndBcc},
}

type binding struct {
	key       string
	arguments amqp.Table
}

type keyedPublish struct {
	key     string
	message amqp.Publishing
}

func keyed(keys ...string) []keyedPublish {
	var all []keyedPublish
	for _, key := range keys {
		all = append(all, keyedPublish{key, text(key)})
	}
	return all
}

// expectRouted publishes to an exchange and wants these bodies behind it, and no other.
func expectRouted(b *broker, kind string, bindings []binding, publishes []keyedPublish, expected ...string) {
	channel := b.channel()
	name, sink := exchange(channel, kind, nil), queue(channel, nil)
	for _, each := range bindings {
		must(channel.QueueBind(sink, each.key, name, false, each.arguments))
	}
	deliveries := consume(channel, sink, true, nil)
	for _, each := range publishes {
		publish(channel, name, each.key, each.message)
	}
	publish(channel, "", sink, text("end"))
	expect(bodies(deliveries, len(expected)+1), append(expected, "end"))
}

func headersRouting(b *broker) {
	with := func(body string, headers amqp.Table) keyedPublish {
		return keyedPublish{"", amqp.Publishing{Headers: headers, Body: []byte(body)}}
	}
	every := amqp.Table{"x-match": "all", "kind": "report", "pages": 3}
	one := amqp.Table{"x-match": "any", "urgent": true, "from": "boss"}
	expectRouted(b, "headers", []binding{{"", every}, {"", one}}, []keyedPublish{
		with("all", amqp.Table{"kind": "report", "pages": 3, "more": "x"}),
		with("not all", amqp.Table{"kind": "report", "pages": 4}),
		with("any", amqp.Table{"urgent": true}),
		with("none", nil),
	}, "all", "any")
}

func exchangeToExchange(b *broker) {
	channel := b.channel()
	front, back, sink := unique("front"), exchange(channel, "fanout", nil), queue(channel, nil)
	must(channel.ExchangeDeclare(front, "topic", false, false, false, false, nil))
	must(channel.QueueBind(sink, "", back, false, nil))
	must(channel.ExchangeBind(back, "in.*", front, false, nil))
	deliveries := consume(channel, sink, true, nil)
	publish(channel, front, "in.one", text("1"))
	expect(bodies(deliveries, 1), []string{"1"})
	must(channel.ExchangeUnbind(back, "in.*", front, false, nil))
	publish(channel, front, "in.two", text("2"))
	publish(channel, back, "", text("3"))
	expect(bodies(deliveries, 1), []string{"3"})
	must(channel.ExchangeDelete(front, false, false))
}

func alternateExchange(b *broker) {
	channel := b.channel()
	back, sink, other := exchange(channel, "fanout", nil), queue(channel, nil), queue(channel, nil)
	front := exchange(channel, "direct", amqp.Table{"alternate-exchange": back})
	must(channel.QueueBind(sink, "", back, false, nil))
	must(channel.QueueBind(other, "known", front, false, nil))
	deliveries := consume(channel, sink, true, nil)
	publish(channel, front, "known", text("1"))
	publish(channel, front, "unknown", text("2"))
	delivery := next(deliveries)
	expect([]string{string(delivery.Body), delivery.RoutingKey, delivery.Exchange}, []string{"2", "unknown", front})
}

func ccAndBcc(b *broker) {
	channel := b.channel()
	to, cc, bcc := queue(channel, nil), queue(channel, nil), queue(channel, nil)
	headers := amqp.Table{"CC": []any{cc}, "BCC": []any{bcc}}
	publish(channel, "", to, amqp.Publishing{Headers: headers, Body: []byte("letter")})
	for _, name := range []string{to, cc, bcc} {
		expect(next(consume(channel, name, true, nil)).Headers, amqp.Table{"CC": []any{cc}})
	}
}
