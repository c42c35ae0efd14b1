package main

import (
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// connecting: tuning, heartbeats, channels, and a broker that goes away and comes back.
var connecting = []check{
	{"heartbeats", heartbeats},
	{"many-channels", manyChannels},
	{"small-frames", smallFrames},
	{"update-secret", updateSecret},
	{"reconnect-after-restart", reconnectAfterRestart},
	{"automatic-recovery", automaticRecovery},
}

func (b *broker) connectWith(config amqp.Config) *amqp.Connection {
	connection, err := amqp.DialConfig(b.url, config)
	must(err)
	return b.keep(connection)
}

// heartbeats: three seconds of silence are longer than either side bears from a peer of one second.
func heartbeats(b *broker) {
	connection := b.connectWith(amqp.Config{Heartbeat: time.Second})
	closed := connection.NotifyClose(make(chan *amqp.Error, 1))
	select {
	case err := <-closed:
		panic(err)
	case <-time.After(3 * time.Second):
	}
	channelOf(connection)
}

func manyChannels(b *broker) {
	connection := b.connect()
	sink := channelOf(connection)
	name := queue(sink, nil)
	deliveries := consume(sink, name, true, nil)
	for i := range 200 {
		publish(channelOf(connection), "", name, text(fmt.Sprint(i)))
	}
	bodies(deliveries, 200)
}

func smallFrames(b *broker) {
	channel := channelOf(b.connectWith(amqp.Config{FrameSize: 4096}))
	name := queue(channel, nil)
	publish(channel, "", name, amqp.Publishing{Body: make([]byte, 100_000)})
	expect(len(next(consume(channel, name, true, nil)).Body), 100_000)
}

func updateSecret(b *broker) {
	connection := b.connect()
	must(connection.UpdateSecret("guest", "renewed"))
	channelOf(connection)
}

func reconnectAfterRestart(b *broker) {
	connection := b.connect()
	closed := connection.NotifyClose(make(chan *amqp.Error, 1))
	channel := channelOf(connection)
	deliveries := consume(channel, filled(channel, 1), true, nil)
	next(deliveries)
	restartBroker()
	next(closed)
	channel = channelOf(b.connectAgain())
	expect(bodies(consume(channel, filled(channel, 1), true, nil), 1), []string{"0"})
}

func (b *broker) connectAgain() *amqp.Connection {
	end := time.Now().Add(waitMax)
	for {
		connection, err := amqp.Dial(b.url)
		if err == nil {
			return b.keep(connection)
		}
		if time.Now().After(end) {
			panic(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// automaticRecovery: the library connects again, declares the queue again, and consumes on.
func automaticRecovery(b *broker) {
	retries := &amqp.ReconnectionConfig{MaxRetryCount: 100, RetryInterval: 200 * time.Millisecond}
	connection := b.connectWith(amqp.Config{Recovery: &amqp.Recovery{ReconnectionConfig: retries}})
	changes := make(chan *amqp.StateChanged, 16)
	connection.NotifyStateChange(changes)
	channel := channelOf(connection)
	name := queue(channel, nil)
	deliveries := consume(channel, name, true, nil)
	restartBroker()
	for change := next(changes); change.To != amqp.StateOpen; change = next(changes) {
	}
	publish(channel, "", name, text("after"))
	expect(bodies(deliveries, 1), []string{"after"})
}
