import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A consumer whose deliveries are taken one by one. */
final class Inbox extends DefaultConsumer {
    final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    final CompletableFuture<String> cancelled = new CompletableFuture<>();

    /** The consumer's own, by which it is cancelled. */
    String tag;

    private Inbox(Channel channel) {
        super(channel);
    }

    static Inbox of(Channel channel, String queue, boolean autoAck) throws IOException {
        return of(channel, queue, autoAck, Map.of());
    }

    static Inbox of(Channel channel, String queue, boolean autoAck, Map<String, Object> arguments)
            throws IOException {
        Inbox inbox = new Inbox(channel);
        inbox.tag = channel.basicConsume(queue, autoAck, arguments, inbox);
        return inbox;
    }

    /** Waits for a delivery. */
    Delivery next() throws InterruptedException {
        Delivery delivery = deliveries.poll(Broker.WAIT_MS, TimeUnit.MILLISECONDS);
        if (delivery == null) {
            throw new AssertionError("nothing within " + Broker.WAIT_MS + " ms");
        }
        return delivery;
    }

    List<String> bodies(int count) throws InterruptedException {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bodies.add(new String(next().getBody()));
        }
        return bodies;
    }

    @Override
    public void handleDelivery(
            String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        deliveries.add(new Delivery(envelope, properties, body));
    }

    @Override
    public void handleCancel(String tag) {
        cancelled.complete(tag);
    }
}
