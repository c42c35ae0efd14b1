import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;

/** Messages into queues. */
final class Sending {
    static Cases cases() {
        return new Cases()
                .addOfEachSyntax("a_queue_of_jms_takes_and_gives_in_order", Sending::order)
                .add("both_delivery_modes_are_kept", Sending::deliveryModes)
                .add("a_producer_without_destination_sends_anywhere", Sending::anyDestination)
                .add("every_way_of_publishing_arrives", Sending::synchronousPublishing)
                .add("a_body_of_many_frames_arrives_whole", Sending::largeBody)
                .add("thousands_of_messages_arrive_in_order", Sending::thousands);
    }

    private static void order(Broker broker, Syntax syntax) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session, syntax);
        MessageConsumer consumer = session.createConsumer(queue);
        Check.send(session, session.createProducer(queue), "one", "two", "three");
        Check.receives(consumer, "one", "two", "three");
        Check.receivesNothing(consumer);
    }

    private static void deliveryModes(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        for (int mode : new int[] {DeliveryMode.PERSISTENT, DeliveryMode.NON_PERSISTENT}) {
            producer.setDeliveryMode(mode);
            Check.send(session, producer, "x");
            Check.equal(mode, Check.next(consumer).getJMSDeliveryMode());
        }
    }

    private static void anyDestination(Broker broker) throws Exception {
        Session session = broker.session();
        Queue first = Destinations.queue(session);
        Queue second = Destinations.queue(session, Syntax.BINDING_URL);
        MessageConsumer fromFirst = session.createConsumer(first);
        MessageConsumer fromSecond = session.createConsumer(second);
        MessageProducer producer = session.createProducer(null);
        producer.send(first, session.createTextMessage("1"));
        producer.send(second, session.createTextMessage("2"));
        Check.receives(fromFirst, "1");
        Check.receives(fromSecond, "2");
    }

    private static void synchronousPublishing(Broker broker) throws Exception {
        for (String when : new String[] {"all", "persistent", "none"}) {
            Connection connection = broker.started(broker.open("publishing",
                    "&sync_publish='" + when + "'", ""));
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Queue queue = Destinations.queue(session);
            MessageConsumer consumer = session.createConsumer(queue);
            Check.send(session, session.createProducer(queue), "a", "b");
            Check.receives(consumer, "a", "b");
        }
    }

    private static void largeBody(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        byte[] sent = new byte[3_000_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 31 >> 3);
        }
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(sent);
        session.createProducer(queue).send(message);
        BytesMessage received = (BytesMessage) Check.next(consumer);
        byte[] found = new byte[(int) received.getBodyLength()];
        received.readBytes(found);
        Check.holds(java.util.Arrays.equals(sent, found), "the body changed on its way");
    }

    private static void thousands(Broker broker) throws Exception {
        Session session = broker.session();
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        int count = 5_000;
        for (int i = 0; i < count; i++) {
            Check.send(session, producer, "m" + i);
        }
        for (int i = 0; i < count; i++) {
            Check.receives(consumer, "m" + i);
        }
    }

    private Sending() {}
}
