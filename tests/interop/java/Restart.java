import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.Topic;
import org.apache.qpid.client.AMQConnection;
import org.apache.qpid.jms.ConnectionListener;

/**
 * A client goes on over a broker that dies and is started again. It prints `restart the broker:
 * N` when whoever runs this shall kill the broker for the Nth time and start it again on the same
 * port.
 */
final class Restart {
    private static int restarts;

    static Cases cases() {
        return new Cases()
                .add("a_client_goes_on_over_a_restart", Restart::goesOn)
                .add("a_transaction_that_a_restart_cut_fails_and_the_next_holds",
                        Restart::transaction)
                .add("a_client_without_retries_is_told", Restart::withoutRetries);
    }

    /** Counts down when the client has found the broker again. */
    private static CountDownLatch reconnected(Connection connection) {
        CountDownLatch done = new CountDownLatch(1);
        ((AMQConnection) connection).setConnectionListener(new ConnectionListener() {
            @Override
            public void bytesSent(long count) {}

            @Override
            public void bytesReceived(long count) {}

            @Override
            public boolean preFailover(boolean redirect) {
                return true;
            }

            @Override
            public boolean preResubscribe() {
                return true;
            }

            @Override
            public void failoverComplete() {
                done.countDown();
            }
        });
        return done;
    }

    private static Connection patient(Broker broker) throws Exception {
        return broker.started(broker.open(Broker.uniqueName("patient"), "",
                "&retries='600'&connectdelay='100'"));
    }

    private static void restart(CountDownLatch reconnected) throws Exception {
        restarts++;
        System.out.println("restart the broker: " + restarts);
        boolean isBack = reconnected.await(Check.ARRIVES_MS * 2, TimeUnit.MILLISECONDS);
        Check.holds(isBack, "the client did not come back");
    }

    private static void goesOn(Broker broker) throws Exception {
        Connection connection = patient(broker);
        CountDownLatch reconnected = reconnected(connection);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = Destinations.queue(session);
        Queue plain = Destinations.queue(session, Syntax.BINDING_URL);
        Topic topic = Destinations.topic(session);
        TemporaryQueue temporary = session.createTemporaryQueue();
        Queue[] queues = {queue, plain, temporary};
        MessageConsumer[] consumers = new MessageConsumer[queues.length];
        MessageProducer[] producers = new MessageProducer[queues.length];
        for (int i = 0; i < queues.length; i++) {
            consumers[i] = session.createConsumer(queues[i]);
            producers[i] = session.createProducer(queues[i]);
        }
        MessageConsumer subscriber = session.createConsumer(topic);
        MessageProducer publisher = session.createProducer(topic);
        for (String text : new String[] {"before", "after"}) {
            if (text.equals("after")) {
                restart(reconnected);
            }
            for (int i = 0; i < queues.length; i++) {
                Check.send(session, producers[i], text);
                Check.receives(consumers[i], text);
            }
            Check.send(session, publisher, text);
            Check.receives(subscriber, text);
        }
        Session fresh = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Check.send(fresh, fresh.createProducer(queue), "of a new session");
        Check.receives(consumers[0], "of a new session");
    }

    private static void transaction(Broker broker) throws Exception {
        Connection connection = patient(broker);
        CountDownLatch reconnected = reconnected(connection);
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        Check.send(session, producer, "cut");
        restart(reconnected);
        Check.refused(JMSException.class, session::commit);
        Check.send(session, producer, "whole");
        session.commit();
        Check.receives(consumer, "whole");
        session.commit();
    }

    private static void withoutRetries(Broker broker) throws Exception {
        Connection connection = broker.connect();
        CountDownLatch told = new CountDownLatch(1);
        connection.setExceptionListener(failure -> told.countDown());
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        session.createConsumer(Destinations.queue(session));
        restart(told);
        Check.refused(JMSException.class, session::createTemporaryQueue);
        Session anew = patient(broker).createSession(false, Session.AUTO_ACKNOWLEDGE);
        Check.receivesNothing(anew.createConsumer(anew.createTemporaryQueue()));
    }

    private Restart() {}
}
