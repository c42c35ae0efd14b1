import java.util.List;
import javax.jms.Connection;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;

/** Transacted sessions: what is committed holds, what is rolled back never was. */
final class Transactions {
    static Cases cases() {
        return new Cases()
                .add("what_is_sent_is_seen_after_commit_only", Transactions::sendAndCommit)
                .add("what_is_sent_and_rolled_back_never_was", Transactions::sendAndRollBack)
                .add("what_is_received_and_rolled_back_comes_again", Transactions::rollBack)
                .add("what_is_received_and_committed_is_gone", Transactions::receiveAndCommit)
                .add("closing_without_commit_rolls_back", Transactions::close)
                .add("many_rollbacks_keep_order", Transactions::manyRollbacks)
                .add("a_transaction_moves_from_queue_to_queue", Transactions::move)
                .add("a_rollback_in_a_listener_brings_the_message_again", Transactions::listener);
    }

    private static void sendAndCommit(Broker broker) throws Exception {
        Session session = broker.transacted();
        Session watching = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = watching.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        Check.send(session, producer, "a", "b");
        Check.receivesNothing(consumer);
        session.commit();
        Check.receives(consumer, "a", "b");
    }

    private static void sendAndRollBack(Broker broker) throws Exception {
        Session session = broker.transacted();
        Session watching = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = watching.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        Check.send(session, producer, "never");
        session.rollback();
        Check.send(session, producer, "a");
        session.commit();
        Check.receives(consumer, "a");
        Check.receivesNothing(consumer);
    }

    private static void rollBack(Broker broker) throws Exception {
        Session session = broker.transacted();
        Queue queue = Destinations.queue(session);
        fill(broker, queue, "a", "b", "c");
        MessageConsumer consumer = session.createConsumer(queue);
        Message first = Check.next(consumer);
        Check.equal("a", Check.text(first));
        Check.equal(false, first.getJMSRedelivered());
        Check.receives(consumer, "b");
        session.rollback();
        Message again = Check.next(consumer);
        Check.equal("a", Check.text(again));
        Check.equal(true, again.getJMSRedelivered());
        Check.receives(consumer, "b", "c");
        session.commit();
        Check.receivesNothing(broker.session().createConsumer(queue));
    }

    private static void receiveAndCommit(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Queue queue = Destinations.queue(session);
        fill(broker, queue, "a", "b", "c");
        Check.receives(session.createConsumer(queue), "a", "b");
        session.commit();
        connection.close();
        Check.equal(List.of("c"), Check.drain(broker.session().createConsumer(queue)));
    }

    private static void close(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Queue queue = Destinations.queue(session);
        fill(broker, queue, "a");
        Check.receives(session.createConsumer(queue), "a");
        Check.send(session, session.createProducer(queue), "never");
        connection.close();
        MessageConsumer consumer = broker.session().createConsumer(queue);
        Message again = Check.next(consumer);
        Check.equal("a", Check.text(again));
        Check.equal(true, again.getJMSRedelivered());
        Check.receivesNothing(consumer);
    }

    private static void manyRollbacks(Broker broker) throws Exception {
        Session session = broker.transacted();
        Queue queue = Destinations.queue(session);
        fill(broker, queue, "a", "b", "c", "d");
        MessageConsumer consumer = session.createConsumer(queue);
        for (int i = 0; i < 5; i++) {
            Check.receives(consumer, "a", "b");
            session.rollback();
        }
        Check.receives(consumer, "a", "b", "c", "d");
        session.commit();
    }

    private static void move(Broker broker) throws Exception {
        Session session = broker.transacted();
        Queue from = Destinations.queue(session);
        Queue to = Destinations.queue(session);
        fill(broker, from, "a", "b");
        MessageConsumer consumer = session.createConsumer(from);
        MessageProducer producer = session.createProducer(to);
        producer.send(Check.next(consumer));
        session.commit();
        producer.send(Check.next(consumer));
        session.rollback();
        session.close();
        Session watching = broker.session();
        Check.equal(List.of("a"), Check.drain(watching.createConsumer(to)));
        Check.equal(List.of("b"), Check.drain(watching.createConsumer(from)));
    }

    private static void listener(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Queue queue = Destinations.queue(session);
        java.util.concurrent.BlockingQueue<Boolean> redelivered =
                new java.util.concurrent.LinkedBlockingQueue<>();
        session.createConsumer(queue).setMessageListener(message -> {
            try {
                boolean isAgain = message.getJMSRedelivered();
                if (isAgain) {
                    session.commit();
                } else {
                    session.rollback();
                }
                redelivered.add(isAgain);
            } catch (javax.jms.JMSException failure) {
                throw new IllegalStateException(failure);
            }
        });
        fill(broker, queue, "a");
        Check.equal(false, redelivered.poll(60, java.util.concurrent.TimeUnit.SECONDS));
        Check.equal(true, redelivered.poll(60, java.util.concurrent.TimeUnit.SECONDS));
    }

    private static void fill(Broker broker, Queue queue, String... texts) throws Exception {
        Session session = broker.session();
        Check.send(session, session.createProducer(queue), texts);
        session.close();
    }

    private Transactions() {}
}
