import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Session;
import org.apache.qpid.client.AMQConnection;

/** The broker under test, and the connections that a case has to it: they end with the case. */
final class Broker {
    private final String address;
    private final List<Connection> connections = new ArrayList<>();

    /** An address is a host and a port with a colon between. */
    Broker(String address) {
        this.address = address;
    }

    /** A started connection of the user guest, with an identity of its own. */
    Connection connect() throws Exception {
        return connectAs(uniqueName("client"));
    }

    /** A started connection of the user guest under this identity. */
    Connection connectAs(String clientId) throws Exception {
        return started(open(clientId, "", ""));
    }

    /**
     * A connection of the user guest that is not started. Options of the URL and of the broker's
     * address begin each with an ampersand.
     *
     * It comes in by PLAIN: what SCRAM computes would take most of a case's time.
     */
    Connection open(String clientId, String options, String brokerOptions) throws Exception {
        return open("guest:guest", clientId, options, "&sasl_mechs='PLAIN'" + brokerOptions);
    }

    /** The same of any user, by the mechanism that the client or the options choose. */
    Connection open(String login, String clientId, String options, String brokerOptions)
            throws Exception {
        String url = "amqp://" + login + "@" + clientId + "/?brokerlist='tcp://" + address
                + brokerOptions.replaceFirst("&", "?") + "'" + options;
        AMQConnection connection = new AMQConnection(url);
        connections.add(connection);
        return connection;
    }

    Connection started(Connection connection) throws JMSException {
        connection.start();
        return connection;
    }

    /** A session without transactions that acknowledges by itself, on a connection of its own. */
    Session session() throws Exception {
        return connect().createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    /** A transacted session on a connection of its own. */
    Session transacted() throws Exception {
        return connect().createSession(true, Session.SESSION_TRANSACTED);
    }

    /** Ends what a case left open; one that ended with an error can't say more about it. */
    void closeAll() {
        for (Connection connection : connections) {
            try {
                connection.close();
            } catch (JMSException | RuntimeException failure) {
                System.err.println("at a connection's end: " + failure);
            }
        }
        connections.clear();
    }

    /** A name that nobody else uses. */
    static String uniqueName(String purpose) {
        return purpose + "-" + UUID.randomUUID();
    }
}
