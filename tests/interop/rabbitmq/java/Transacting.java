import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.util.List;
import java.util.Map;

/** Publishes and acknowledgements that hold together, or not at all. */
final class Transacting {
    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("tx-commit", Transacting::commit);
        checks.put("tx-rollback", Transacting::rollback);
    }

    private static void commit(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Channel channel = connection.createChannel();
        Channel other = connection.createChannel();
        String source = Consuming.filled(other, 1);
        String sink = Broker.queue(other);
        Inbox inbox = Inbox.of(channel, source, false);
        channel.txSelect();
        channel.basicAck(Consuming.tag(inbox.next()), false);
        Broker.publish(channel, sink, "out");
        Broker.expect(Broker.depth(other, sink), 0);
        channel.txCommit();
        Broker.expect(Inbox.of(other, sink, true).bodies(1), List.of("out"));
        channel.close();
        Broker.expect(Broker.depth(other, source), 0);
    }

    private static void rollback(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Channel channel = connection.createChannel();
        Channel other = connection.createChannel();
        String source = Consuming.filled(other, 1);
        String sink = Broker.queue(other);
        Inbox inbox = Inbox.of(channel, source, false);
        channel.txSelect();
        channel.basicAck(Consuming.tag(inbox.next()), false);
        Broker.publish(channel, sink, "out");
        channel.txRollback();
        channel.close();
        Broker.expect(Broker.depth(other, sink), 0);
        Broker.expect(Inbox.of(other, source, true).next().getEnvelope().isRedeliver(), true);
    }

    private Transacting() {}
}
