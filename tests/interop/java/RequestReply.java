import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.QueueConnection;
import javax.jms.QueueRequestor;
import javax.jms.QueueSession;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TemporaryTopic;
import javax.jms.TextMessage;

/** Questions and their answers, and the temporary destinations that answers go to. */
final class RequestReply {
    static Cases cases() {
        return new Cases()
                .addOfEachSyntax("an_answer_goes_to_a_temporary_queue", RequestReply::ask)
                .add("a_requestor_gets_its_answer", RequestReply::requestor)
                .add("a_temporary_topic_takes_answers", RequestReply::temporaryTopic)
                .add("a_temporary_queue_ends_with_its_connection", RequestReply::ends)
                .add("a_temporary_queue_can_be_deleted", RequestReply::delete);
    }

    /** A service that answers `re: ` and the question to whom it asks, from its own thread. */
    private static void serve(Broker broker, Queue queue) throws Exception {
        Session session = broker.session();
        MessageProducer answering = session.createProducer(null);
        session.createConsumer(queue).setMessageListener(question -> {
            try {
                TextMessage answer =
                        session.createTextMessage("re: " + ((TextMessage) question).getText());
                answer.setJMSCorrelationID(question.getJMSMessageID());
                answering.send(question.getJMSReplyTo(), answer);
            } catch (JMSException failure) {
                throw new IllegalStateException(failure);
            }
        });
    }

    private static void ask(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Queue service = Destinations.queue(session, syntax);
        serve(broker, service);
        TemporaryQueue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        MessageProducer producer = session.createProducer(service);
        for (int i = 0; i < 3; i++) {
            TextMessage question = session.createTextMessage("q" + i);
            question.setJMSReplyTo(answers);
            producer.send(question);
            Message answer = Check.next(consumer);
            Check.equal("re: q" + i, Check.text(answer));
            Check.equal(question.getJMSMessageID(), answer.getJMSCorrelationID());
        }
    }

    private static void requestor(Broker broker) throws Exception {
        QueueConnection connection = (QueueConnection) broker.connect();
        QueueSession session = connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue service = Destinations.queue(session);
        serve(broker, service);
        QueueRequestor requestor = new QueueRequestor(session, service);
        Check.equal("re: a", Check.text(requestor.request(session.createTextMessage("a"))));
        Check.equal("re: b", Check.text(requestor.request(session.createTextMessage("b"))));
        // Not closed by itself: the client would delete its queue over the session it just closed.
    }

    private static void temporaryTopic(Broker broker) throws Exception {
        Session session = broker.session();
        TemporaryTopic topic = session.createTemporaryTopic();
        MessageConsumer first = session.createConsumer(topic);
        MessageConsumer second = session.createConsumer(topic);
        Session answering = broker.session();
        Check.send(answering, answering.createProducer(topic), "answer");
        Check.receives(first, "answer");
        Check.receives(second, "answer");
    }

    private static void ends(Broker broker) throws Exception {
        Connection connection = broker.connect();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        TemporaryQueue queue = session.createTemporaryQueue();
        session.createConsumer(queue);
        String name = queue.getQueueName();
        connection.close();
        Session other = broker.session();
        Check.refused(JMSException.class,
                () -> other.createConsumer(other.createQueue("ADDR:" + name)));
    }

    private static void delete(Broker broker) throws Exception {
        Session session = broker.session();
        TemporaryQueue queue = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(queue);
        Check.refused(JMSException.class, queue::delete);
        consumer.close();
        queue.delete();
        Check.refused(JMSException.class, () -> session.createConsumer(queue));
    }

    private RequestReply() {}
}
