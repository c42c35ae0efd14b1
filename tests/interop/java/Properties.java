import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;

/** What a message carries beside its body, and what of it the broker heeds. */
final class Properties {
    static Cases cases() {
        return new Cases()
                .add("properties_of_every_type_come_back", Properties::types)
                .add("the_headers_of_jms_come_back", Properties::headers)
                .add("a_forwarded_message_keeps_its_properties", Properties::forwarded)
                .add("a_priority_comes_back", Properties::priority)
                .add("a_queue_with_levels_gives_the_higher_priority_first", Properties::levels)
                .add("what_has_expired_is_not_delivered", Properties::expired);
    }

    private static Message there(Session session, Message message) throws Exception {
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        session.createProducer(queue).send(message);
        return Check.next(consumer);
    }

    private static void types(Broker broker) throws Exception {
        Session session = broker.session();
        Message sent = session.createTextMessage("x");
        sent.setBooleanProperty("boolean", true);
        sent.setByteProperty("byte", (byte) -1);
        sent.setShortProperty("short", (short) -2);
        sent.setIntProperty("int", -3);
        sent.setLongProperty("long", Long.MAX_VALUE);
        sent.setFloatProperty("float", 1.5f);
        sent.setDoubleProperty("double", -2.5);
        sent.setStringProperty("string", "Ω");
        sent.setObjectProperty("object", 9);
        Message received = there(session, sent);
        Check.equal(true, received.getBooleanProperty("boolean"));
        Check.equal((byte) -1, received.getByteProperty("byte"));
        Check.equal((short) -2, received.getShortProperty("short"));
        Check.equal(-3, received.getIntProperty("int"));
        Check.equal(Long.MAX_VALUE, received.getLongProperty("long"));
        Check.equal(1.5f, received.getFloatProperty("float"));
        Check.equal(-2.5, received.getDoubleProperty("double"));
        Check.equal("Ω", received.getStringProperty("string"));
        Check.equal(9, received.getObjectProperty("object"));
        Check.equal(false, received.propertyExists("absent"));
    }

    private static void headers(Broker broker) throws Exception {
        Session session = broker.session();
        Message sent = session.createTextMessage("x");
        sent.setJMSType("type");
        sent.setJMSCorrelationID("correlation");
        sent.setStringProperty("JMSXGroupID", "group");
        sent.setIntProperty("JMSXGroupSeq", 3);
        Message received = there(session, sent);
        Check.equal("type", received.getJMSType());
        Check.equal("correlation", received.getJMSCorrelationID());
        Check.equal("group", received.getStringProperty("JMSXGroupID"));
        Check.equal(3, received.getIntProperty("JMSXGroupSeq"));
        Check.equal("guest", received.getStringProperty("JMSXUserID"));
        Check.equal(sent.getJMSMessageID(), received.getJMSMessageID());
        Check.equal(sent.getJMSTimestamp(), received.getJMSTimestamp());
        Check.equal(0L, received.getJMSExpiration());
        Check.equal(false, received.getJMSRedelivered());
        String queue = ((Queue) sent.getJMSDestination()).getQueueName();
        Check.equal(queue, ((Queue) received.getJMSDestination()).getQueueName());
    }

    private static void forwarded(Broker broker) throws Exception {
        Session session = broker.session();
        Message sent = session.createTextMessage("x");
        sent.setStringProperty("kept", "value");
        Message received = there(session, there(session, sent));
        Check.equal("value", received.getStringProperty("kept"));
        Check.equal("x", Check.text(received));
    }

    private static void priority(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        for (int priority = 0; priority < 10; priority++) {
            producer.setPriority(priority);
            Check.send(session, producer, "p" + priority);
            Check.equal(priority, Check.next(consumer).getJMSPriority());
        }
    }

    private static void levels(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = session.createQueue("ADDR:" + Broker.uniqueName("queue")
                + "; {create: always, node: {x-declare: {arguments: {'qpid.priorities': 10}}}}");
        MessageProducer producer = session.createProducer(queue);
        for (int priority : new int[] {1, 9, 4, 9, 0}) {
            producer.setPriority(priority);
            Check.send(session, producer, "p" + priority);
        }
        Check.receives(session.createConsumer(queue), "p9", "p9", "p4", "p1", "p0");
    }

    private static void expired(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageProducer producer = session.createProducer(queue);
        producer.setTimeToLive(1);
        Check.send(session, producer, "short-lived");
        producer.setTimeToLive(600_000);
        Check.send(session, producer, "long-lived");
        MessageConsumer idle = session.createConsumer(session.createTemporaryQueue());
        Check.holds(idle.receive(50) == null, "far beyond the first one's time");
        MessageConsumer consumer = session.createConsumer(queue);
        Message received = Check.next(consumer);
        Check.equal("long-lived", Check.text(received));
        long left = received.getJMSExpiration() - System.currentTimeMillis();
        Check.holds(left > 300_000 && left <= 600_000, "it expires in " + left + " ms");
        Check.receivesNothing(consumer);
    }

    private Properties() {}
}
