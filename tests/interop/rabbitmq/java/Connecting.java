import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Recoverable;
import com.rabbitmq.client.RecoveryListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Tuning, heartbeats, channels, and a broker that goes away and comes back. */
final class Connecting {
    private static final int QUIET_MS = 3_000;

    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("heartbeats", Connecting::heartbeats);
        checks.put("many-channels", Connecting::manyChannels);
        checks.put("small-frames", Connecting::smallFrames);
        checks.put("reconnect-after-restart", Connecting::reconnectAfterRestart);
    }

    /** Three seconds of silence are longer than either side bears from a peer of one second. */
    private static void heartbeats(Broker broker) throws Exception {
        ConnectionFactory factory = broker.factory();
        factory.setRequestedHeartbeat(1);
        Connection connection = broker.connect(factory);
        Broker.expect(connection.getHeartbeat(), 1);
        CompletableFuture<Throwable> closed = new CompletableFuture<>();
        connection.addShutdownListener(closed::complete);
        try {
            throw new AssertionError("closed", closed.get(QUIET_MS, TimeUnit.MILLISECONDS));
        } catch (TimeoutException quiet) {
            Broker.queue(connection.createChannel());
        }
    }

    private static void manyChannels(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Channel sink = connection.createChannel();
        String queue = Broker.queue(sink);
        Inbox inbox = Inbox.of(sink, queue, true);
        for (int i = 0; i < 200; i++) {
            Broker.publish(connection.createChannel(), queue, Integer.toString(i));
        }
        inbox.bodies(200);
    }

    private static void smallFrames(Broker broker) throws Exception {
        ConnectionFactory factory = broker.factory();
        factory.setRequestedFrameMax(4096);
        Connection connection = broker.connect(factory);
        Broker.expect(connection.getFrameMax(), 4096);
        Channel channel = connection.createChannel();
        String queue = Broker.queue(channel);
        channel.basicPublish("", queue, null, new byte[100_000]);
        Broker.expect(Inbox.of(channel, queue, true).next().getBody().length, 100_000);
    }

    /** The client recovers the connection, exchange, queue, binding and consumer by itself. */
    private static void reconnectAfterRestart(Broker broker) throws Exception {
        ConnectionFactory factory = broker.factory();
        factory.setAutomaticRecoveryEnabled(true);
        factory.setNetworkRecoveryInterval(200);
        Connection connection = broker.connect(factory);
        Channel channel = connection.createChannel();
        String exchange = Broker.exchange(channel, "direct", null);
        String queue = Broker.queue(channel);
        channel.queueBind(queue, exchange, "key");
        Inbox inbox = Inbox.of(channel, queue, true);
        Broker.publish(channel, exchange, "key", "before", null);
        Broker.expect(inbox.bodies(1), List.of("before"));
        CompletableFuture<Recoverable> recovered = recovery(connection);
        Suite.restartBroker();
        recovered.get(Broker.WAIT_MS, TimeUnit.MILLISECONDS);
        Broker.publish(channel, exchange, "key", "after", null);
        Broker.expect(inbox.bodies(1), List.of("after"));
    }

    private static CompletableFuture<Recoverable> recovery(Connection connection) {
        CompletableFuture<Recoverable> recovered = new CompletableFuture<>();
        ((Recoverable) connection).addRecoveryListener(new RecoveryListener() {
            @Override
            public void handleRecovery(Recoverable recoverable) {
                recovered.complete(recoverable);
            }

            @Override
            public void handleRecoveryStarted(Recoverable recoverable) {}
        });
        return recovered;
    }

    private Connecting() {}
}
