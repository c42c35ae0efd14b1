import com.rabbitmq.client.Channel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Consumers that come and go: who is served, who is told of the end. */
final class Cancelling {
    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("consumer-cancel-notification", Cancelling::cancelNotification);
        checks.put("consumer-priority", Cancelling::consumerPriority);
        checks.put("single-active-consumer", Cancelling::singleActiveConsumer);
        checks.put("auto-delete-queue", Cancelling::autoDeleteQueue);
        checks.put("exclusive-consumer", Cancelling::exclusiveConsumer);
    }

    private static String shared(Channel channel) throws Exception {
        return channel.queueDeclare(Broker.unique("queue"), false, false, true, null).getQueue();
    }

    private static void cancelNotification(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = shared(channel);
        Inbox inbox = Inbox.of(channel, queue, true);
        broker.channel().queueDelete(queue);
        String tag = inbox.cancelled.get(Broker.WAIT_MS, TimeUnit.MILLISECONDS);
        Broker.expect(tag, inbox.tag);
    }

    private static void consumerPriority(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel);
        channel.basicQos(2);
        Inbox low = Inbox.of(channel, queue, false, Map.of("x-priority", -1));
        Inbox high = Inbox.of(channel, queue, false, Map.of("x-priority", 10));
        for (String body : List.of("0", "1", "2")) {
            Broker.publish(channel, queue, body);
        }
        Broker.expect(high.bodies(2), List.of("0", "1"));
        Broker.expect(low.bodies(1), List.of("2"));
    }

    private static void singleActiveConsumer(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel, Map.of("x-single-active-consumer", true));
        Inbox first = Inbox.of(channel, queue, true);
        Inbox second = Inbox.of(channel, queue, true);
        Broker.publish(channel, queue, "0");
        Broker.publish(channel, queue, "1");
        Broker.expect(first.bodies(2), List.of("0", "1"));
        channel.basicCancel(first.tag);
        Broker.publish(channel, queue, "2");
        Broker.expect(second.bodies(1), List.of("2"));
    }

    private static void autoDeleteQueue(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = shared(channel);
        channel.basicCancel(Inbox.of(channel, queue, true).tag);
        Broker.expectRefusal(404, () -> channel.queueDeclarePassive(queue), queue);
    }

    private static void exclusiveConsumer(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = shared(channel);
        channel.basicConsume(queue, true, "", false, true, null, (tag, delivery) -> {}, tag -> {});
        Broker.expectRefusal(403, () -> Inbox.of(broker.channel(), queue, true), "exclusive");
    }

    private Cancelling() {}
}
