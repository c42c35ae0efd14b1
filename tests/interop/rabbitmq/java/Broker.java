import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Where a check connects. What it opened is closed with it. */
final class Broker implements AutoCloseable {
    /** How long anything may take that a check waits for. */
    static final int WAIT_MS = 30_000;

    private final String url;
    private final List<Connection> opened = new ArrayList<>();

    Broker(String url) {
        this.url = url;
    }

    /** A factory with the broker's address, and no recovery. */
    ConnectionFactory factory() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(url);
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    Connection connect() throws Exception {
        return connect(factory());
    }

    Connection connect(ConnectionFactory factory) throws Exception {
        Connection connection = factory.newConnection();
        opened.add(connection);
        return connection;
    }

    /** A channel on a connection of its own. */
    Channel channel() throws Exception {
        return connect().createChannel();
    }

    @Override
    public void close() {
        for (Connection connection : opened) {
            connection.abort(1_000);
        }
    }

    /** A name that no other run uses. */
    static String unique(String name) {
        return name + "-" + UUID.randomUUID().toString().substring(0, 12);
    }

    /** Declares a queue that ends with its connection. */
    static String queue(Channel channel, Map<String, Object> arguments) throws IOException {
        return channel.queueDeclare(unique("queue"), false, true, false, arguments).getQueue();
    }

    static String queue(Channel channel) throws IOException {
        return queue(channel, null);
    }

    /** Declares an exchange that ends with its last binding. */
    static String exchange(Channel channel, String type, Map<String, Object> arguments)
            throws IOException {
        String name = unique(type);
        channel.exchangeDeclare(name, type, false, true, arguments);
        return name;
    }

    static void publish(Channel channel, String exchange, String key, String body, AMQP.BasicProperties properties)
            throws IOException {
        channel.basicPublish(exchange, key, properties, body.getBytes());
    }

    static void publish(Channel channel, String key, String body) throws IOException {
        publish(channel, "", key, body, null);
    }

    static int depth(Channel channel, String queue) throws IOException {
        return channel.queueDeclarePassive(queue).getMessageCount();
    }

    static void expect(Object actual, Object expected) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    /** Something that the broker refuses. */
    interface Refused {
        void run() throws Exception;
    }

    /** Expects a close of channel or connection with this code, and text that has these words. */
    static void expectRefusal(int code, Refused refused, String... words) throws Exception {
        try {
            refused.run();
        } catch (IOException failure) {
            if (failure.getCause() instanceof ShutdownSignalException signal) {
                expectSignal(signal, code, words);
                return;
            }
            throw failure;
        } catch (AlreadyClosedException failure) {
            expectSignal(failure, code, words);
            return;
        }
        throw new AssertionError("expected " + code + ", nothing was refused");
    }

    static void expectSignal(ShutdownSignalException signal, int code, String... words) {
        boolean ofConnection = signal.getReason() instanceof AMQP.Connection.Close;
        int actual = ofConnection
            ? ((AMQP.Connection.Close) signal.getReason()).getReplyCode()
            : ((AMQP.Channel.Close) signal.getReason()).getReplyCode();
        expect(actual, code);
        for (String word : words) {
            if (!signal.getMessage().contains(word)) {
                throw new AssertionError("no \"" + word + "\" in " + signal.getMessage());
            }
        }
    }
}
