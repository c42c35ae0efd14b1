import javax.jms.Connection;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.Topic;
import javax.jms.TopicConnection;
import javax.jms.TopicSession;

/** Publishing to whoever listens. */
final class Topics {
    static Cases cases() {
        return new Cases()
                .addOfEachSyntax("every_subscriber_gets_what_is_published", Topics::everybody)
                .addOfEachSyntax("what_came_before_a_subscription_is_not_given", Topics::before)
                .add("a_pattern_gets_what_matches", Topics::patterns)
                .addOfEachSyntax("no_local_leaves_out_ones_own", Topics::noLocal)
                .addOfEachSyntax("a_closed_subscriber_leaves_nothing_behind", Topics::closed);
    }

    private static void everybody(Broker broker, Syntax syntax) throws Exception {
        String name = Broker.uniqueName("topic");
        MessageConsumer first = subscriber(broker, syntax, name);
        MessageConsumer second = subscriber(broker, syntax, name);
        Session session = broker.session();
        Topic topic = Destinations.topic(session, syntax, name);
        Check.send(session, session.createProducer(topic), "a", "b");
        Check.receives(first, "a", "b");
        Check.receives(second, "a", "b");
    }

    private static MessageConsumer subscriber(Broker broker, Syntax syntax, String name)
            throws Exception {
        Session session = broker.session();
        return session.createConsumer(Destinations.topic(session, syntax, name));
    }

    private static void before(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Topic topic = Destinations.topic(session, syntax);
        Check.send(session, session.createProducer(topic), "too early");
        MessageConsumer subscriber = session.createConsumer(topic);
        Check.send(session, session.createProducer(topic), "in time");
        Check.receives(subscriber, "in time");
        Check.receivesNothing(subscriber);
    }

    private static void patterns(Broker broker) throws Exception {
        Session session = broker.session();
        String root = Broker.uniqueName("root");
        MessageConsumer one = session.createConsumer(session.createTopic(root + ".*.news"));
        MessageConsumer any = session.createConsumer(session.createTopic(root + ".#"));
        MessageConsumer byAddress =
                session.createConsumer(session.createTopic("ADDR:amq.topic/" + root + ".#.news"));
        for (String key : new String[] {".eu.news", ".eu.west.news", ".eu.weather"}) {
            Topic topic = session.createTopic(root + key);
            Check.send(session, session.createProducer(topic), key);
        }
        Check.receives(one, ".eu.news");
        Check.receivesNothing(one);
        Check.receives(any, ".eu.news", ".eu.west.news", ".eu.weather");
        Check.receives(byAddress, ".eu.news", ".eu.west.news");
        Check.receivesNothing(byAddress);
    }

    private static void noLocal(Broker broker, Syntax syntax) throws Exception {
        Connection connection = broker.connect();
        TopicSession session = ((TopicConnection) connection)
                .createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        String name = Broker.uniqueName("topic");
        Topic topic = Destinations.topic(session, syntax, name);
        MessageConsumer foreign = session.createSubscriber(topic, null, true);
        MessageConsumer all =
                session.createSubscriber(Destinations.topic(session, syntax, name));
        Session sibling = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Session other = broker.session();
        Check.send(session, session.createProducer(topic), "mine");
        Check.send(sibling, sibling.createProducer(topic), "of my connection");
        Check.receives(all, "mine", "of my connection");
        Check.send(other, other.createProducer(topic), "theirs");
        Check.receives(all, "theirs");
        Check.receives(foreign, "theirs");
        Check.receivesNothing(foreign);
    }

    private static void closed(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Topic topic = Destinations.topic(session, syntax);
        MessageConsumer subscriber = session.createConsumer(topic);
        Check.send(session, session.createProducer(topic), "a");
        Check.receives(subscriber, "a");
        subscriber.close();
        Check.send(session, session.createProducer(topic), "to nobody");
        MessageConsumer anew = session.createConsumer(topic);
        Check.send(session, session.createProducer(topic), "b");
        Check.receives(anew, "b");
        Check.receivesNothing(anew);
    }

    private Topics() {}
}
