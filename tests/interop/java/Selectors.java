import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.jms.Destination;
import javax.jms.InvalidSelectorException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.Topic;

/** Subscriptions that choose their messages. */
final class Selectors {
    /** Selectors, and which of the messages of `publish` each chooses. */
    private static final Map<String, List<String>> CHOICES = choices();

    static Cases cases() {
        return new Cases()
                .addOfEachSyntax("a_queue_gives_what_matches_and_keeps_the_rest",
                        Selectors::onQueue)
                .addOfEachSyntax("a_queue_is_shared_by_selectors",
                        Selectors::shared)
                .addOfEachSyntax("a_queue_chooses_among_what_comes_later",
                        Selectors::later)
                .addOfEachSyntax("a_topic_gives_what_matches",
                        Selectors::onTopic)
                .add("what_was_chosen_and_rolled_back_comes_again", Selectors::rolledBack)
                .add("an_address_has_its_selector_applied_by_the_broker", Selectors::byAddress)
                .add("a_selector_that_is_none_is_refused", Selectors::refused);
    }

    private static Map<String, List<String>> choices() {
        Map<String, List<String>> choices = new LinkedHashMap<>();
        choices.put("number = 2", List.of("m2"));
        choices.put("number BETWEEN 1 AND 2", List.of("m1", "m2"));
        choices.put("colour IN ('red', 'green')", List.of("m0", "m1"));
        choices.put("colour LIKE 'b%'", List.of("m2"));
        choices.put("colour IS NULL AND number * 2 = 6", List.of("m3"));
        choices.put("NOT (isEven) OR number / 2 > 0.9", List.of("m1", "m2", "m3"));
        choices.put("JMSPriority = 7", List.of("m3"));
        choices.put("JMSType = 'kind' AND JMSCorrelationID = 'c1'", List.of("m1"));
        return choices;
    }

    private static void publish(Session session, Destination destination) throws Exception {
        String[] colours = {"red", "green", "blue"};
        MessageProducer producer = session.createProducer(destination);
        for (int i = 0; i < 4; i++) {
            Message message = session.createTextMessage("m" + i);
            message.setIntProperty("number", i);
            message.setBooleanProperty("isEven", i % 2 == 0);
            if (i < colours.length) {
                message.setStringProperty("colour", colours[i]);
            }
            message.setJMSType("kind");
            message.setJMSCorrelationID("c" + i);
            producer.setPriority(4 + i);
            producer.send(message);
        }
    }

    private static void onQueue(Broker broker, Syntax syntax) throws Exception {
        for (Map.Entry<String, List<String>> choice : CHOICES.entrySet()) {
            Session session = broker.session();
            Queue queue = Destinations.queue(session, syntax);
            Destinations.declare(session, queue);
            publish(session, queue);
            MessageConsumer chosen = session.createConsumer(queue, choice.getKey());
            for (String text : choice.getValue()) {
                Check.receives(chosen, text);
            }
            Check.receivesNothing(chosen);
            chosen.close();
            List<String> rest = Check.drain(session.createConsumer(queue));
            Check.equal(4 - choice.getValue().size(), rest.size());
            broker.closeAll();
        }
    }

    private static void shared(Broker broker, Syntax syntax) throws Exception {
        Session first = broker.session();
        Session second = broker.session();
        Queue queue = Destinations.queue(first, syntax);
        MessageConsumer even = first.createConsumer(queue, "isEven");
        MessageConsumer odd = second.createConsumer(queue, "NOT isEven");
        Session sending = broker.session();
        publish(sending, queue);
        Check.receives(even, "m0", "m2");
        Check.receives(odd, "m1", "m3");
        Check.receivesNothing(broker.session().createConsumer(queue));
    }

    private static void later(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session, syntax);
        MessageConsumer chosen = session.createConsumer(queue, "number = 3");
        for (int i = 0; i < 5; i++) {
            publish(session, queue);
            Check.receives(chosen, "m3");
        }
        Check.receivesNothing(chosen);
        chosen.close();
        Check.equal(15, Check.drain(session.createConsumer(queue)).size());
    }

    private static void onTopic(Broker broker, Syntax syntax) throws Exception {
        for (Map.Entry<String, List<String>> choice : CHOICES.entrySet()) {
            Session session = broker.session();
            Topic topic = Destinations.topic(session, syntax);
            MessageConsumer chosen = session.createConsumer(topic, choice.getKey());
            MessageConsumer all = session.createConsumer(topic);
            publish(session, topic);
            for (String text : choice.getValue()) {
                Check.receives(chosen, text);
            }
            Check.receivesNothing(chosen);
            Check.receives(all, "m0", "m1", "m2", "m3");
            broker.closeAll();
        }
    }

    private static void rolledBack(Broker broker) throws Exception {
        Session session = broker.transacted();
        Queue queue = Destinations.queue(session);
        publish(broker.session(), queue);
        MessageConsumer odd = session.createConsumer(queue, "NOT isEven");
        Check.receives(odd, "m1", "m3");
        session.rollback();
        // The client browses and acquires what it chooses, and nobody browses backwards.
        Check.receivesNothing(odd);
        odd.close();
        MessageConsumer again = session.createConsumer(queue, "NOT isEven");
        Message first = Check.next(again);
        Check.equal("m1", Check.text(first));
        Check.equal(true, first.getJMSRedelivered());
        Check.receives(again, "m3");
        session.commit();
        Check.receivesNothing(again);
        again.close();
        Check.receives(session.createConsumer(queue), "m0", "m2");
        session.commit();
    }

    /** The client sends this argument as it is and does not look at messages itself. */
    private static void byAddress(Broker broker) throws Exception {
        Session session = broker.session();
        String name = Broker.uniqueName("queue");
        Queue queue = session.createQueue("ADDR:" + name + "; {create: always}");
        publish(session, queue);
        Queue chosen = session.createQueue("ADDR:" + name
                + "; {link: {x-subscribes: {arguments: {x-apache-selector: \"number > 1\"}}}}");
        MessageConsumer consumer = session.createConsumer(chosen);
        Check.receives(consumer, "m2", "m3");
        Check.receivesNothing(consumer);
        consumer.close();
        Check.receives(session.createConsumer(queue), "m0", "m1");
    }

    private static void refused(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        Check.refused(InvalidSelectorException.class,
                () -> session.createConsumer(queue, "number >"));
    }

    private Selectors() {}
}
