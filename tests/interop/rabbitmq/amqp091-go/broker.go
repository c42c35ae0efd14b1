package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const waitMax = 30 * time.Second

// broker is where a check connects; what it opened is closed with it.
type broker struct {
	url    string
	opened []*amqp.Connection
}

func (b *broker) connect() *amqp.Connection {
	connection, err := amqp.Dial(b.url)
	must(err)
	return b.keep(connection)
}

func (b *broker) keep(connection *amqp.Connection) *amqp.Connection {
	b.opened = append(b.opened, connection)
	return connection
}

// channel opens one on a connection of its own.
func (b *broker) channel() *amqp.Channel {
	return channelOf(b.connect())
}

func (b *broker) close() {
	for _, connection := range b.opened {
		_ = connection.Close() // where the check closed it there is nothing to say
	}
}

func channelOf(connection *amqp.Connection) *amqp.Channel {
	channel, err := connection.Channel()
	must(err)
	return channel
}

// unique is a name that no other run uses.
func unique(name string) string {
	bytes := make([]byte, 6)
	_, err := rand.Read(bytes)
	must(err)
	return name + "-" + hex.EncodeToString(bytes)
}

// queue declares one that ends with its connection.
func queue(channel *amqp.Channel, arguments amqp.Table) string {
	queue, err := channel.QueueDeclare(unique("queue"), false, false, true, false, arguments)
	must(err)
	return queue.Name
}

// sharedQueue declares one that ends with its last consumer.
func sharedQueue(channel *amqp.Channel) string {
	queue, err := channel.QueueDeclare(unique("queue"), false, true, false, false, nil)
	must(err)
	return queue.Name
}

// exchange declares one that ends with its last binding.
func exchange(channel *amqp.Channel, kind string, arguments amqp.Table) string {
	name := unique(kind)
	must(channel.ExchangeDeclare(name, kind, false, true, false, false, arguments))
	return name
}

func publish(channel *amqp.Channel, exchange, key string, message amqp.Publishing) {
	must(channel.Publish(exchange, key, false, false, message))
}

func text(body string) amqp.Publishing {
	return amqp.Publishing{Body: []byte(body)}
}

func consume(channel *amqp.Channel, queue string, autoAck bool, arguments amqp.Table) <-chan amqp.Delivery {
	deliveries, err := channel.Consume(queue, "", autoAck, false, false, false, arguments)
	must(err)
	return deliveries
}

// next waits for one of what comes.
func next[T any](from <-chan T) T {
	select {
	case one, open := <-from:
		if !open {
			panic("closed, where something was to come")
		}
		return one
	case <-time.After(waitMax):
		panic(fmt.Sprintf("nothing within %v", waitMax))
	}
}

func bodies(from <-chan amqp.Delivery, count int) []string {
	var all []string
	for range count {
		all = append(all, string(next(from).Body))
	}
	return all
}

// expectNone fails where something came already.
func expectNone[T any](from <-chan T) {
	select {
	case one := <-from:
		panic(fmt.Sprintf("expected nothing, got %v", one))
	default:
	}
}

func depth(channel *amqp.Channel, name string) int {
	queue, err := channel.QueueDeclarePassive(name, false, false, false, false, nil)
	must(err)
	return queue.Messages
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(actual, expected any) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("expected %#v, got %#v", expected, actual))
	}
}

// expectRefusal wants the broker's error of this code, with these words in its text.
func expectRefusal(err error, code int, words ...string) {
	var refusal *amqp.Error
	if !errors.As(err, &refusal) {
		panic(fmt.Sprintf("expected %d, got %v", code, err))
	}
	expect(refusal.Code, code)
	for _, word := range words {
		if !strings.Contains(refusal.Reason, word) {
			panic(fmt.Sprintf("no %q in %q", word, refusal.Reason))
		}
	}
}
