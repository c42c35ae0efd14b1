import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What the broker refuses, with the reply code that applications look at. */
final class Refusing {
    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("passive-declare-missing", Refusing::passiveDeclareMissing);
        checks.put("inequivalent-declare", Refusing::inequivalentDeclare);
        checks.put("unknown-exchange", Refusing::unknownExchange);
        checks.put("exclusive-queue", Refusing::exclusiveQueue);
        checks.put("unknown-delivery-tag", Refusing::unknownDeliveryTag);
        checks.put("delete-in-use", Refusing::deleteInUse);
        checks.put("refused-password", Refusing::refusedPassword);
        checks.put("unknown-virtual-host", Refusing::unknownVirtualHost);
    }

    private static void passiveDeclareMissing(Broker broker) throws Exception {
        Connection connection = broker.connect();
        String missing = Broker.unique("missing");
        Channel channel = connection.createChannel();
        Broker.expectRefusal(404, () -> channel.queueDeclarePassive(missing), "NOT_FOUND", missing);
        Broker.queue(connection.createChannel()); // the connection goes on
    }

    private static void inequivalentDeclare(Broker broker) throws Exception {
        Connection connection = broker.connect();
        String queue = Broker.queue(connection.createChannel(), Map.of("x-max-length", 5));
        Channel channel = connection.createChannel();
        Broker.expectRefusal(
            406, () -> channel.queueDeclare(queue, false, true, false, Map.of("x-max-length", 6)),
            "PRECONDITION_FAILED", "inequivalent arg", "x-max-length");
    }

    private static ShutdownSignalException closing(Channel channel, Broker.Refused refused) throws Exception {
        CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
        channel.addShutdownListener(closed::complete);
        refused.run();
        return closed.get(Broker.WAIT_MS, TimeUnit.MILLISECONDS);
    }

    private static void unknownExchange(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String missing = Broker.unique("missing");
        Broker.expectSignal(
            closing(channel, () -> Broker.publish(channel, missing, "key", "lost", null)), 404, "no exchange");
    }

    private static void exclusiveQueue(Broker broker) throws Exception {
        String queue = Broker.queue(broker.channel());
        Channel other = broker.channel();
        Broker.expectRefusal(405, () -> other.queueDeclarePassive(queue), "RESOURCE_LOCKED", queue);
    }

    private static void unknownDeliveryTag(Broker broker) throws Exception {
        Channel channel = broker.channel();
        Broker.expectSignal(
            closing(channel, () -> channel.basicAck(7, false)), 406, "unknown delivery tag 7");
    }

    private static void deleteInUse(Broker broker) throws Exception {
        Connection connection = broker.connect();
        String queue = Broker.queue(connection.createChannel());
        Inbox.of(connection.createChannel(), queue, true);
        Channel channel = connection.createChannel();
        Broker.expectRefusal(406, () -> channel.queueDelete(queue, true, false), "in use");
    }

    /** The client knows this refusal by the broker's close of a connection that never opened. */
    private static void refusedPassword(Broker broker) throws Exception {
        ConnectionFactory factory = broker.factory();
        factory.setPassword("wrong");
        try {
            broker.connect(factory);
        } catch (AuthenticationFailureException refusal) {
            return;
        }
        throw new AssertionError("a wrong password came in");
    }

    private static void unknownVirtualHost(Broker broker) throws Exception {
        ConnectionFactory factory = broker.factory();
        factory.setVirtualHost(Broker.unique("nowhere"));
        Broker.expectRefusal(530, () -> broker.connect(factory), "NOT_ALLOWED", "not found");
    }

    private Refusing() {}
}
