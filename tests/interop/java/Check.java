import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;

/** What cases ask of messages. */
final class Check {
    /** For what must come: far longer than it takes on a busy machine. */
    static final long ARRIVES_MS = 60_000;

    /** An action that must fail. */
    interface Action {
        void run() throws Exception;
    }

    static void equal(Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }

    static void holds(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    /** The exception of the wanted class that the action ends with. */
    static <E extends Exception> E refused(Class<E> wanted, Action action) throws Exception {
        try {
            action.run();
        } catch (Exception failure) {
            if (wanted.isInstance(failure)) {
                return wanted.cast(failure);
            }
            throw failure;
        }
        throw new AssertionError("nothing refused it; expected " + wanted.getSimpleName());
    }

    static void send(Session session, MessageProducer producer, String... texts)
            throws JMSException {
        for (String text : texts) {
            producer.send(session.createTextMessage(text));
        }
    }

    static String text(Message message) throws JMSException {
        holds(message != null, "no message came");
        return ((TextMessage) message).getText();
    }

    static Message next(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(ARRIVES_MS);
        holds(message != null, "no message came");
        return message;
    }

    /** The next messages are these and in this order. */
    static void receives(MessageConsumer consumer, String... texts) throws JMSException {
        for (String text : texts) {
            equal(text, text(next(consumer)));
        }
    }

    /**
     * Nothing is there. The client flushes before it answers, so the broker has said that there is
     * nothing.
     */
    static void receivesNothing(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(1);
        holds(message == null, "a message came that must not");
    }

    /** All that is there. */
    static List<String> drain(MessageConsumer consumer) throws JMSException {
        List<String> texts = new ArrayList<>();
        for (Message message = consumer.receive(1); message != null;
                message = consumer.receive(1)) {
            texts.add(text(message));
        }
        return texts;
    }

    private Check() {}
}
