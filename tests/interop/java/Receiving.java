import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;

/** Messages out of queues, by every way of acknowledging. */
final class Receiving {
    static Cases cases() {
        return new Cases()
                .add("what_is_acknowledged_is_gone", Receiving::acknowledgedIsGone)
                .add("a_listener_gets_what_comes", Receiving::listener)
                .add("what_was_not_acknowledged_comes_again", Receiving::unacknowledged)
                .add("recover_brings_back_what_was_not_acknowledged", Receiving::recover)
                .add("one_acknowledge_covers_all_before_it", Receiving::clientAcknowledge)
                .add("without_acknowledging_nothing_is_left", Receiving::noAcknowledge)
                .add("without_prefetch_each_receive_asks_for_one", Receiving::noPrefetch)
                .add("two_consumers_share_a_queue", Receiving::share)
                .add("a_stopped_connection_gives_nothing", Receiving::stopped)
                .add("a_missing_queue_is_named", Receiving::missingQueue);
    }

    private static void acknowledgedIsGone(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a", "b");
        Check.receives(consumer, "a", "b");
        session.close();
        Session other = broker.session();
        Check.receivesNothing(other.createConsumer(queue));
    }

    private static void listener(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        BlockingQueue<Message> come = new LinkedBlockingQueue<>();
        session.createConsumer(queue).setMessageListener(come::add);
        Session sending = broker.session();
        Check.send(sending, sending.createProducer(queue), "a", "b", "c");
        for (String text : List.of("a", "b", "c")) {
            Check.equal(text, Check.text(come.poll(Check.ARRIVES_MS, TimeUnit.MILLISECONDS)));
        }
    }

    private static void unacknowledged(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a", "b");
        Check.equal(false, Check.next(consumer).getJMSRedelivered());
        connection.close();
        Session other = broker.session();
        MessageConsumer again = other.createConsumer(queue);
        Message first = Check.next(again);
        Check.equal("a", Check.text(first));
        Check.equal(true, first.getJMSRedelivered());
        Check.receives(again, "b");
    }

    private static void recover(Broker broker) throws Exception {
        Session session = broker.connect().createSession(false, Session.CLIENT_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a", "b", "c");
        Check.receives(consumer, "a", "b");
        session.recover();
        Message first = Check.next(consumer);
        Check.equal("a", Check.text(first));
        Check.equal(true, first.getJMSRedelivered());
        Check.receives(consumer, "b", "c");
    }

    private static void clientAcknowledge(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a", "b", "c");
        Check.receives(consumer, "a");
        Check.next(consumer).acknowledge();
        Check.receives(consumer, "c");
        connection.close();
        Session other = broker.session();
        Check.equal(List.of("c"), Check.drain(other.createConsumer(queue)));
    }

    private static void noAcknowledge(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session =
                connection.createSession(false, org.apache.qpid.jms.Session.NO_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a", "b");
        Check.receives(consumer, "a", "b");
        connection.close();
        Check.receivesNothing(broker.session().createConsumer(queue));
    }

    private static void noPrefetch(Broker broker) throws Exception {
        Connection connection = broker.started(
                broker.open("asking", "&maxprefetch='0'", ""));
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        MessageConsumer idle = session.createConsumer(queue);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a", "b", "c");
        Check.receives(consumer, "a", "b");
        Check.receives(idle, "c");
        Check.receivesNothing(consumer);
    }

    private static void share(Broker broker) throws Exception {
        Connection connection = broker.started(
                broker.open("sharing", "&maxprefetch='1'", ""));
        Session first = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Session second = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = Destinations.queue(first);
        MessageConsumer one = first.createConsumer(queue);
        MessageConsumer two = second.createConsumer(queue);
        // The client gives its first credit with its first receive.
        Check.receivesNothing(one);
        Check.receivesNothing(two);
        Session sending = broker.session();
        Check.send(sending, sending.createProducer(queue), "a", "b");
        sending.close();
        // Both messages are out, and neither consumer had room for both.
        String ones = Check.text(Check.next(one));
        String twos = Check.text(Check.next(two));
        Check.holds(!ones.equals(twos), "both got " + ones);
    }

    private static void stopped(Broker broker) throws Exception {
        Connection connection = broker.open("stopping", "", "");
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "a");
        Check.receivesNothing(consumer);
        connection.start();
        Check.receives(consumer, "a");
        connection.stop();
        Check.send(session, session.createProducer(queue), "b");
        connection.start();
        Check.receives(consumer, "b");
    }

    private static void missingQueue(Broker broker) throws Exception {
        Session session = broker.session();
        Queue missing = session.createQueue("ADDR:no-such-queue");
        JMSException refused =
                Check.refused(JMSException.class, () -> session.createConsumer(missing));
        Check.holds(refused.toString().contains("no-such-queue"), refused.toString());
    }

    private Receiving() {}
}
