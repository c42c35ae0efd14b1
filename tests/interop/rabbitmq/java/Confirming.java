import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Return;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Publisher confirms, and messages that come back. */
final class Confirming {
    private static final int COUNT = 1_000;

    static void addTo(Map<String, Suite.Check> checks) {
        checks.put("confirm-single", Confirming::confirmSingle);
        checks.put("confirm-many", Confirming::confirmMany);
        checks.put("confirm-nack", Confirming::confirmNack);
        checks.put("mandatory-return", Confirming::mandatoryReturn);
        checks.put("unroutable-is-confirmed", Confirming::unroutableIsConfirmed);
    }

    private static void confirmSingle(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel);
        channel.confirmSelect();
        for (int i = 0; i < 10; i++) {
            Broker.publish(channel, queue, "x");
            channel.waitForConfirmsOrDie(Broker.WAIT_MS);
        }
        Broker.expect(Broker.depth(channel, queue), 10);
    }

    private static void confirmMany(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel);
        AtomicLong confirmed = new AtomicLong();
        CountDownLatch all = new CountDownLatch(1);
        channel.addConfirmListener((tag, multiple) -> {
            long count = multiple ? confirmed.updateAndGet(c -> Math.max(c, tag)) : confirmed.incrementAndGet();
            if (count >= COUNT) {
                all.countDown();
            }
        }, (tag, multiple) -> {});
        channel.confirmSelect();
        for (int i = 0; i < COUNT; i++) {
            Broker.publish(channel, queue, "x");
        }
        Broker.expect(channel.waitForConfirms(Broker.WAIT_MS), true);
        Broker.expect(all.await(Broker.WAIT_MS, TimeUnit.MILLISECONDS), true);
    }

    private static void confirmNack(Broker broker) throws Exception {
        Channel channel = broker.channel();
        String queue = Broker.queue(channel, Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        channel.confirmSelect();
        Broker.publish(channel, queue, "fits");
        Broker.expect(channel.waitForConfirms(Broker.WAIT_MS), true);
        Broker.publish(channel, queue, "one too many");
        Broker.expect(channel.waitForConfirms(Broker.WAIT_MS), false);
    }

    private static void mandatoryReturn(Broker broker) throws Exception {
        Channel channel = broker.channel();
        CompletableFuture<Return> returned = new CompletableFuture<>();
        channel.addReturnListener(returned::complete);
        String missing = Broker.unique("nobody");
        channel.basicPublish("", missing, true, null, "back".getBytes());
        Return back = returned.get(Broker.WAIT_MS, TimeUnit.MILLISECONDS);
        Broker.expect(back.getReplyCode(), 312);
        Broker.expect(back.getReplyText(), "NO_ROUTE");
        Broker.expect(back.getRoutingKey(), missing);
        Broker.expect(new String(back.getBody()), "back");
    }

    private static void unroutableIsConfirmed(Broker broker) throws Exception {
        Channel channel = broker.channel();
        channel.confirmSelect();
        Broker.publish(channel, Broker.unique("nobody"), "gone");
        Broker.expect(channel.waitForConfirms(Broker.WAIT_MS), true);
    }

    private Confirming() {}
}
