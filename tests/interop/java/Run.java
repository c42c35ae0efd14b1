import java.util.Map;

/**
 * Runs the cases of one scenario, one after the other, and prints one line a case: `ok NAME` or
 * `FAILED NAME: reason`. The exit code says whether all went well.
 *
 * Arguments: the broker's host and port, and the scenario's name.
 */
public final class Run {
    public static void main(String[] arguments) {
        Broker broker = new Broker(arguments[0]);
        Map<String, Cases.Case> cases = Scenarios.named(arguments[1]).byName();
        boolean allWell = true;
        for (Map.Entry<String, Cases.Case> entry : cases.entrySet()) {
            allWell &= isWell(broker, entry.getKey(), entry.getValue());
        }
        // The client keeps threads of a connection that a failed case left open.
        System.exit(allWell ? 0 : 1);
    }

    private static boolean isWell(Broker broker, String name, Cases.Case of) {
        try {
            of.run(broker);
            System.out.println("ok " + name);
            return true;
        } catch (Throwable failure) {
            System.out.println("FAILED " + name + ": " + failure);
            failure.printStackTrace();
            return false;
        } finally {
            broker.closeAll();
        }
    }

    private Run() {}
}
