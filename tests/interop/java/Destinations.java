import javax.jms.JMSException;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.Topic;

/** Queues and topics that a case has for itself. */
final class Destinations {
    /** A queue that its first use creates. */
    static Queue queue(Session session, Syntax syntax) throws JMSException {
        String name = Broker.uniqueName("queue");
        boolean isAddress = syntax == Syntax.ADDRESS;
        return session.createQueue(isAddress ? name + "; {create: always}" : "BURL:" + name);
    }

    static Queue queue(Session session) throws JMSException {
        return queue(session, Syntax.ADDRESS);
    }

    /** Makes a queue exist: by binding URL it is the first consumer that declares one. */
    static void declare(Session session, Queue queue) throws JMSException {
        session.createConsumer(queue).close();
    }

    /** A topic that nobody publishes to yet. */
    static Topic topic(Session session, Syntax syntax) throws JMSException {
        return topic(session, syntax, Broker.uniqueName("topic"));
    }

    /**
     * A topic by its name. Subscriptions that differ take each a value of their own: by address,
     * the client keeps the subscription's queue and its arguments in it.
     */
    static Topic topic(Session session, Syntax syntax, String name) throws JMSException {
        return session.createTopic(syntax == Syntax.ADDRESS ? name : "BURL:" + name);
    }

    static Topic topic(Session session) throws JMSException {
        return topic(session, Syntax.ADDRESS);
    }

    private Destinations() {}
}
