package main

// transacting: publishes and acknowledgements that hold together, or not at all.
var transacting = []check{
	{"tx-commit", txCommit},
	{"tx-rollback", txRollback},
}

func txCommit(b *broker) {
	connection := b.connect()
	channel, other := channelOf(connection), channelOf(connection)
	source, sink := filled(other, 1), queue(other, nil)
	delivery := next(consume(channel, source, false, nil))
	must(channel.Tx())
	must(delivery.Ack(false))
	publish(channel, "", sink, text("out"))
	expect(depth(other, sink), 0)
	must(channel.TxCommit())
	expect(bodies(consume(other, sink, true, nil), 1), []string{"out"})
	must(channel.Close())
	expect(depth(other, source), 0)
}

func txRollback(b *broker) {
	connection := b.connect()
	channel, other := channelOf(connection), channelOf(connection)
	source, sink := filled(other, 1), queue(other, nil)
	delivery := next(consume(channel, source, false, nil))
	must(channel.Tx())
	must(delivery.Ack(false))
	publish(channel, "", sink, text("out"))
	must(channel.TxRollback())
	must(channel.Close())
	expect(depth(other, sink), 0)
	expect(next(consume(other, source, true, nil)).Redelivered, true)
}
