import com.rabbitmq.client.impl.AMQConnection;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The suite of RabbitMQ's Java client: what applications do with it, a check each.
 *
 * <p>Arguments: the broker's URL, and the names of checks, or none for all. Prints `client NAME
 * VERSION`, then one line a check: `ok CHECK` or `not ok CHECK: reason`. A check that wants the
 * broker restarted prints `restart` and goes on when a line comes in. The exit code says whether all
 * went well.
 */
public final class Suite {
    /** What a check does. */
    interface Check {
        void run(Broker broker) throws Exception;
    }

    private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in));

    public static void main(String[] arguments) {
        List<String> names = Arrays.asList(arguments).subList(1, arguments.length);
        System.out.println("client amqp-client " + version());
        boolean allWell = true;
        for (Map.Entry<String, Check> check : checks().entrySet()) {
            if (names.isEmpty() || names.contains(check.getKey())) {
                allWell &= isWell(check.getKey(), check.getValue(), arguments[0]);
            }
        }
        // The client keeps threads of a connection that a failed check left open.
        System.exit(allWell ? 0 : 1);
    }

    /** Has the broker restarted on the same port, and returns when it listens again. */
    static void restartBroker() throws Exception {
        System.out.println("restart");
        if (INPUT.readLine() == null) {
            throw new AssertionError("nobody restarted the broker");
        }
    }

    private static Map<String, Check> checks() {
        Map<String, Check> all = new LinkedHashMap<>();
        Routing.addTo(all);
        Consuming.addTo(all);
        Cancelling.addTo(all);
        Confirming.addTo(all);
        DeadLettering.addTo(all);
        Refusing.addTo(all);
        Transacting.addTo(all);
        Connecting.addTo(all);
        return all;
    }

    private static boolean isWell(String name, Check check, String url) {
        try (Broker broker = new Broker(url)) {
            check.run(broker);
            System.out.println("ok " + name);
            return true;
        } catch (Throwable failure) {
            System.out.println("not ok " + name + ": " + failure.toString().replace('\n', ' '));
            failure.printStackTrace();
            return false;
        }
    }

    /** What the client tells the broker of itself. */
    private static String version() {
        return AMQConnection.defaultClientProperties().get("version").toString();
    }

    private Suite() {}
}
