import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageEOFException;
import javax.jms.ObjectMessage;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;

/** Each kind of message comes back as it was sent. */
final class MessageTypes {
    static Cases cases() {
        return new Cases()
                .add("text", MessageTypes::text)
                .add("bytes", MessageTypes::bytes)
                .add("map", MessageTypes::map)
                .add("object", MessageTypes::object)
                .add("stream", MessageTypes::stream)
                .add("a_message_without_body", MessageTypes::nothing);
    }

    /** Sends a message through a queue of its own and takes it from there. */
    private static Message there(Session session, Message message) throws Exception {
        Queue queue = Destinations.queue(session);
        MessageConsumer consumer = session.createConsumer(queue);
        session.createProducer(queue).send(message);
        return Check.next(consumer);
    }

    private static void text(Broker broker) throws Exception {
        Session session = broker.session();
        String long16 = "0123456789abcdef".repeat(10_000);
        for (String sent : new String[] {"plain", "", "Grüße, 世界 \uD83D\uDE00", long16, null}) {
            Message received = there(session, session.createTextMessage(sent));
            Check.equal(sent, ((TextMessage) received).getText());
        }
    }

    private static void bytes(Broker broker) throws Exception {
        Session session = broker.session();
        BytesMessage sent = session.createBytesMessage();
        sent.writeBoolean(true);
        sent.writeInt(-7);
        sent.writeDouble(2.5);
        sent.writeUTF("é");
        sent.writeBytes(new byte[] {0, 1, -1});
        BytesMessage received = (BytesMessage) there(session, sent);
        Check.equal(true, received.readBoolean());
        Check.equal(-7, received.readInt());
        Check.equal(2.5, received.readDouble());
        Check.equal("é", received.readUTF());
        byte[] rest = new byte[3];
        Check.equal(3, received.readBytes(rest));
        Check.holds(Arrays.equals(new byte[] {0, 1, -1}, rest), Arrays.toString(rest));
        Check.refused(MessageEOFException.class, received::readByte);
    }

    private static void map(Broker broker) throws Exception {
        Session session = broker.session();
        MapMessage sent = session.createMapMessage();
        sent.setBoolean("boolean", true);
        sent.setByte("byte", (byte) -1);
        sent.setShort("short", (short) -2);
        sent.setInt("int", -3);
        sent.setLong("long", Long.MIN_VALUE);
        sent.setFloat("float", 1.5f);
        sent.setDouble("double", -2.5);
        sent.setString("string", "ß");
        sent.setBytes("bytes", new byte[] {1, 2, 3});
        sent.setChar("char", 'c');
        MapMessage received = (MapMessage) there(session, sent);
        Check.equal(true, received.getBoolean("boolean"));
        Check.equal((byte) -1, received.getByte("byte"));
        Check.equal((short) -2, received.getShort("short"));
        Check.equal(-3, received.getInt("int"));
        Check.equal(Long.MIN_VALUE, received.getLong("long"));
        Check.equal(1.5f, received.getFloat("float"));
        Check.equal(-2.5, received.getDouble("double"));
        Check.equal("ß", received.getString("string"));
        Check.holds(Arrays.equals(new byte[] {1, 2, 3}, received.getBytes("bytes")), "bytes");
        Check.equal('c', received.getChar("char"));
        Check.equal(false, received.itemExists("absent"));
    }

    /** What an application may serialise. */
    private static final class Order implements Serializable {
        private static final long serialVersionUID = 1;
        private final String customer;
        private final List<Integer> amounts;

        Order(String customer, List<Integer> amounts) {
            this.customer = customer;
            this.amounts = amounts;
        }
    }

    private static void object(Broker broker) throws Exception {
        Session session = broker.session();
        Order sent = new Order("someone", List.of(1, 2, 3));
        ObjectMessage received = (ObjectMessage) there(session, session.createObjectMessage(sent));
        Order found = (Order) received.getObject();
        Check.equal(sent.customer, found.customer);
        Check.equal(sent.amounts, found.amounts);
    }

    private static void stream(Broker broker) throws Exception {
        Session session = broker.session();
        StreamMessage sent = session.createStreamMessage();
        sent.writeInt(5);
        sent.writeString("s");
        sent.writeLong(-6);
        StreamMessage received = (StreamMessage) there(session, sent);
        Check.equal(5, received.readInt());
        Check.equal("s", received.readString());
        Check.equal(-6L, received.readLong());
    }

    private static void nothing(Broker broker) throws Exception {
        Session session = broker.session();
        Message sent = session.createMessage();
        sent.setStringProperty("only", "a property");
        Check.equal("a property", there(session, sent).getStringProperty("only"));
    }

    private MessageTypes() {}
}
