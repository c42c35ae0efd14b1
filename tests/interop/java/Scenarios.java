/** The scenarios by name. */
final class Scenarios {
    static Cases named(String name) {
        switch (name) {
            case "connect":
                return Connecting.cases();
            case "send":
                return Sending.cases();
            case "receive":
                return Receiving.cases();
            case "browse":
                return Browsing.cases();
            case "transaction":
                return Transactions.cases();
            case "durable":
                return DurableSubscription.cases();
            case "selector":
                return Selectors.cases();
            case "request":
                return RequestReply.cases();
            case "types":
                return MessageTypes.cases();
            case "properties":
                return Properties.cases();
            case "topic":
                return Topics.cases();
            case "restart":
                return Restart.cases();
            default:
                throw new IllegalArgumentException("no scenario " + name);
        }
    }

    private Scenarios() {}
}
