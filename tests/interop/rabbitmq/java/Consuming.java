import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Acknowledging, prefetch, and what messages carry. */
final class Consuming {
    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("publish-and-consume", Consuming::publishAndConsume);
        checks.put("server-named-queue", Consuming::serverNamedQueue);
        checks.put("all-properties", Consuming::allProperties);
        checks.put("nack-requeue", Consuming::nackRequeue);
        checks.put("nack-multiple", Consuming::nackMultiple);
        checks.put("recover", Consuming::recover);
        checks.put("requeue-at-channel-close", Consuming::requeueAtChannelClose);
        checks.put("basic-get", Consuming::basicGet);
        checks.put("prefetch-per-consumer", Consuming::prefetchPerConsumer);
        checks.put("prefetch-global", Consuming::prefetchGlobal);
        checks.put("priorities", Consuming::priorities);
        checks.put("direct-reply-to", Consuming::directReplyTo);
        checks.put("purge-and-delete", Consuming::purgeAndDelete);
        checks.put("large-message", Consuming::largeMessage);
    }

    /** A queue with bodies "0", "1", … in it. */
    static String filled(Channel channel, int count) throws Exception {
        String queue = Broker.queue(channel);
        for (int i = 0; i < count; i++) {
            Broker.publish(channel, queue, Integer.toString(i));
        }
        return queue;
    }

    static long tag(Delivery delivery) {
        return delivery.getEnvelope().getDeliveryTag();
    }

    private static void publishAndConsume(Broker broker) throws Exception {
        Channel channel = broker.channel();
        Inbox inbox = Inbox.of(channel, filled(channel, 3), false);
        for (int i = 0; i < 3; i++) {
            Delivery delivery = inbox.next();
            Broker.expect(new String(delivery.getBody()), Integer.toString(i));
            Broker.expect(delivery.getEnvelope().isRedeliver(), false);
            channel.basicAck(tag(delivery), false);
        }
    }

    private static void serverNamedQueue(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = channel.queueDeclare().getQueue();
        Broker.expect(queue.startsWith("amq.gen-"), true);
        Broker.publish(channel, queue, "1");
        Broker.expect(Inbox.of(channel, queue, true).bodies(1), List.of("1"));
    }

    private static void allProperties(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel);
        Map<String, Object> headers = new HashMap<>();
        headers.put("byte", (byte) -8);
        headers.put("short", (short) -300);
        headers.put("int", 70_000);
        headers.put("long", 1L << 40);
        headers.put("float", 1.5f);
        headers.put("double", 2.25);
        headers.put("true", true);
        headers.put("none", null);
        headers.put("time", new Date(1_700_000_000_000L));
        headers.put("list", List.of(1, true));
        headers.put("table", Map.of("inner", 1));
        AMQP.BasicProperties sent = new AMQP.BasicProperties(
            "text/plain", "utf-8", headers, 2, 5, "c", "r", "60000", "m",
            new Date(1_700_000_000_000L), "t", "guest", "a", null);
        Broker.publish(channel, "", queue, "body", sent);
        AMQP.BasicProperties got = Inbox.of(channel, queue, true).next().getProperties();
        Broker.expect(got, sent);
    }

    private static void nackRequeue(Broker broker) throws Exception {
        Channel channel = broker.channel();
        Inbox inbox = Inbox.of(channel, filled(channel, 1), false);
        channel.basicNack(tag(inbox.next()), false, true);
        Delivery again = inbox.next();
        Broker.expect(again.getEnvelope().isRedeliver(), true);
        channel.basicAck(tag(again), false);
    }

    private static void nackMultiple(Broker broker) throws Exception {
        Channel channel = broker.channel();
        Inbox inbox = Inbox.of(channel, filled(channel, 3), false);
        inbox.bodies(2);
        channel.basicNack(tag(inbox.next()), true, true);
        Broker.expect(inbox.bodies(3), List.of("0", "1", "2"));
    }

    private static void recover(Broker broker) throws Exception {
        Channel channel = broker.channel();
        Inbox inbox = Inbox.of(channel, filled(channel, 1), false);
        inbox.next();
        channel.basicRecover(true);
        Broker.expect(inbox.next().getEnvelope().isRedeliver(), true);
    }

    private static void requeueAtChannelClose(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Channel first = connection.createChannel();
        String queue = filled(first, 1);
        Inbox.of(first, queue, false).next();
        first.close();
        Inbox second = Inbox.of(connection.createChannel(), queue, true);
        Broker.expect(second.next().getEnvelope().isRedeliver(), true);
    }

    private static void basicGet(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel);
        Broker.expect(channel.basicGet(queue, true) == null, true);
        channel.confirmSelect();
        Broker.publish(channel, queue, "1");
        Broker.publish(channel, queue, "2");
        channel.waitForConfirmsOrDie(Broker.WAIT_MS);
        GetResponse got = channel.basicGet(queue, false);
        Broker.expect(new String(got.getBody()), "1");
        Broker.expect(got.getMessageCount(), 1);
        channel.basicAck(got.getEnvelope().getDeliveryTag(), false);
    }

    private static void prefetchPerConsumer(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = filled(channel, 10);
        channel.basicQos(2);
        Inbox one = Inbox.of(channel, queue, false);
        Inbox two = Inbox.of(channel, queue, false);
        Delivery first = one.next();
        one.next();
        two.bodies(2);
        Broker.expect(Broker.depth(channel, queue), 6);
        channel.basicAck(tag(first), false);
        one.next();
        Broker.expect(Broker.depth(channel, queue), 5);
        Broker.expect(two.deliveries.size(), 0);
    }

    private static void prefetchGlobal(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = filled(channel, 10);
        channel.basicQos(3, true);
        Inbox one = Inbox.of(channel, queue, false);
        one.bodies(3);
        Inbox two = Inbox.of(channel, queue, false);
        Broker.expect(Broker.depth(channel, queue), 7);
        Broker.expect(two.deliveries.size(), 0);
    }

    private static void priorities(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel, Map.of("x-max-priority", 10));
        channel.confirmSelect();
        for (int priority : Arrays.asList(1, 5, 0, 10)) {
            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder().priority(priority).build();
            Broker.publish(channel, "", queue, Integer.toString(priority), properties);
        }
        channel.waitForConfirmsOrDie(Broker.WAIT_MS);
        Broker.expect(Inbox.of(channel, queue, true).bodies(4), List.of("10", "5", "1", "0"));
    }

    /** By the client's own class for it. */
    private static void directReplyTo(Broker broker) throws Exception {
        Channel server = broker.channel();
        String requests = Broker.queue(server);
        server.basicConsume(requests, true, (tag, request) -> {
            AMQP.BasicProperties asked = request.getProperties();
            AMQP.BasicProperties answer =
                new AMQP.BasicProperties.Builder().correlationId(asked.getCorrelationId()).build();
            server.basicPublish("", asked.getReplyTo(), answer, request.getBody());
        }, tag -> {});
        RpcClientParams params = new RpcClientParams().channel(broker.channel()).exchange("")
            .routingKey(requests).replyTo("amq.rabbitmq.reply-to").timeout(Broker.WAIT_MS);
        try (RpcClient client = new RpcClient(params)) {
            Broker.expect(new String(client.primitiveCall("question".getBytes())), "question");
        }
    }

    private static void purgeAndDelete(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = filled(channel, 0);
        channel.confirmSelect();
        for (int i = 0; i < 3; i++) {
            Broker.publish(channel, queue, "x");
        }
        channel.waitForConfirmsOrDie(Broker.WAIT_MS);
        Broker.expect(channel.queuePurge(queue).getMessageCount(), 3);
        Broker.expect(channel.queueDelete(queue).getMessageCount(), 0);
    }

    private static void largeMessage(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel);
        byte[] body = new byte[5 * 1024 * 1024];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }
        channel.basicPublish("", queue, null, body);
        Broker.expect(Arrays.equals(Inbox.of(channel, queue, true).next().getBody(), body), true);
    }

    private Consuming() {}
}
