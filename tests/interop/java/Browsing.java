import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.QueueBrowser;
import javax.jms.Session;

/** Looking into a queue without taking anything. */
final class Browsing {
    static Cases cases() {
        return new Cases()
                .addOfEachSyntax("a_browser_sees_all_and_leaves_all", Browsing::twice)
                .add("a_browser_with_selector_sees_what_matches", Browsing::selected)
                .add("a_browser_of_an_empty_queue_sees_nothing", Browsing::empty)
                .add("a_consumer_that_browses_by_address_leaves_all", Browsing::byAddress);
    }

    private static void twice(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session, syntax);
        Destinations.declare(session, queue);
        Check.send(session, session.createProducer(queue), "a", "b", "c");
        List<String> all = List.of("a", "b", "c");
        Check.equal(all, seen(session.createBrowser(queue)));
        Check.equal(all, seen(session.createBrowser(queue)));
        Check.receives(session.createConsumer(queue), "a", "b", "c");
        Check.equal(List.of(), seen(session.createBrowser(queue)));
    }

    private static void selected(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 6; i++) {
            Message message = session.createTextMessage("m" + i);
            message.setIntProperty("number", i);
            producer.send(message);
        }
        Check.equal(List.of("m4", "m5"), seen(session.createBrowser(queue, "number > 3")));
        Check.equal(6, Check.drain(session.createConsumer(queue)).size());
    }

    private static void empty(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        session.createProducer(queue);
        Check.equal(List.of(), seen(session.createBrowser(queue)));
    }

    private static void byAddress(Broker broker) throws Exception {
        Session session = broker.session();
        String name = Broker.uniqueName("queue");
        Queue queue = session.createQueue("ADDR:" + name + "; {create: always}");
        Check.send(session, session.createProducer(queue), "a", "b");
        Queue browsed = session.createQueue("ADDR:" + name + "; {mode: browse}");
        MessageConsumer browsing = session.createConsumer(browsed);
        Check.receives(browsing, "a", "b");
        browsing.close();
        Check.receives(session.createConsumer(queue), "a", "b");
    }

    private static List<String> seen(QueueBrowser browser) throws JMSException {
        List<String> texts = new ArrayList<>();
        for (Object message : Collections.list((Enumeration<?>) browser.getEnumeration())) {
            texts.add(Check.text((Message) message));
        }
        browser.close();
        return texts;
    }

    private Browsing() {}
}
