import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Exchanges: by key, by pattern, by headers, to all, and what they can't route. */
final class Routing {
    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("direct-routing", broker -> expectRouted(
            broker, "direct", List.of("a", "c"), List.of("a", "b", "c"), List.of("a", "c")));
        checks.put("topic-routing", broker -> expectRouted(
            broker, "topic", List.of("stock.#", "*.eu"),
            List.of("stock.eu", "stock", "eu.stock", "weather.eu.x", "weather.eu"),
            List.of("stock.eu", "stock", "weather.eu")));
        checks.put("fanout-routing", broker -> expectRouted(
            broker, "fanout", List.of(""), List.of("a", "b"), List.of("a", "b")));
        checks.put("headers-routing", Routing::headersRouting);
        checks.put("exchange-to-exchange", Routing::exchangeToExchange);
        checks.put("alternate-exchange", Routing::alternateExchange);
        checks.put("cc-and-bcc", Routing::ccAndBcc);
    }

    /** Publishes to each key, its name as the body, and wants these bodies and no other. */
    private static void expectRouted(
            Broker broker, String type, List<String> bindings, List<String> keys, List<String> expected)
            throws Exception {
        Channel channel = broker.channel();
        String exchange = Broker.exchange(channel, type, null);
        String sink = Broker.queue(channel);
        for (String key : bindings) {
            channel.queueBind(sink, exchange, key);
        }
        for (String key : keys) {
            Broker.publish(channel, exchange, key, key, null);
        }
        Broker.publish(channel, sink, "end");
        List<String> all = new ArrayList<>(expected);
        all.add("end");
        Broker.expect(Inbox.of(channel, sink, true).bodies(all.size()), all);
    }

    private static void headersRouting(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String exchange = Broker.exchange(channel, "headers", null);
        String sink = Broker.queue(channel);
        channel.queueBind(sink, exchange, "", Map.of("x-match", "all", "kind", "report", "pages", 3));
        channel.queueBind(sink, exchange, "", Map.of("x-match", "any", "urgent", true));
        Broker.publish(channel, exchange, "", "all", with(Map.of("kind", "report", "pages", 3)));
        Broker.publish(channel, exchange, "", "half", with(Map.of("kind", "report")));
        Broker.publish(channel, exchange, "", "any", with(Map.of("urgent", true, "more", 1)));
        Broker.publish(channel, sink, "end");
        Broker.expect(Inbox.of(channel, sink, true).bodies(3), List.of("all", "any", "end"));
    }

    static AMQP.BasicProperties with(Map<String, Object> headers) {
        return new AMQP.BasicProperties.Builder().headers(headers).build();
    }

    private static void exchangeToExchange(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String front = Broker.unique("front");
        String back = Broker.exchange(channel, "fanout", null);
        String sink = Broker.queue(channel);
        channel.exchangeDeclare(front, "topic");
        channel.queueBind(sink, back, "");
        channel.exchangeBind(back, front, "in.*");
        Broker.publish(channel, front, "in.one", "1", null);
        channel.exchangeUnbind(back, front, "in.*");
        Broker.publish(channel, front, "in.two", "2", null);
        Broker.publish(channel, back, "", "3", null);
        Broker.expect(Inbox.of(channel, sink, true).bodies(2), List.of("1", "3"));
        channel.exchangeDelete(front);
    }

    private static void alternateExchange(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String back = Broker.exchange(channel, "fanout", null);
        String front = Broker.exchange(channel, "direct", Map.of("alternate-exchange", back));
        String sink = Broker.queue(channel);
        channel.queueBind(sink, back, "");
        channel.queueBind(Broker.queue(channel), front, "known");
        Broker.publish(channel, front, "known", "1", null);
        Broker.publish(channel, front, "unknown", "2", null);
        Delivery delivery = Inbox.of(channel, sink, true).next();
        Broker.expect(new String(delivery.getBody()), "2");
        Broker.expect(delivery.getEnvelope().getRoutingKey(), "unknown");
    }

    private static void ccAndBcc(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String to = Broker.queue(channel);
        String cc = Broker.queue(channel);
        String bcc = Broker.queue(channel);
        AMQP.BasicProperties copies = with(Map.of("CC", List.of(cc), "BCC", List.of(bcc)));
        Broker.publish(channel, "", to, "letter", copies);
        for (String queue : List.of(to, cc, bcc)) {
            Map<String, Object> headers = Inbox.of(channel, queue, true).next().getProperties().getHeaders();
            Broker.expect(headers.keySet().toString(), "[CC]");
        }
    }

    private Routing() {}
}
