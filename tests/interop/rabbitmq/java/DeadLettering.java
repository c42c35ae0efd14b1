import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What sends letters on, and what ends by itself. */
final class DeadLettering {
    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("reject-dead-letter", DeadLettering::rejectDeadLetter);
        checks.put("dead-letter-counts", DeadLettering::deadLetterCounts);
        checks.put("message-ttl", DeadLettering::messageTtl);
        checks.put("queue-ttl", DeadLettering::queueTtl);
        checks.put("max-length-drop-head", DeadLettering::maxLengthDropHead);
        checks.put("max-length-bytes", DeadLettering::maxLengthBytes);
        checks.put("delivery-limit", DeadLettering::deliveryLimit);
    }

    /** Arguments that send dead letters to a queue. */
    private static Map<String, Object> to(String dead, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(more);
        all.put("x-dead-letter-exchange", "");
        all.put("x-dead-letter-routing-key", dead);
        return all;
    }

    /** The last death that a message tells of; its texts as strings. */
    private static Map<String, String> death(Delivery delivery) {
        List<?> deaths = (List<?>) delivery.getProperties().getHeaders().get("x-death");
        Map<String, String> texts = new HashMap<>();
        ((Map<?, ?>) deaths.get(0)).forEach((key, value) -> texts.put(key.toString(), value.toString()));
        return texts;
    }

    private static void rejectDeadLetter(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String dead = Broker.queue(channel);
        String queue = Broker.queue(channel, to(dead, Map.of()));
        Broker.publish(channel, queue, "bad");
        channel.basicReject(Consuming.tag(Inbox.of(channel, queue, false).next()), false);
        Delivery letter = Inbox.of(channel, dead, true).next();
        Map<String, String> death = death(letter);
        Broker.expect(new String(letter.getBody()), "bad");
        Broker.expect(death.get("reason"), "rejected");
        Broker.expect(death.get("queue"), queue);
        Broker.expect(death.get("count"), "1");
        Broker.expect(death.get("routing-keys"), "[" + queue + "]");
        Broker.expect(letter.getProperties().getHeaders().get("x-first-death-reason").toString(), "rejected");
    }

    private static void deadLetterCounts(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String dead = Broker.queue(channel);
        String queue = Broker.queue(channel, to(dead, Map.of()));
        Inbox inbox = Inbox.of(channel, queue, false);
        Inbox letters = Inbox.of(channel, dead, true);
        AMQP.BasicProperties properties = null;
        for (int nth = 1; nth <= 3; nth++) {
            Broker.publish(channel, "", queue, "bad", properties);
            channel.basicNack(Consuming.tag(inbox.next()), false, false);
            Delivery letter = letters.next();
            Broker.expect(death(letter).get("count"), Integer.toString(nth));
            properties = letter.getProperties();
        }
    }

    private static void messageTtl(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String dead = Broker.queue(channel);
        String queue = Broker.queue(channel, to(dead, Map.of()));
        AMQP.BasicProperties brief = new AMQP.BasicProperties.Builder().expiration("20").build();
        Broker.publish(channel, "", queue, "brief", brief);
        Map<String, String> death = death(Inbox.of(channel, dead, true).next());
        Broker.expect(death.get("reason"), "expired");
        Broker.expect(death.get("original-expiration"), "20");
    }

    private static void queueTtl(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String dead = Broker.queue(channel);
        Broker.publish(channel, Broker.queue(channel, to(dead, Map.of("x-message-ttl", 20))), "brief");
        Broker.expect(death(Inbox.of(channel, dead, true).next()).get("reason"), "expired");
    }

    private static void maxLengthDropHead(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String dead = Broker.queue(channel);
        String queue = Broker.queue(channel, to(dead, Map.of("x-max-length", 2)));
        for (String body : List.of("0", "1", "2", "3")) {
            Broker.publish(channel, queue, body);
        }
        Inbox letters = Inbox.of(channel, dead, true);
        Broker.expect(death(letters.next()).get("reason"), "maxlen");
        Broker.expect(letters.bodies(1), List.of("1"));
        Broker.expect(Inbox.of(channel, queue, true).bodies(2), List.of("2", "3"));
    }

    private static void maxLengthBytes(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel, Map.of("x-max-length-bytes", 10));
        for (String body : List.of("12345", "67890", "abc")) {
            Broker.publish(channel, queue, body);
        }
        Broker.expect(Inbox.of(channel, queue, true).bodies(2), List.of("67890", "abc"));
    }

    private static void deliveryLimit(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String dead = Broker.queue(channel);
        Map<String, Object> arguments = to(dead, Map.of("x-queue-type", "quorum", "x-delivery-limit", 1));
        String queue = channel.queueDeclare(Broker.unique("queue"), true, false, false, arguments).getQueue();
        Broker.publish(channel, queue, "poison");
        Inbox inbox = Inbox.of(channel, queue, false);
        for (int nth = 0; nth < 2; nth++) {
            channel.basicNack(Consuming.tag(inbox.next()), false, true);
        }
        Broker.expect(death(Inbox.of(channel, dead, true).next()).get("reason"), "delivery_limit");
        channel.queueDelete(queue);
    }

    private DeadLettering() {}
}
