import javax.jms.Connection;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.Topic;

/** Subscriptions that outlive their subscriber. */
final class DurableSubscription {
    static Cases cases() {
        return new Cases()
                .addOfEachSyntax("what_was_published_meanwhile_is_kept",
                        DurableSubscription::meanwhile)
                .addOfEachSyntax("nothing_is_kept_after_unsubscribe",
                        DurableSubscription::unsubscribe)
                .addOfEachSyntax("an_active_subscription_has_one_subscriber",
                        DurableSubscription::oneActive)
                .addOfEachSyntax("a_selector_keeps_what_matches",
                        DurableSubscription::selector)
                .addOfEachSyntax("another_selector_starts_anew",
                        DurableSubscription::otherSelector)
                .addOfEachSyntax("another_topic_starts_anew",
                        DurableSubscription::otherTopic)
                .addOfEachSyntax("no_local_keeps_what_others_publish",
                        DurableSubscription::noLocal)
                .add("an_unknown_subscription_cant_be_ended", DurableSubscription::unknown);
    }

    private static Session open(Broker broker, String clientId) throws Exception {
        return broker.connectAs(clientId).createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    private static void publish(Broker broker, Topic topic, String... texts) throws Exception {
        Session session = broker.session();
        Check.send(session, session.createProducer(topic), texts);
        session.close();
    }

    private static void meanwhile(Broker broker, Syntax syntax) throws Exception {
        String clientId = Broker.uniqueName("subscriber");
        Connection connection = broker.connectAs(clientId);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Topic topic = Destinations.topic(session, syntax);
        MessageConsumer subscriber = session.createDurableSubscriber(topic, "kept");
        publish(broker, topic, "first");
        Check.receives(subscriber, "first");
        subscriber.close();
        connection.close();
        publish(broker, topic, "meanwhile", "and again");
        Session later = open(broker, clientId);
        MessageConsumer again = later.createDurableSubscriber(topic, "kept");
        Check.receives(again, "meanwhile", "and again");
        publish(broker, topic, "then");
        Check.receives(again, "then");
        Check.receivesNothing(again);
        again.close();
        later.unsubscribe("kept");
    }

    private static void unsubscribe(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Topic topic = Destinations.topic(session, syntax);
        session.createDurableSubscriber(topic, "ended").close();
        session.unsubscribe("ended");
        publish(broker, topic, "lost");
        MessageConsumer anew = session.createDurableSubscriber(topic, "ended");
        publish(broker, topic, "new");
        Check.receives(anew, "new");
        anew.close();
        session.unsubscribe("ended");
    }

    private static void oneActive(Broker broker, Syntax syntax) throws Exception {
        String clientId = Broker.uniqueName("subscriber");
        Session session = open(broker, clientId);
        Topic topic = Destinations.topic(session, syntax);
        MessageConsumer active = session.createDurableSubscriber(topic, "single");
        // By its queue: when a second durable subscriber is refused, the client holds a lock that
        // its receiving thread wants, until it gives up waiting.
        Session second = broker.session();
        Queue queue = second.createQueue("ADDR:'" + clientId + ":single'");
        JMSException refused =
                Check.refused(JMSException.class, () -> second.createConsumer(queue));
        Check.holds(refused.toString().contains("RESOURCE_LOCKED"), refused.toString());
        publish(broker, topic, "a");
        Check.receives(active, "a");
        active.close();
        session.unsubscribe("single");
    }

    private static void selector(Broker broker, Syntax syntax) throws Exception {
        String clientId = Broker.uniqueName("subscriber");
        Connection connection = broker.connectAs(clientId);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Topic topic = Destinations.topic(session, syntax);
        session.createDurableSubscriber(topic, "chosen", "number > 1", false);
        connection.close();
        numbers(broker, topic, 4);
        Session later = open(broker, clientId);
        MessageConsumer again =
                later.createDurableSubscriber(topic, "chosen", "number > 1", false);
        Check.receives(again, "m2", "m3");
        Check.receivesNothing(again);
        again.close();
        later.unsubscribe("chosen");
    }

    private static void otherSelector(Broker broker, Syntax syntax) throws Exception {
        String clientId = Broker.uniqueName("subscriber");
        Connection connection = broker.connectAs(clientId);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Topic topic = Destinations.topic(session, syntax);
        session.createDurableSubscriber(topic, "changed", "number > 1", false);
        connection.close();
        Session later = open(broker, clientId);
        MessageConsumer again =
                later.createDurableSubscriber(topic, "changed", "number < 1", false);
        numbers(broker, topic, 4);
        Check.receives(again, "m0");
        Check.receivesNothing(again);
        again.close();
        later.unsubscribe("changed");
    }

    private static void otherTopic(Broker broker, Syntax syntax) throws Exception {
        String clientId = Broker.uniqueName("subscriber");
        Connection connection = broker.connectAs(clientId);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Topic topic = Destinations.topic(session, syntax);
        session.createDurableSubscriber(topic, "moved");
        connection.close();
        publish(broker, topic, "of the old topic");
        Session later = open(broker, clientId);
        Topic other = Destinations.topic(later, syntax);
        MessageConsumer again = later.createDurableSubscriber(other, "moved");
        publish(broker, topic, "of the old topic");
        publish(broker, other, "of the new topic");
        Check.receives(again, "of the new topic");
        Check.receivesNothing(again);
        again.close();
        later.unsubscribe("moved");
    }

    private static void noLocal(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Topic topic = Destinations.topic(session, syntax);
        MessageConsumer subscriber =
                session.createDurableSubscriber(topic, "foreign", null, true);
        Check.send(session, session.createProducer(topic), "mine");
        publish(broker, topic, "theirs");
        Check.receives(subscriber, "theirs");
        Check.receivesNothing(subscriber);
        subscriber.close();
        session.unsubscribe("foreign");
    }

    private static void unknown(Broker broker) throws Exception {
        Session session = broker.session();
        Check.refused(InvalidDestinationException.class, () -> session.unsubscribe("nothing"));
    }

    private static void numbers(Broker broker, Topic topic, int count) throws Exception {
        Session session = broker.session();
        MessageProducer producer = session.createProducer(topic);
        for (int i = 0; i < count; i++) {
            Message message = session.createTextMessage("m" + i);
            message.setIntProperty("number", i);
            producer.send(message);
        }
        session.close();
    }

    private DurableSubscription() {}
}
