import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.qpid.AMQConnectionFailureException;

/** Ways in. */
final class Connecting {
    static Cases cases() {
        return new Cases()
                .add("a_password_lets_in_by_plain", broker -> enter(broker, "guest:guest", "PLAIN"))
                .add("anonymous_is_let_in_from_the_loopback",
                        broker -> enter(broker, "anonymous:none", "ANONYMOUS"))
                .add("the_clients_own_choice_of_mechanism_lets_in", Connecting::ownChoice)
                .add("a_wrong_password_is_refused", Connecting::wrongPassword)
                .add("sessions_of_one_connection_are_many", Connecting::manySessions)
                .add("heartbeats_keep_a_connection", Connecting::heartbeat);
    }

    private static void enter(Broker broker, String login, String mechanism) throws Exception {
        String options = "&sasl_mechs='" + mechanism + "'";
        use(broker.started(broker.open(login, "entering", "", options)));
    }

    private static void ownChoice(Broker broker) throws Exception {
        use(broker.started(broker.open("guest:guest", "entering", "", "")));
    }

    private static void use(Connection connection) throws JMSException {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(queue);
        // The client stamps each message with its user's name, which the broker looks at.
        Check.send(session, session.createProducer(queue), "x");
        Check.receives(consumer, "x");
    }

    private static void wrongPassword(Broker broker) throws Exception {
        Check.refused(AMQConnectionFailureException.class,
                () -> broker.open("guest:wrong", "entering", "", "&sasl_mechs='PLAIN'"));
    }

    private static void manySessions(Broker broker) throws Exception {
        Connection connection = broker.connect();
        for (int i = 0; i < 20; i++) {
            use(connection);
        }
    }

    private static void heartbeat(Broker broker) throws Exception {
        Connection connection =
                broker.started(broker.open("beating", "", "&heartbeat='1'"));
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(session.createTemporaryQueue());
        // Four heartbeats without any other traffic: two missed ones would end the connection.
        Check.holds(consumer.receive(4_000) == null, "a message came that must not");
        use(connection);
    }

    private Connecting() {}
}
